//! What the tables of orders keep, list and notice.

use super::{KIND, LATEST, LATEST_THAT_CAME, OF_BUYER, STATEMENTS, by_number, latest, mislisted, of_buyer, page, save};
use journal::ActorId;
use orders::{Ledger, Op};
use std::collections::BTreeMap;
use wire::order::{Order, Place};
use wire::sale::{PlacedSale, Sale, SaleRef, SoldLine};
use wire::{Advance, Buyer, Fulfilment, ItemId, Money, OrderId, OrderNumber, Quantity};

fn forged(order: u128) -> (ActorId, u64, Op) {
    let line = SoldLine { item: ItemId(1), quantity: Quantity::ONE, cost: Money::default() };
    let (id, number) = (OrderId(uuid::Uuid::from_u128(order)), OrderNumber(26));
    let sale = Sale { order: id, number, buyer: Buyer::default(), lines: vec![line], at_ms: 1 };
    let actor = ActorId::from_bits(order);
    (actor, 1, Op::Place { standing: PlacedSale { sale, at: SaleRef { actor, seq: 1 } }.into(), told: true })
}

#[test]
fn orders_with_one_forged_number_are_all_listed_whichever_was_heard_of_first() {
    for heard in [[1, 2], [2, 1]] {
        let directory = tempfile::tempdir().expect("a directory");
        let database = replica::Database::open(directory.path(), KIND.file, KIND.tables).expect("opens");
        for order in heard {
            let mut ledger = Ledger::default();
            let (actor, seq, op) = forged(order);
            ledger.apply(actor, seq, op);
            save(&database.writer, &ledger, &BTreeMap::new()).expect("stored");
        }
        let listed = page(&database.writer, 0, 10).expect("read");
        let ids: Vec<u128> = listed.iter().map(|known| known.order.id.0.as_u128()).collect();
        assert_eq!(ids, [1, 2]);
        let found = by_number(&database.writer, OrderNumber(26)).expect("read");
        assert_eq!(found.map(|id| id.0.as_u128()), Some(1));
    }
}

fn placed(order: u128, buyer: &Buyer, at_ms: u64) -> Op {
    let line = SoldLine { item: ItemId(1), quantity: Quantity::ONE, cost: Money::default() };
    let (id, seq) = (OrderId(uuid::Uuid::from_u128(order)), u64::try_from(order).expect("small"));
    let sale = Sale { order: id, number: OrderNumber(seq), buyer: buyer.clone(), lines: vec![line], at_ms };
    Op::Place { standing: PlacedSale { sale, at: SaleRef { actor: ActorId::from_bits(7), seq } }.into(), told: true }
}

#[test]
fn a_buyers_orders_come_latest_first_a_page_at_a_time_and_nobody_elses_with_them() {
    let directory = tempfile::tempdir().expect("a directory");
    let database = replica::Database::open(directory.path(), KIND.file, KIND.tables).expect("opens");
    let named = |name: &str| name.parse::<Buyer>().expect("a buyer");
    let (ada, bob, nobody) = (named("ada"), named("bob"), Buyer::default());
    // Orders 3 and 4 were made in the same millisecond.
    let made = [(1, &ada, 10), (2, &bob, 11), (3, &ada, 12), (4, &ada, 12), (5, &nobody, 13), (6, &ada, 9)];
    let mut ledger = Ledger::default();
    for (seq, (order, buyer, at_ms)) in (1..).zip(made) {
        ledger.apply(ActorId::from_bits(9), seq, placed(order, buyer, at_ms));
    }
    save(&database.writer, &ledger, &BTreeMap::new()).expect("stored");
    let of = |buyer: &Buyer, before, limit| {
        let listed = of_buyer(&database.writer, buyer, before, limit).expect("read");
        listed.into_iter().map(|known| (known.order.id.0.as_u128(), known.order)).collect::<Vec<_>>()
    };
    let ids = |page: &[(u128, Order)]| page.iter().map(|(id, _)| *id).collect::<Vec<_>>();
    assert_eq!(ids(&of(&ada, None, 10)), [4, 3, 1, 6]);
    let (mut before, mut pages) = (None, Vec::new());
    for _ in 0..3 {
        let page = of(&ada, before, 2);
        before = page.last().map(|(_, order)| Place::of(order));
        pages.push(ids(&page));
    }
    assert_eq!(pages, [vec![4, 3], vec![1, 6], vec![]]);
    assert_eq!(ids(&of(&bob, None, 10)), [2]);
    assert!(of(&nobody, None, 10).is_empty(), "what belongs to nobody in particular is listed for nobody");
}

#[test]
fn a_buyers_orders_are_found_by_an_index_in_its_order() {
    let directory = tempfile::tempdir().expect("a directory");
    let database = replica::Database::open(directory.path(), KIND.file, KIND.tables).expect("opens");
    let mut plan = database.writer.prepare(&format!("explain query plan {OF_BUYER}")).expect("prepared");
    let steps = plan.query_map(("ada", 1, "~", 10), |row| row.get::<_, String>("detail")).expect("explained");
    let steps: Vec<String> = steps.collect::<Result<_, _>>().expect("read");
    assert!(steps.len() == 1 && steps[0].contains("orders_of_buyer"), "{steps:?}");
}

#[test]
fn the_latest_orders_are_found_by_an_index_all_of_them_and_those_that_have_come_so_far() {
    let directory = tempfile::tempdir().expect("a directory");
    let database = replica::Database::open(directory.path(), KIND.file, KIND.tables).expect("opens");
    for (statement, index) in [(LATEST, "orders_by_moment"), (LATEST_THAT_CAME, "orders_by_fulfilment")] {
        let mut plan = database.writer.prepare(&format!("explain query plan {statement}")).expect("prepared");
        let steps = plan.raw_bind_parameter(1, 1).and_then(|()| {
            let mut rows = plan.raw_query();
            let mut steps = Vec::new();
            while let Some(row) = rows.next()? {
                steps.push(row.get::<_, String>("detail")?);
            }
            Ok(steps)
        });
        let steps = steps.expect("explained");
        assert!(steps.len() == 1 && steps[0].contains(index), "{steps:?}");
    }
}

#[test]
fn an_order_is_listed_by_how_far_it_has_come_and_check_notices_where_it_is_not() {
    let directory = tempfile::tempdir().expect("a directory");
    let database = replica::Database::open(directory.path(), KIND.file, KIND.tables).expect("opens");
    let (ada, actor) = ("ada".parse::<Buyer>().expect("a buyer"), ActorId::from_bits(9));
    let mut ledger = Ledger::default();
    for nth in 1..=4 {
        ledger.apply(actor, nth, placed(nth.into(), &ada, 10 * nth));
    }
    for (nth, to) in [(2, Fulfilment::Packed), (3, Fulfilment::Packed), (3, Fulfilment::Cancelled)] {
        let Op::Place { mut standing, told } = placed(nth.into(), &ada, 10 * nth) else { panic!("a Place") };
        let at = SaleRef { actor: ActorId::from_bits(7), seq: 100 + to as u64 };
        standing.advances.push(Advance { at, to, at_ms: 50 });
        ledger.apply(actor, 10 + nth + to as u64, Op::Place { standing, told });
    }
    save(&database.writer, &ledger, &BTreeMap::new()).expect("saved");
    let listed = |fulfilment, before, limit| -> Vec<u64> {
        let listed = latest(&database.writer, fulfilment, before, limit).expect("read");
        listed.iter().map(|known| known.order.created_ms / 10).collect()
    };
    assert_eq!(listed(None, None, 10), [4, 3, 2, 1]);
    assert_eq!(listed(Some(Fulfilment::Placed), None, 10), [4, 1]);
    assert_eq!(listed(Some(Fulfilment::Packed), None, 10), [2]);
    assert_eq!(listed(Some(Fulfilment::Cancelled), None, 10), [3]);
    let second = latest(&database.writer, None, None, 2).expect("read").pop().expect("two").order;
    assert_eq!(listed(None, Some(Place::of(&second)), 1), [2]);
    assert_eq!(mislisted(&database.writer).expect("read"), []);
    database.writer.execute("update orders set fulfilment = 'shipped'", ()).expect("written");
    assert_eq!(mislisted(&database.writer).expect("read").len(), 4);
}

#[test]
fn orders_from_before_there_was_an_index_of_buyers_are_in_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let (ada, before) = ("ada".parse::<Buyer>().expect("a buyer"), &KIND.tables[..3]);
    let old = replica::Database::open(directory.path(), KIND.file, before).expect("opens");
    let mut ledger = Ledger::default();
    ledger.apply(ActorId::from_bits(9), 1, placed(1, &ada, 10));
    ledger.apply(ActorId::from_bits(9), 2, placed(2, &Buyer::default(), 11));
    for order in ledger.orders.into_values().map(|known| known.order) {
        let row = (order.id.to_string(), order.number.0, replica::rows::json(&order));
        let insert = "insert into orders (id, number, body, placed, sales) values (?1, ?2, ?3, '[]', '[]')";
        old.writer.execute(insert, row).expect("stored");
    }
    drop(old);
    let database = replica::Database::open(directory.path(), KIND.file, KIND.tables).expect("opens");
    assert_eq!(of_buyer(&database.writer, &ada, None, 10).expect("read").len(), 1);
    assert_eq!(of_buyer(&database.writer, &Buyer::default(), None, 10).expect("read").len(), 0);
}

#[test]
fn every_statement_fits_the_tables() {
    let directory = tempfile::tempdir().expect("a directory");
    let database = replica::Database::open(directory.path(), KIND.file, KIND.tables).expect("opens");
    for statement in STATEMENTS {
        let prepared = database.writer.prepare(statement);
        assert!(prepared.is_ok(), "{statement}: {:?}", prepared.err());
    }
}

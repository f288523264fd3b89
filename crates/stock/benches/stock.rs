//! What the rules of the stock cost in one batch of a catalog: deciding a sale, folding a sale of others, handing rights
//! over, and the check before the commit.
//!
//! The one writer of a catalog does this for every buy, while the next batch waits. Loading and storing are not in here.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use journal::ActorId;
use stock::{Fields, Numbers, Op, Shelf, Sold, TransferMode, TransferRequest};
use uuid::Uuid;
use wire::sale::{Basket, Reserve, Sale, SoldLine};
use wire::{Buyer, ItemId, Money, OrderId, OrderNumber, Quantity};

const ME: ActorId = ActorId::from_bits(2);
const OTHER: ActorId = ActorId::from_bits(1);
const AT_MS: u64 = 1_767_225_600_000;
const UNITS: u64 = 1_000_000;
/// Buys in one batch: one alone, as many as 64 clients make, and the most that a batch takes.
const BATCHES: [u32; 3] = [1, 64, 1024];

fn main() {
    divan::main();
}

/// A working set with so many books, half of whose units another actor has; nothing of it counts as changed.
fn shelf(titles: u32) -> Shelf {
    let mut before = Shelf::new(ME, Numbers::new('A', 0, false));
    for index in 0..titles {
        let (item, reference) = (ItemId(index), format!("opening-{index}"));
        let fields = Fields {
            title: Some(format!("The Measured Bookseller, Volume {index}")),
            language: Some("en".to_owned()),
            topic: Some("measuring".to_owned()),
            cost: Some(price()),
            ..Fields::default()
        };
        before.apply(ME, 1, Op::Set { item, hlc: AT_MS, fields, why: None });
        before.apply(ME, 2, Op::Mint { item, n: UNITS, reference, why: None });
        before.apply(ME, 3, Op::Give { item, to: OTHER, cum: UNITS / 2 });
    }
    let mut loaded = Shelf::new(ME, Numbers::new('A', 0, false));
    for book in before.changed_books() {
        let (state, accounts, gives) = (book.state.clone(), book.accounts.clone(), book.gives.clone());
        loaded.load_book(stock::Book::loaded(state, accounts, gives));
    }
    loaded
}

fn price() -> Money {
    Money::from_cents(1250).expect("12.50 is a price")
}

fn order(index: u32) -> OrderId {
    OrderId(Uuid::new_v5(&Uuid::NAMESPACE_OID, &index.to_be_bytes()))
}

/// So many wishes to buy one unit each, of the titles in turn.
fn wishes(count: u32, titles: u32) -> Vec<Reserve> {
    let wish = |index: u32| Reserve {
        order: order(index),
        buyer: Buyer::default(),
        basket: Basket::single(ItemId(index % titles), Quantity::ONE),
        request_id: String::new(),
    };
    (0..count).map(wish).collect()
}

/// Sells each wish and folds the entry, as the catalog does.
fn sell_all(mut shelf: Shelf, wishes: &[Reserve]) -> Shelf {
    for (seq, wish) in (4..).zip(wishes) {
        match shelf.sell(wish, AT_MS) {
            Sold::Now(op) => shelf.apply(ME, seq, op),
            other => panic!("there are enough units, not {other:?}"),
        }
    }
    shelf
}

/// A batch in which everyone wants the same title: the sales of one hot book are decided one after the other.
#[divan::bench(args = BATCHES)]
fn sell_one_title(bencher: Bencher<'_, '_>, buys: u32) {
    let (shelf, wishes) = (shelf(1), wishes(buys, 1));
    let batch = bencher.counter(ItemsCount::new(buys)).with_inputs(|| shelf.clone());
    batch.bench_values(|shelf| sell_all(shelf, black_box(&wishes)));
}

/// A batch in which everyone wants another title: the working set has a book for each buy.
#[divan::bench(args = BATCHES)]
fn sell_many_titles(bencher: Bencher<'_, '_>, buys: u32) {
    let (shelf, wishes) = (shelf(buys), wishes(buys, buys));
    let batch = bencher.counter(ItemsCount::new(buys)).with_inputs(|| shelf.clone());
    batch.bench_values(|shelf| sell_all(shelf, black_box(&wishes)));
}

/// Sales of another replica, each of another title, are folded in: every catalog does this for every sale of the others.
#[divan::bench(args = BATCHES)]
fn fold_sales_of_another(bencher: Bencher<'_, '_>, sales: u32) {
    let shelf = shelf(sales);
    let sell = |index: u32| {
        let line = SoldLine { item: ItemId(index), quantity: Quantity::ONE, cost: price() };
        let number = OrderNumber(u64::from(index) * 26 + 1);
        Op::Sell(Sale { order: order(index), number, buyer: Buyer::default(), lines: vec![line], at_ms: AT_MS })
    };
    let ops: Vec<Op> = (0..sales).map(sell).collect();
    let inputs = bencher.counter(ItemsCount::new(sales)).with_inputs(|| (shelf.clone(), ops.clone()));
    inputs.bench_values(|(mut shelf, ops)| {
        (1..).zip(ops).for_each(|(seq, op)| shelf.apply(OTHER, seq, op));
        shelf
    });
}

/// A request for rights is decided: what a buyer at another replica waits for when that one has run out.
#[divan::bench]
fn grant_rights(bencher: Bencher<'_, '_>) {
    let shelf = shelf(1);
    let at_least = UNITS / 2 + 1;
    let request = TransferRequest { item: ItemId(0), to: OTHER, at_least, mode: TransferMode::Sale };
    bencher.counter(ItemsCount::new(1_u32)).bench(|| black_box(&shelf).grant(black_box(&request)));
}

/// No own rights are below zero: looked at for every book of a batch before each commit, in production too.
#[divan::bench(args = BATCHES)]
fn check_before_a_commit(bencher: Bencher<'_, '_>, books: u32) {
    let shelf = shelf(books);
    bencher.counter(ItemsCount::new(books)).bench(|| black_box(&shelf).check());
}

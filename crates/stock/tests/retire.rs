//! Taking over from an actor that is gone: its last sales first, with the units for them, then what is left.

use journal::ActorId;
use stock::{NotConserved, Numbers, Op, Shelf};
use uuid::Uuid;
use wire::sale::{PlacedSale, Sale, SaleRef, SoldLine};
use wire::{Buyer, ItemId, Money, OrderId, OrderNumber};

const ME: ActorId = ActorId::from_bits(1);
const LOST: ActorId = ActorId::from_bits(2);
const ALSO_LOST: ActorId = ActorId::from_bits(3);
const BOOK: ItemId = ItemId(7);

/// A shelf on which each of these actors has minted so many units of the one book.
fn shelf(units: &[(ActorId, u64)]) -> Shelf {
    let mut shelf = Shelf::new(ME, Numbers::new('A', 0, false));
    for (actor, n) in units {
        shelf.apply(*actor, 1, Op::Mint { item: BOOK, n: *n, reference: format!("opening-{actor}"), why: None });
    }
    shelf
}

fn placed(order: u128, actor: ActorId, units: u64) -> PlacedSale {
    let quantity = units.try_into().expect("a quantity");
    let sale = Sale {
        order: OrderId(Uuid::from_u128(order)),
        number: OrderNumber(26 + u64::try_from(order).expect("small")),
        buyer: Buyer::default(),
        lines: vec![SoldLine { item: BOOK, quantity, cost: Money::default() }],
        at_ms: 0,
    };
    PlacedSale { sale, at: SaleRef { actor, seq: 9 } }
}

fn units(shelf: &Shelf, actor: ActorId) -> i128 {
    shelf.book(BOOK).and_then(|book| book.accounts.get(&actor)).map_or(0, stock::Account::rights)
}

fn apply(shelf: &mut Shelf, ops: Vec<Op>) {
    for (seq, op) in (10..).zip(ops) {
        shelf.apply(ME, seq, op);
    }
}

#[test]
fn a_sale_that_is_adopted_brings_its_own_units_and_leaves_mine_alone() {
    let mut shelf = shelf(&[(ME, 5), (LOST, 3)]);
    let ops = shelf.adopt(&placed(1, LOST, 2), &[LOST]).expect("it had enough");
    apply(&mut shelf, ops);
    assert_eq!((units(&shelf, ME), units(&shelf, LOST)), (5, 1));
    assert_eq!(shelf.standing_sale(OrderId(Uuid::from_u128(1))).map(|sale| sale.at.actor), Some(ME));
    assert_eq!(shelf.adopt(&placed(1, LOST, 2), &[LOST]), Ok(Vec::new()), "once");
}

#[test]
fn units_that_lost_actors_gave_each_other_unseen_are_found_among_all_of_them() {
    let mut shelf = shelf(&[(LOST, 3), (ALSO_LOST, 3)]);
    let ops = shelf.adopt(&placed(1, LOST, 5), &[ALSO_LOST, LOST]).expect("together they had enough");
    assert!(matches!(ops.first(), Some(Op::Inherit { from: LOST, cum: 3, .. })), "the seller's first: {ops:?}");
    apply(&mut shelf, ops);
    assert_eq!((units(&shelf, ME), units(&shelf, LOST), units(&shelf, ALSO_LOST)), (0, 0, 1));
}

#[test]
fn a_sale_without_units_for_it_is_not_adopted_and_says_how_many_there_are() {
    let shelf = shelf(&[(ME, 1), (LOST, 3)]);
    let refused = shelf.adopt(&placed(1, LOST, 5), &[LOST]);
    assert_eq!(refused, Err(NotConserved::Oversold { item: BOOK, wanted: 5, held: 4 }));
}

#[test]
fn what_is_inherited_is_all_that_is_left_and_nothing_a_second_time() {
    let mut shelf = shelf(&[(LOST, 3)]);
    let op = shelf.inherit(BOOK, LOST).expect("nothing is missing").expect("it has units");
    apply(&mut shelf, vec![op]);
    assert_eq!((units(&shelf, ME), units(&shelf, LOST)), (3, 0));
    assert_eq!(shelf.inherit(BOOK, LOST), Ok(None));
}

//! A basket of several lines: sold whole or not at all, wherever its units are, and refused with all that it lacks.

use journal::ActorId;
use std::time::Duration;
use stock::command::{Holder, Lack, NotSold, TransferAnswer};
use stock::help::{Ask, Helped, Step};
use stock::{Fields, Granted, Missing, Numbers, Op, Shelf, Sold, TransferMode};
use uuid::Uuid;
use wire::sale::{Basket, Line, Refused, Reserve};
use wire::{Buyer, ItemId, OrderId, Quantity, Shortfall};

const A: ActorId = ActorId::from_bits(1);
const B: ActorId = ActorId::from_bits(2);
const AT_ONCE: Duration = Duration::ZERO;

fn units(number: u64) -> Quantity {
    number.try_into().expect("a quantity")
}

fn wish(lines: &[(u32, u64)]) -> Reserve {
    let lines = lines.iter().map(|(item, wanted)| Line { item: ItemId(*item), quantity: units(*wanted) });
    Reserve {
        order: OrderId(Uuid::from_u128(1)),
        buyer: Buyer::default(),
        basket: Basket::try_from(lines.collect::<Vec<_>>()).expect("a basket"),
        request_id: String::new(),
    }
}

/// Two replicas that read each other's entries at once.
struct Shop {
    a: Shelf,
    b: Shelf,
    seq: u64,
}

impl Shop {
    /// With so many units of each book at A and at B.
    fn with(stock: &[(u32, u64, u64)]) -> Self {
        let mut shop = Self {
            a: Shelf::new(A, Numbers::new('A', 0, false)),
            b: Shelf::new(B, Numbers::new('B', 0, false)),
            seq: 0,
        };
        for (item, at_a, at_b) in stock {
            let fields = Fields { title: Some(format!("Book {item}")), ..Fields::default() };
            shop.write(A, &Op::Set { item: ItemId(*item), hlc: 1, fields, why: None });
            for (actor, n) in [(A, at_a), (B, at_b)] {
                shop.write(
                    actor,
                    &Op::Mint { item: ItemId(*item), n: *n, reference: format!("{item} {actor:?}"), why: None },
                );
            }
        }
        shop
    }

    fn write(&mut self, by: ActorId, op: &Op) {
        self.seq += 1;
        for shelf in [&mut self.a, &mut self.b] {
            shelf.apply(by, self.seq, op.clone());
            shelf.check().expect("own rights are never below zero");
        }
    }

    fn count(&self, item: u32) -> u64 {
        self.a.book(ItemId(item)).expect("the book").state.count()
    }
}

#[test]
fn every_line_that_falls_short_is_named_and_no_other() {
    let mut shop = Shop::with(&[(1, 5, 0), (2, 1, 1), (3, 0, 0), (4, 0, 9)]);
    let wish = wish(&[(1, 5), (2, 3), (3, 1), (4, 9), (99, 2)]);
    let short = |item, wanted, left| Shortfall { item: ItemId(item), wanted: units(wanted), left };
    let lines = vec![short(2, 3, Some(2)), short(3, 1, Some(0)), short(99, 2, None)];
    for shelf in [&mut shop.a, &mut shop.b] {
        assert_eq!(shelf.sell(&wish, 0), Sold::Refused(Refused::Short { lines: lines.clone() }));
    }
}

#[test]
fn a_basket_that_only_this_replica_lacks_is_not_refused() {
    let mut shop = Shop::with(&[(1, 5, 0), (2, 1, 1), (4, 0, 9)]);
    let missing = |item, held, wanted| Missing { item: ItemId(item), held, wanted };
    let sold = shop.a.sell(&wish(&[(1, 5), (2, 2), (4, 1)]), 0);
    assert_eq!(sold, Sold::Short(vec![missing(2, 1, 2), missing(4, 0, 1)]));
}

#[test]
fn lines_whose_units_are_spread_over_two_catalogs_are_gathered_one_after_the_other_and_sold_in_one_entry() {
    let mut shop = Shop::with(&[(1, 2, 0), (2, 1, 1), (3, 0, 1)]);
    let wish = wish(&[(1, 2), (2, 2), (3, 1)]);
    let lack = |item, held, wanted| {
        let holders = vec![Holder { actor: B, units: 1, given: 0 }];
        Lack { item: ItemId(item), held, wanted, holders }
    };
    let mut helped = Helped::new(wish.clone());
    let mut step = helped.decided(Err(NotSold::Short(vec![lack(2, 1, 2), lack(3, 0, 1)])), AT_ONCE);
    for item in [2, 3] {
        // To the last unit: what is left at the holder is of no use to a sale that is made here.
        let request = Ask { item: ItemId(item), at_least: 1, mode: TransferMode::Gather };
        assert_eq!(step, Step::Ask { from: B, request });
        let Granted::Now(give) = shop.b.grant(&request.by(A)) else { panic!("B has one") };
        shop.write(B, &give);
        step = helped.answered(B, Some(TransferAnswer::Given));
    }
    assert_eq!(step, Step::Decide);
    let Sold::Now(sell) = shop.a.sell(&wish, 0) else { panic!("everything is here") };
    shop.write(A, &sell);
    assert_eq!([1, 2, 3].map(|item| shop.count(item)), [0, 0, 0]);
    assert!(matches!(shop.b.sell(&wish, 0), Sold::Before(_)), "the same order is the same sale everywhere");
}

#[test]
fn a_basket_that_falls_short_after_units_were_gathered_leaves_them_on_the_shelf() {
    let mut shop = Shop::with(&[(1, 0, 1), (2, 1, 0)]);
    let request = Ask { item: ItemId(1), at_least: 1, mode: TransferMode::Gather }.by(A);
    let Granted::Now(give) = shop.b.grant(&request) else { panic!("B has one") };
    shop.write(B, &give);
    // Meanwhile somebody bought the other book.
    let other = Reserve { order: OrderId(Uuid::from_u128(2)), ..wish(&[(2, 1)]) };
    let Sold::Now(sell) = shop.a.sell(&other, 0) else { panic!("A has it") };
    shop.write(A, &sell);
    let short = vec![Shortfall { item: ItemId(2), wanted: Quantity::ONE, left: Some(0) }];
    assert_eq!(shop.a.sell(&wish(&[(1, 1), (2, 1)]), 0), Sold::Refused(Refused::Short { lines: short }));
    assert_eq!(shop.count(1), 1);
}

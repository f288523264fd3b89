//! What becomes of an order after its sale: steps, units given back, and two replicas that could not talk.

use journal::ActorId;
use stock::{Fields, NotAdvanced, Numbers, Op, Shelf, Sold};
use uuid::Uuid;
use wire::Fulfilment::{Cancelled, Packed, Placed, Shipped};
use wire::sale::{Basket, Reserve, Sale};
use wire::{Buyer, Fulfilment, ItemId, Money, OrderId, Quantity};

const SMALL: ActorId = ActorId::from_bits(1);
const LARGE: ActorId = ActorId::from_bits(2);
const BOOK: ItemId = ItemId(1);
const ORDER: OrderId = OrderId(Uuid::from_u128(7));

/// A replica with its journal.
struct Replica {
    shelf: Shelf,
    written: Vec<Op>,
}

impl Replica {
    /// With two copies of a book.
    fn new(me: ActorId) -> Self {
        let mut replica = Self { shelf: Shelf::new(me, Numbers::new('A', 0, false)), written: Vec::new() };
        let fields = Fields { title: Some("Emma".into()), cost: Money::from_cents(100).ok(), ..Fields::default() };
        replica.write(Op::Set { item: BOOK, hlc: 1, fields, why: None });
        replica.write(Op::Mint { item: BOOK, n: 2, reference: format!("opening-{me}"), why: None });
        replica
    }

    fn write(&mut self, op: Op) {
        self.written.push(op.clone());
        self.shelf.apply(self.shelf.me(), self.written.len() as u64, op);
        self.shelf.check().expect("own rights are never below zero");
    }

    fn sell(&mut self) -> Option<Sale> {
        let basket = Basket::single(BOOK, Quantity::ONE);
        let wish = Reserve { order: ORDER, buyer: Buyer::default(), basket, request_id: String::new() };
        match self.shelf.sell(&wish, 0) {
            Sold::Now(op) => self.write(op),
            Sold::Before(known) => return Some(known.sale),
            other => panic!("it is there: {other:?}"),
        }
        None
    }

    fn advance(&mut self, to: Fulfilment) -> Result<usize, NotAdvanced> {
        self.advance_instead(to, None)
    }

    fn advance_instead(&mut self, to: Fulfilment, instead_of: Option<ActorId>) -> Result<usize, NotAdvanced> {
        let ops = self.shelf.advance(ORDER, (Placed, to), instead_of, 5)?;
        let written = ops.len();
        for op in ops {
            self.write(op);
        }
        Ok(written)
    }

    /// Reads all that the other wrote, and takes back what has to be.
    fn read(&mut self, other: &Self) {
        for (seq, op) in (1..).zip(&other.written) {
            self.shelf.apply(other.shelf.me(), seq, op.clone());
        }
        self.shelf.voids([ORDER]).into_iter().for_each(|void| self.write(void));
    }

    fn units(&self) -> u64 {
        self.shelf.book(BOOK).map_or(0, |book| book.units_of(self.shelf.me()))
    }
}

#[test]
fn a_cancelled_order_gives_its_units_back_and_is_not_sold_again() {
    let mut replica = Replica::new(SMALL);
    replica.sell();
    assert_eq!((replica.units(), replica.advance(Packed), replica.units()), (1, Ok(1), 1));
    assert_eq!((replica.advance(Cancelled), replica.units()), (Ok(1), 2));
    assert_eq!(replica.sell().map(|sale| sale.order), Some(ORDER), "whoever asks again has the same answer");
    assert_eq!(replica.units(), 2);
}

#[test]
fn a_step_said_again_changes_nothing_and_one_that_there_is_not_is_refused() {
    let mut replica = Replica::new(SMALL);
    assert_eq!(replica.advance(Packed), Err(NotAdvanced::Unknown));
    replica.sell();
    assert_eq!(replica.advance(Shipped), Err(NotAdvanced::NoSuchStep { now: Placed, to: Shipped }));
    assert_eq!((replica.advance(Packed), replica.advance(Packed)), (Ok(1), Ok(0)));
    assert_eq!((replica.advance(Shipped), replica.advance(Shipped)), (Ok(1), Ok(0)));
    assert_eq!(replica.advance(Cancelled), Err(NotAdvanced::NoSuchStep { now: Shipped, to: Cancelled }));
    assert_eq!(replica.units(), 1);
}

#[test]
fn what_is_known_of_an_order_elsewhere_counts_as_well() {
    let mut replica = Replica::new(SMALL);
    replica.sell();
    let cancel = replica.shelf.advance(ORDER, (Shipped, Cancelled), None, 5);
    assert_eq!(cancel, Err(NotAdvanced::NoSuchStep { now: Shipped, to: Cancelled }));
}

#[test]
fn only_who_sold_an_order_takes_it_on() {
    let (mut seller, mut other) = (Replica::new(SMALL), Replica::new(LARGE));
    seller.sell();
    other.read(&seller);
    assert_eq!(other.advance(Packed), Err(NotAdvanced::DecidedBy(SMALL)));
}

#[test]
fn for_a_retired_seller_one_other_decides_and_what_it_cancels_comes_in_there() {
    let (mut seller, mut heir) = (Replica::new(SMALL), Replica::new(LARGE));
    seller.sell();
    heir.read(&seller);
    assert_eq!((heir.advance_instead(Cancelled, Some(SMALL)), heir.units()), (Ok(2), 3));
    assert_eq!((heir.advance_instead(Cancelled, Some(SMALL)), heir.units()), (Ok(0), 3));
}

#[test]
fn of_an_order_sold_apart_and_cancelled_on_one_side_no_sale_is_left() {
    for (cancels, other) in [(SMALL, LARGE), (LARGE, SMALL)] {
        let (mut cancels, mut other) = (Replica::new(cancels), Replica::new(other));
        cancels.sell();
        other.sell();
        assert_eq!(cancels.advance(Cancelled), Ok(1));
        other.read(&cancels);
        cancels.read(&other);
        assert_eq!((cancels.units(), other.units()), (2, 2));
        assert_eq!(other.shelf.fulfilment(ORDER), Cancelled);
    }
}

#[test]
fn of_an_order_sold_apart_the_sale_that_was_shipped_stands_whatever_the_other_side_did() {
    for step in [Packed, Cancelled] {
        let (mut small, mut large) = (Replica::new(SMALL), Replica::new(LARGE));
        small.sell();
        large.sell();
        assert_eq!((large.advance(Packed), large.advance(Shipped), small.advance(step)), (Ok(1), Ok(1), Ok(1)));
        small.read(&large);
        large.read(&small);
        assert_eq!((small.units(), large.units()), (2, 1), "{step}");
        assert_eq!((small.shelf.fulfilment(ORDER), large.shelf.fulfilment(ORDER)), (Shipped, Shipped));
    }
}

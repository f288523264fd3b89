//! Books and orders for the unit tests of this crate.

use journal::ActorId;
use uuid::Uuid;
use wire::order::{Order, OrderState, Receipt};
use wire::sale::{SaleRef, SoldLine};
use wire::{Buyer, ItemId, ItemState, Money, OrderId, OrderNumber, Part, Quantity, Register, Stamp};

/// A register written at time `at`.
pub(crate) fn register<T>(value: T, at: u64) -> Register<T> {
    Register { value, stamp: Stamp(at, ActorId::from_bits(1)) }
}

/// A book with these parts: actor, number of its last entry, net units.
pub(crate) fn state(id: u32, parts: &[(u128, u64, i64)]) -> ItemState {
    ItemState {
        title: register(format!("Book {id}"), 1),
        authors: register("Somebody".into(), 1),
        year: register(Some(1900), 1),
        language: register("en".into(), 1),
        topic: register("novels".into(), 1),
        cost: register(Money::from_cents(1250).expect("a price"), 1),
        parts: parts
            .iter()
            .map(|(actor, seq, net)| (ActorId::from_bits(*actor), Part { seq: *seq, net: *net }))
            .collect(),
        ..ItemState::unknown(ItemId(id))
    }
}

/// An order with this id, made at this moment, on so many replicas.
pub(crate) fn receipt_of(id: u128, created_ms: u64, copies: usize) -> Receipt {
    let line = SoldLine { item: ItemId(1), quantity: Quantity::ONE, cost: Money::default() };
    let order = Order {
        id: OrderId(Uuid::from_u128(id)),
        number: OrderNumber(1),
        also: Vec::new(),
        buyer: Buyer::default(),
        lines: vec![line],
        created_ms,
        sale: SaleRef { actor: ActorId::from_bits(1), seq: 1 },
        told: true,
        advances: Vec::new(),
    };
    Receipt { order, copies, state: OrderState::Confirmed, items: Vec::new() }
}

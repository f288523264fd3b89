//! Books for the unit tests of this crate.

use journal::ActorId;
use wire::{ItemId, ItemState, Money, Part, Register, Stamp};

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

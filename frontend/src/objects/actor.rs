//! Under whose dots this gateway writes.
//!
//! A dot must never be used twice for two edits. So an actor goes on only from a state that has its last dot in it; where
//! what was read has missed that (its replicas were away, or lost it), somebody new writes. Nothing of it is stored: all
//! actors of a process are made of a random number that dies with it.
//!
//! An actor writes to one object only, for it is made of the object's key too. Dots are told apart by object as long as
//! objects stay apart; but when a guest's cart joins a member's, the states of *two* objects become one. If one actor had
//! written to both, its dots 1, 2, … would be there twice with two meanings, and the join would take half of them for seen
//! and removed. With an actor for each object no dot of the one means anything in the other: such a join loses nothing, and
//! can be made again.

use crdt::{Actor, Object};
use moka::sync::Cache;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;
use wire::cart::{Key, actor_of_the_shop};

/// The most keys of which the last dot is remembered, before somebody new writes to all others.
const MOST: u64 = 100_000;

/// Who writes to which key.
pub(super) struct Actors {
    /// What the usual actor of every key is made of.
    usual: Mutex<Origin>,
    /// Who wrote last, and its last number.
    last: Cache<Key, (Actor, u64)>,
    /// Whether something was forgotten: then the usual actor may have written to any key.
    forgot: Arc<AtomicBool>,
}

impl Default for Actors {
    fn default() -> Self {
        let forgot = Arc::new(AtomicBool::new(false));
        let forgets = Arc::clone(&forgot);
        let last = Cache::builder()
            .max_capacity(MOST)
            .eviction_listener(move |_, _, cause| {
                if cause.was_evicted() {
                    forgets.store(true, Ordering::Release);
                }
            })
            .build();
        Self { usual: Mutex::new(Origin::random()), last, forgot }
    }
}

/// A random number that nobody else has.
#[derive(Clone, Copy)]
struct Origin([u8; 32]);

impl Origin {
    fn random() -> Self {
        let mut bits = [0; 32];
        bits[..16].copy_from_slice(Uuid::new_v4().as_bytes());
        bits[16..].copy_from_slice(Uuid::new_v4().as_bytes());
        Self(bits)
    }

    /// The actor who writes to this key: of the first 128 bits of a hash that has the number as its key.
    fn actor_of(self, key: &Key) -> Actor {
        let hash = blake3::keyed_hash(&self.0, key.as_str().as_bytes());
        let bits = hash.as_bytes().first_chunk().expect("a hash has 256 bits");
        actor_of_the_shop(u128::from_be_bytes(*bits))
    }
}

/// The number of the last edit of `actor` that the state has seen.
fn seen(object: &Object, actor: Actor) -> u64 {
    match object {
        Object::Counters(map) => map.version().get(actor),
        // The edits of a set are told apart by their stamps, which rise.
        Object::Elements(_) => 0,
    }
}

impl Actors {
    /// Who may write to this key, of which `object` was read.
    pub(super) fn who_writes(&self, key: &Key, object: &Object) -> Actor {
        match self.last.get(key) {
            Some((actor, last)) if seen(object, actor) >= last => actor,
            Some(_) => Origin::random().actor_of(key),
            None => self.usual().actor_of(key),
        }
    }

    /// It is about to be written.
    pub(super) fn wrote(&self, key: &Key, actor: Actor, object: &Object) {
        self.last.insert(key.clone(), (actor, seen(object, actor)));
    }

    fn usual(&self) -> Origin {
        let mut usual = self.usual.lock().unwrap_or_else(PoisonError::into_inner);
        if self.forgot.swap(false, Ordering::AcqRel) {
            *usual = Origin::random();
        }
        *usual
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crdt::CounterMap;

    #[test]
    fn an_actor_goes_on_only_where_its_last_edit_was_read() {
        let (actors, key) = (Actors::default(), Key::of("cart", "c").expect("a key"));
        let empty = Object::Counters(CounterMap::new());
        let first = actors.who_writes(&key, &empty);
        let mut cart = CounterMap::new();
        cart.add(first, "1", 1).expect("an edit");
        let written = Object::Counters(cart);
        actors.wrote(&key, first, &written);
        assert_eq!(actors.who_writes(&key, &written), first);
        assert_ne!(actors.who_writes(&key, &empty), first, "what was read has missed the first edit");
        let other = Key::of("cart", "d").expect("a key");
        assert_ne!(actors.who_writes(&other, &empty), first, "an actor writes to one object only");
    }

    #[test]
    fn an_actor_is_the_same_for_one_key_of_one_process_and_for_nothing_else() {
        let key = |name: &str| Key::of("cart", name).expect("a key");
        let (one, other, empty) = (Actors::default(), Actors::default(), Object::Counters(CounterMap::new()));
        let writer = one.who_writes(&key("c"), &empty);
        assert_eq!(one.who_writes(&key("c"), &empty), writer);
        assert_ne!(one.who_writes(&key("d"), &empty), writer);
        assert_ne!(other.who_writes(&key("c"), &empty), writer);
    }

    #[test]
    fn two_objects_of_one_process_are_joined_without_loss_and_as_often_as_one_likes() {
        let (actors, empty) = (Actors::default(), Object::Counters(CounterMap::new()));
        let cart = |name: &str, items: &[(&str, i64)]| {
            let actor = actors.who_writes(&Key::of("cart", name).expect("a key"), &empty);
            let mut cart = CounterMap::new();
            for (item, count) in items {
                cart.add(actor, item, *count).expect("an edit");
            }
            cart
        };
        let (guest, mut member) = (cart("guest", &[("1", 2), ("2", 1)]), cart("member", &[("2", 4), ("3", 1)]));
        assert!(member.merge(&guest));
        assert!(!member.merge(&guest), "a join that is made again adds nothing");
        assert_eq!([member.count("1"), member.count("2"), member.count("3")], [2, 5, 1]);
    }
}

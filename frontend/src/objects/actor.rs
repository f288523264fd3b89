//! Under whose dots this gateway writes.
//!
//! A dot must never be used twice for two edits. So an actor goes on only from a state that has its last dot in it; where
//! what was read has missed that (its replicas were away, or lost it), somebody new writes. Nothing of it is stored: the
//! actor of a process is random, and dies with it.

use crdt::{Actor, Object};
use moka::sync::Cache;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;
use wire::cart::Key;

/// The most keys of which the last dot is remembered, before somebody new writes to all others.
const MOST: u64 = 100_000;

/// Who writes to which key.
pub(super) struct Actors {
    usual: Mutex<Actor>,
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
        Self { usual: Mutex::new(somebody_new()), last, forgot }
    }
}

fn somebody_new() -> Actor {
    Actor::from_bits(Uuid::new_v4().as_u128())
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
            Some(_) => somebody_new(),
            None => self.usual(),
        }
    }

    /// It is about to be written.
    pub(super) fn wrote(&self, key: &Key, actor: Actor, object: &Object) {
        self.last.insert(key.clone(), (actor, seen(object, actor)));
    }

    fn usual(&self) -> Actor {
        let mut usual = self.usual.lock().unwrap_or_else(PoisonError::into_inner);
        if self.forgot.swap(false, Ordering::AcqRel) {
            *usual = somebody_new();
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
        assert_eq!(actors.who_writes(&other, &empty), first, "elsewhere it has not written");
    }
}

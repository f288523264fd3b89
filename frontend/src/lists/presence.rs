//! How many browsers have a list open: each that keeps a copy asks for news of it every few seconds, and says under which
//! actor it writes. Only this frontend's own visitors, only how many, and only in its memory.

use crdt::Actor;
use moka::sync::Cache;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// So long after it last asked, in milliseconds, a browser is counted: longer than it waits between two questions.
const COUNTED_MS: u64 = 60_000;
/// The same, for lists that nobody asks for any more.
const REMEMBERED: Duration = Duration::from_millis(COUNTED_MS);
/// More lists than this are not counted at the same time.
const MOST_LISTS: u64 = 10_000;
/// More browsers than this are not counted of one list.
const MOST: usize = 100;

/// When each browser last asked for a list.
type Asked = Arc<Mutex<BTreeMap<Actor, u64>>>;

/// Who has which list open.
pub(super) struct Presence(Cache<Uuid, Asked>);

impl Presence {
    /// Nobody has any.
    pub(super) fn new() -> Self {
        Self(Cache::builder().max_capacity(MOST_LISTS).time_to_idle(REMEMBERED).build())
    }

    /// The browser that writes as `actor` asks at `now_ms`: how many others did in the last minute.
    pub(super) fn asks(&self, list: Uuid, actor: Actor, now_ms: u64) -> usize {
        let asked = self.0.get_with(list, Asked::default);
        let asked = &mut *asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain(|_, at_ms| now_ms.saturating_sub(*at_ms) < COUNTED_MS);
        if asked.len() < MOST || asked.contains_key(&actor) {
            asked.insert(actor, now_ms);
        }
        asked.keys().filter(|other| **other != actor).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: Uuid = Uuid::from_u128(1);

    #[test]
    fn a_browser_is_told_how_many_others_asked_in_the_last_minute_and_never_counts_itself() {
        let (presence, ann, ben) = (Presence::new(), Actor::from_bits(1), Actor::from_bits(2));
        assert_eq!(presence.asks(LIST, ann, 0), 0);
        assert_eq!(presence.asks(LIST, ann, 1_000), 0);
        assert_eq!(presence.asks(LIST, ben, 2_000), 1);
        assert_eq!(presence.asks(Uuid::from_u128(2), ben, 2_000), 0, "of another list");
        assert_eq!(presence.asks(LIST, ben, 60_999), 1);
        assert_eq!(presence.asks(LIST, ben, 61_000), 0, "Ann has gone");
    }

    #[test]
    fn however_many_ask_a_list_takes_no_more_than_its_room() {
        let presence = Presence::new();
        for bits in 0..500 {
            assert!(presence.asks(LIST, Actor::from_bits(bits), 0) <= MOST);
        }
        assert_eq!(presence.asks(LIST, Actor::from_bits(0), 0), MOST - 1);
    }
}

//! How much is sold and how much is answered from memory, second by second, for as long as a picture shows.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// So many seconds are remembered.
const REMEMBERED: usize = 60;

/// What was counted until a moment: it only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Purchases that this frontend has brought to an order.
    pub buys: u64,
    /// Questions that its cache answered.
    pub hits: u64,
    /// Questions for which it asked a catalog.
    pub misses: u64,
}

/// What one second added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beat {
    /// Purchases.
    pub buys: u64,
    /// Questions that the cache answered.
    pub hits: u64,
    /// Questions for which a catalog was asked.
    pub misses: u64,
}

/// The last seconds of this frontend.
#[derive(Debug, Default)]
pub struct Pulse(Mutex<Beats>);

#[derive(Debug, Default)]
struct Beats {
    last: Option<Counted>,
    beats: VecDeque<Beat>,
}

impl Pulse {
    /// A second has passed, and by now this is what was counted.
    pub fn beat(&self, now: Counted) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = inner.last.replace(now) {
            inner.beats.push_back(Beat {
                buys: now.buys.saturating_sub(last.buys),
                hits: now.hits.saturating_sub(last.hits),
                misses: now.misses.saturating_sub(last.misses),
            });
        }
        while inner.beats.len() > REMEMBERED {
            inner.beats.pop_front();
        }
    }

    /// The last seconds, the latest at the end.
    pub fn beats(&self) -> Vec<Beat> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).beats.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_shows_what_it_added_and_only_the_last_minute_is_remembered() {
        let pulse = Pulse::default();
        for second in 0..100 {
            pulse.beat(Counted { buys: second * 3, hits: second * 10, misses: second });
        }
        let beats = pulse.beats();
        assert_eq!((beats.len(), beats[0], beats[59]), (60, beats[59], Beat { buys: 3, hits: 10, misses: 1 }));
        pulse.beat(Counted { buys: 303, ..Counted::default() });
        assert_eq!(pulse.beats()[59], Beat { buys: 6, hits: 0, misses: 0 });
    }
}

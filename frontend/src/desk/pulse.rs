//! How much is sold and how much is answered from memory, second by second, for as long as a picture shows.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// So many seconds are remembered.
const REMEMBERED: usize = 60;

/// What was counted: since the process began, or in one second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Purchases that this frontend has brought to an order.
    pub buys: u64,
    /// Questions that its cache answered.
    pub hits: u64,
    /// Questions for which it asked a catalog.
    pub misses: u64,
}

impl Counts {
    /// What has been counted since `before`.
    fn since(self, before: Self) -> Self {
        Self {
            buys: self.buys.saturating_sub(before.buys),
            hits: self.hits.saturating_sub(before.hits),
            misses: self.misses.saturating_sub(before.misses),
        }
    }
}

/// The last seconds of this frontend.
#[derive(Debug, Default)]
pub struct Pulse(Mutex<Beats>);

#[derive(Debug, Default)]
struct Beats {
    last: Option<Counts>,
    beats: VecDeque<Counts>,
}

impl Pulse {
    /// A second has passed, and by now this is what was counted.
    pub fn beat(&self, now: Counts) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = inner.last.replace(now) {
            inner.beats.push_back(now.since(last));
        }
        while inner.beats.len() > REMEMBERED {
            inner.beats.pop_front();
        }
    }

    /// The last seconds, the latest at the end.
    pub fn beats(&self) -> Vec<Counts> {
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
            pulse.beat(Counts { buys: second * 3, hits: second * 10, misses: second });
        }
        let beats = pulse.beats();
        assert_eq!((beats.len(), beats[0], beats[59]), (60, beats[59], Counts { buys: 3, hits: 10, misses: 1 }));
        pulse.beat(Counts { buys: 303, ..Counts::default() });
        assert_eq!(pulse.beats()[59], Counts { buys: 6, hits: 0, misses: 0 });
    }
}

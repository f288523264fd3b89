//! Many lives, on all processors.

use super::life::{Life, live};
use crate::catalog::Fault;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// What many lives came to.
#[derive(Clone, Debug, Default)]
pub struct Lives {
    /// How many there were.
    pub lives: u64,
    /// Steps, all together.
    pub steps: u64,
    /// Orders that buyers were told of, all together.
    pub orders: usize,
    /// Those in which something did not hold, by seed, the first ones.
    pub broken: Vec<Life>,
    /// In how many lives each state was reached.
    pub reached: BTreeMap<&'static str, u64>,
}

/// Lives with these seeds; `heard` is told after each how many there have been, and whether the last one was whole.
///
/// It ends early after ten that were not: they say enough.
pub fn live_many(seeds: Range<u64>, fault: Fault, heard: impl Fn(u64, bool) + Sync) -> Lives {
    let (next, lives) = (AtomicU64::new(seeds.start), Mutex::new(Lives::default()));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end || lives.lock().unwrap_or_else(PoisonError::into_inner).broken.len() >= 10 {
                        return;
                    }
                    let life = live(seed, fault, false);
                    let whole = life.breaches.is_empty();
                    let mut lives = lives.lock().unwrap_or_else(PoisonError::into_inner);
                    lives.add(life);
                    heard(lives.lives, whole);
                }
            });
        }
    });
    let mut lives = lives.into_inner().unwrap_or_else(PoisonError::into_inner);
    lives.broken.sort_by_key(|life| life.seed);
    lives
}

impl Lives {
    fn add(&mut self, life: Life) {
        self.lives += 1;
        self.steps += life.steps;
        self.orders += life.orders;
        for what in &life.reached {
            *self.reached.entry(what).or_default() += 1;
        }
        if !life.breaches.is_empty() {
            self.broken.push(life);
        }
    }

    /// States worth reaching that no life reached.
    pub fn unreached(&self) -> Vec<&'static str> {
        super::WORTH_REACHING.into_iter().filter(|what| !self.reached.contains_key(what)).collect()
    }
}

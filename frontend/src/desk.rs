//! The operator's desk: who is let in, how the shop is doing, and what an operator changes. What it looks like is
//! `pages/desk/`'s business.

mod gate;
mod pulse;

pub use gate::{COOKIE, Gate, NotLetIn, OperatorSession};
pub use pulse::{Beat, Counted, Pulse};

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many pages may be kept up to date by a frontend at the same time.
const MOST_WATCHERS: usize = 16;

/// What the desk needs beside the shop.
pub struct Desk {
    /// Who is let in.
    pub gate: Gate,
    /// How much is sold, second by second.
    pub pulse: Pulse,
    watchers: Arc<Semaphore>,
}

impl Desk {
    /// The desk of the cluster with this token.
    pub fn new(token: &str) -> Self {
        Self { gate: Gate::new(token), pulse: Pulse::default(), watchers: Arc::new(Semaphore::new(MOST_WATCHERS)) }
    }

    /// A place for somebody whose page is kept up to date; `None` where all are taken.
    pub fn watcher(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.watchers).try_acquire_owned().ok()
    }
}

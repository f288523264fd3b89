//! The operator's desk: who is let in, how the shop is doing, and what an operator changes. What it looks like is
//! `pages/desk/`'s business.

mod gate;
mod pulse;

pub use gate::{COOKIE, Gate, NotLetIn, OperatorSession};
pub use pulse::{Beat, Counted, Pulse};

use serve::Readiness;
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
    readiness: Readiness,
}

impl Desk {
    /// The desk of the cluster with this token, in a server that is as ready as `readiness` says.
    pub fn new(token: &str, readiness: Readiness) -> Self {
        let watchers = Arc::new(Semaphore::new(MOST_WATCHERS));
        Self { gate: Gate::new(token), pulse: Pulse::default(), watchers, readiness }
    }

    /// Whether the server is about to end: then nobody's page is kept up to date any more, for it would wait for that.
    pub fn is_closing(&self) -> bool {
        self.readiness.reasons().iter().any(|reason| reason.topic == "stopping")
    }

    /// A place for somebody whose page is kept up to date; `None` where all are taken.
    pub fn watcher(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.watchers).try_acquire_owned().ok()
    }
}

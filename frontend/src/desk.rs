//! The operator's desk: who is let in, how the shop is doing, and what an operator changes. What it looks like is
//! `pages/desk/`'s business.

mod gate;
mod pulse;

pub use gate::{COOKIE, Gate, NotLetIn, OperatorSession};
pub use pulse::{Counts, Pulse};

use crate::watchers::Watchers;
use serve::Readiness;

/// So many pages may be kept up to date by a frontend at the same time.
const MOST_WATCHERS: usize = 16;

/// What the desk needs beside the shop.
pub struct Desk {
    /// Who is let in.
    pub gate: Gate,
    /// How much is sold, second by second.
    pub pulse: Pulse,
    /// Pages of the desk that are kept up to date.
    pub watchers: Watchers,
}

impl Desk {
    /// The desk of the cluster with this token, in a server that is as ready as `readiness` says.
    pub fn new(token: &str, readiness: Readiness) -> Self {
        let watchers = Watchers::new(MOST_WATCHERS, readiness);
        Self { gate: Gate::new(token), pulse: Pulse::default(), watchers }
    }
}

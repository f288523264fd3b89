//! The operator's desk: who is let in, how the shop is doing, and what an operator changes. What it looks like is
//! `pages/desk/`'s business.

mod census;
mod gate;
pub mod plan;
mod pulse;
mod trail;

pub use census::{Census, Seat};
pub use gate::{COOKIE, Gate, NotLetIn, OperatorSession};
pub use pulse::{Counts, Pulse};
pub use trail::{Trail, Trails};

use crate::watchers::Watchers;
use serve::Readiness;

/// So many pages may be kept up to date by a frontend at the same time.
const MOST_WATCHERS: usize = 16;

/// What the desk needs beside the shop.
pub struct Desk {
    /// Who is let in.
    pub gate: Gate,
    /// Who belongs to the shop, as env.cfg says it now.
    pub census: Census,
    /// How much is sold, second by second.
    pub pulse: Pulse,
    /// Who has what was written last.
    pub trails: Trails,
    /// Pages of the desk that are kept up to date.
    pub watchers: Watchers,
}

impl Desk {
    /// The desk of the cluster with this token, in a server that is as ready as `readiness` says.
    pub fn new(token: &str, readiness: Readiness, census: Census) -> Self {
        let watchers = Watchers::new(MOST_WATCHERS, readiness);
        Self { gate: Gate::new(token), census, pulse: Pulse::default(), trails: Trails::default(), watchers }
    }
}

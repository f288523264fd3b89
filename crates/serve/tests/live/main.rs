//! Real servers on ports that the system chooses, called over real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod calls;
mod errors;
mod fleets;
mod lanes;
mod slow;
mod stage;
mod stopping;

//! What every server does alike: telemetry, health, limits, trust between tiers, calls, a graceful stop, the clock.
//!
//! A tier describes its routes and its decisions; everything around them is here, once, so that the three tiers
//! cannot come to differ in it. Nothing here knows a book or an order. What travels is in `wire`, who there is in
//! `cluster`.
//!
//! Serving: [`Server`] with [`reply`], [`input`], [`params`], [`intent`], [`guard`], [`health`], [`request_id`],
//! [`telemetry`].
//! Calling: [`Caller`], [`Fleet`], [`Lane`], [`RetryBudget`]. Starting and ending: [`command_line`].

mod access;
mod arriving;
pub mod budget;
pub mod caller;
pub mod clock;
pub mod command_line;
mod crowd;
pub mod fleet;
pub mod flights;
pub mod guard;
pub mod health;
pub mod input;
pub mod intent;
pub mod lane;
pub mod params;
pub mod reply;
pub mod request_id;
pub mod server;
pub mod telemetry;

pub use access::Everyday;
pub use arriving::arrives_within;
pub use budget::RetryBudget;
pub use caller::{CallError, Caller};
pub use fleet::{Fleet, Seen, State};
pub use flights::Flights;
pub use guard::{Insider, Operator};
pub use health::Readiness;
pub use lane::{Lane, LaneLimits};
pub use reply::{ClassicRefusal, ErrorStyle, Refusal, extractor_config};
pub use server::{Bound, Limits, ServeError, Server, Stopper, get_or_head};

/// Where every server's memory comes from. The C library's own keeps what a burst took: a catalog that has brought in a
/// million titles stays four times as large as what it holds (decision 16).
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

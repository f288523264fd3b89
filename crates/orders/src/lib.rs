//! Orders: what one is, and how replicas that can fail come to sell it exactly once.
//!
//! Nothing here waits, sends, stores or reads a clock. An order is a function of the sales it stands on
//! ([`ledger`]); asking for one is a conversation that is written down as a value ([`selling`], [`buying`]): what was
//! heard goes in, whom to ask next comes out. The tiers do the waiting around it, and a simulation can play any order of
//! answers, silences and crashes.

mod batch;
pub mod buying;
mod comparison;
pub mod ledger;
mod purchase;
pub mod selling;

pub use batch::{Batch, Command, Kept, Rows};
pub use comparison::Comparison;
pub use ledger::{Known, Ledger, Op};
pub use purchase::{Way, way};

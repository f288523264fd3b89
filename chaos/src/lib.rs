//! Chaos: a real shop under faults, and whether it kept its word.
//!
//! [`run`] opens a shop of its own, in which every connection between two processes goes through a [`proxy`]; does to it
//! what the [`schedule`] of a seed says; lets customers buy meanwhile, who write down every answer; and [`judge`]s these
//! against what the replicas hold in the end. What is a function of its arguments is apart from what touches processes:
//! schedule, paths, judges and ledger are pure. The command line is `cli`.

mod cli;
mod closing;
mod customer;
mod error;
pub mod fault;
mod floor;
mod inject;
pub mod judge;
mod ledger;
pub mod lists;
mod outcome;
mod path;
pub mod proxy;
mod report;
mod run;
pub mod schedule;
mod shop;
mod wares;
mod watch;

pub use cli::main;
pub use error::ChaosError;
pub use outcome::Outcome;
pub use run::{Plan, run};
pub use watch::Progress;

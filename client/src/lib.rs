//! The load client: plays customers of the shop, measures how they fare, and checks that the shop kept its word.
//!
//! [`run`] is one run of one [`Plan`]; what it found is an [`Outcome`](outcome::Outcome). What customers do is in
//! `script` and what was bought in `ledger`, both pure; `drive` and `experiment` let customers loose, `shop` carries
//! their questions. The command line is `cli`.

mod audit;
mod cli;
mod drive;
mod error;
mod expect;
mod experiment;
mod faults;
mod ledger;
pub mod outcome;
mod plan;
mod progress;
mod question;
mod recorder;
pub mod report;
mod run;
mod script;
mod shop;
mod wares;

pub use cli::main;
pub use error::ClientError;
pub use plan::{Faults, Plan, Scenario};
pub use progress::Progress;
pub use run::{now_ms, run};

//! The whole shop as real processes, and what people do to it.
//!
//! A story in `tests/` starts a [`Cluster`], sends it customers and an operator, kills and pauses its replicas, and
//! asks it afterwards whether every copy agrees. Nothing of the shop's inside is known here: only its programs, its
//! addresses and its files, as a user has them. What is decided inside one process is tested in its own crate.

mod answer;
mod audit;
mod binaries;
pub mod browser;
mod builder;
mod crowd;
mod customer;
pub mod desk;
mod doorstep;
pub mod endpoints;
mod lists;
pub mod noise;
mod operator;
mod ports;
mod process;
pub mod raw;
pub mod seed;
mod shop;
mod waiting;
mod zookeeper;

pub use answer::Answer;
pub use audit::OrderRow;
pub use binaries::{binary, programs, repository};
pub use browser::{Browser, Driver, Engine, Key};
pub use builder::Builder;
pub use crowd::{Crowd, Ledger};
pub use customer::{Bought, Customer, hidden};
pub use doorstep::Doorstep;
pub use lists::{new_list, shown};
pub use operator::Operator;
pub use ports::Ports;
pub use process::Process;
pub use shop::Cluster;
pub use waiting::awaits;
pub use zookeeper::ZooKeeper;

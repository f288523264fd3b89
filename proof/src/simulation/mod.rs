//! Very many lives of a whole shop: catalogs, order replicas, frontends and customers, under a virtual clock and a seed.
//!
//! Every decision is the product's: `journal`, `stock`, `orders` and `wire`. What is simulated is what the tiers' drivers
//! wait for: messages that are lost, doubled, late or cut off one way, processes that die in every part of a commit, disks
//! that are full, lost, or put back older, clocks that are wrong, a third catalog that joins, actors that are retired.
//!
//! One seed is one life, step by step the same each time.

mod auditor;
mod catalog;
mod customer;
mod executor;
mod fate;
mod frontend;
mod life;
mod many;
mod network;
mod order;
mod replica;
mod world;

pub use life::{Life, WORTH_REACHING, live};
pub use many::{Lives, live_many};

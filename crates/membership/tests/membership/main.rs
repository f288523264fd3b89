//! The membership of processes with a real ZooKeeper, and with what only pretends to be one.

mod liar;
mod server;
mod tier;
mod zookeeper;

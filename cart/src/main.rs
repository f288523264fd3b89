//! The cart tier: carts, lists and accounts, on replicas without a leader.
//!
//! What an object is and how two copies become one is decided in `crdt`, how many copies are enough in `quorum`, and by
//! the gateways, which ask the replicas of a key themselves. A replica only joins: [`machine`] is what a batch of states
//! leads to, [`writer`] makes it durable, [`standing`] is what the replica knows of layouts and whether it lacks anything
//! under them, [`digests`] is what replicas compare, [`heal`] how they become equal again, [`http`] the routes, [`store`]
//! the SQL, [`cli`] what an operator types.

mod cli;
mod digests;
mod heal;
mod http;
mod machine;
mod serve;
mod standing;
mod store;
mod writer;

fn main() -> std::process::ExitCode {
    cli::run()
}

//! What every replica with a journal does alike: keep it, commit in groups, propagate, catch up, know who it is.
//!
//! The thin driver around the pure cores. It waits, stores and sends, and decides nothing: what a batch means is the
//! tier's [`journal::Machine`], whether an entry may be taken is `journal`'s. No HTTP routes of a tier, no SQL of a tier.
//! A replica without a journal takes from here how a database is opened, read, limited and given up.

mod backup;
mod copies;
mod database;
mod http;
mod identity;
mod inspect;
mod join;
mod kind;
mod link;
mod readers;
mod replica;
mod room;
pub mod rows;
mod store;
mod stored;
mod upkeep;
mod witness;
mod writer;

pub use copies::Copies;
pub use database::{Database, JOURNAL_TABLES, OpenError, RETIRED_TABLE, Tables};
pub use http::{Evidence, HeadsReport, Pushed, routes};
pub use identity::{EndWithTheWriter, Setup, WriterThread};
pub use inspect::ChainCheck;
pub use kind::{Journalled, Kind};
pub use link::{Links, NotRead, Pushes};
pub use readers::Readers;
pub use replica::{Published, Replica, WriteError, end_with_the_database};
pub use room::{NotRoom, Room, Serving};
pub use store::{bodies_after, entries, hash_at};
pub use stored::{Command, Op, Reply, Stored};
pub use upkeep::Upkeep;
pub use writer::fold_log;

//! Who may sell what, without asking anyone.
//!
//! Every unit belongs to one actor, which alone may sell it; units pass between actors by entries in the giver's
//! journal. Nothing here waits, sends, stores or reads a clock: the working set goes in, decisions come out. The
//! catalog tier does the waiting and the writing. So any order of crashes and messages can be played in a test, and a
//! failure is a list of events that can be read.
//!
//! What a replica knows of others is old, and only ever too old: the rule that keeps a unit from being sold twice is
//! that an actor's *own* rights are exact, since nobody else writes its journal.

mod account;
mod adjust;
mod batch;
mod book;
pub mod command;
mod entry;
mod fulfil;
pub mod help;
mod number;
mod retire;
mod sell;
mod share;
mod shelf;
mod sweep;
mod transfer;

pub use account::{Account, Accounts};
pub use adjust::{Adjusted, NotAdjusted, Reference};
pub use batch::{Batch, Rows};
pub use book::Book;
pub use entry::{Fields, Op, Text, Why};
pub use fulfil::NotAdvanced;
pub use number::Numbers;
pub use retire::NotConserved;
pub use sell::{KnownSale, Missing, Sold};
pub use share::{Wish, share, wish};
pub use shelf::{ChangeRow, Overdrawn, Shelf};
pub use sweep::{Page, Sweep};
pub use transfer::{Granted, TransferMode, TransferRequest};

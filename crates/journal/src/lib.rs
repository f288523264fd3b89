//! The journal: what one incarnation of a replica wrote, in order, in a form that can be checked.
//!
//! An *actor* is one incarnation of one replica's data and the only writer of its journal. Entries are dense from 1
//! and chained by hash, and a receiver takes an entry only when it is the next one. So loss, repetition, reordering
//! and partition are all the same thing: not there yet. Two different entries under one number are a *fork*: the
//! actor was written by two processes, and nobody may believe it any more.
//!
//! Nothing here waits, stores or sends; `replica` does, and a simulation or a model checker can. What the bodies mean is
//! the tiers' business: they implement [`Machine`].

mod absorb;
mod actor;
mod boot;
mod chain;
mod draft;
mod held;
mod machine;
mod reach;
mod tail;

pub use absorb::{Absorbed, absorb};
pub use actor::{ActorId, BadHex, Hash};
pub use boot::{Claim, Recall, Verdict, Witness, judge, recall};
pub use chain::{Body, Entry, Head, Heads, Run};
pub use draft::{Draft, NotTaken};
pub use held::{Frozen, Held, Operation, Retired};
pub use machine::{Arrived, Decided, Machine, Pen, decide};
pub use reach::Reach;
pub use tail::Tail;

//! How many copies are enough: reading, writing, repairing and remembering what is owed, as values.
//!
//! What an answer was goes in, the next things to do come out. Nothing here waits, sends, or knows what a copy holds: a
//! value is anything that joins ([`Join`]). So the same write sent twice is the same write, and no order of answers can
//! lose one. The waiting is the driver's; where copies belong is `placement`'s business.
//!
//! A read and a write that both met their quorum have a replica in common, so the read has seen the write. Where a
//! quorum was not met, one copy is still a yes, and the answer says how many there are: whoever must not be wrong looks
//! at that, everybody else is served.
//!
//! Sources: G. DeCandia et al.: *Dynamo: Amazon's Highly Available Key-value Store*, SOSP 2007 (hints, read repair, always
//! writable); D. K. Gifford: *Weighted Voting for Replicated Data*, SOSP 1979 (R + W > N).

mod comparison;
mod copies;
mod hints;
mod read;
mod write;

pub use comparison::lacking;
pub use copies::Copies;
pub use hints::{Due, Hints};
pub use read::{Found, Read, ReadStep};
pub use write::{NotStored, Write, WriteStep, Written};

/// A value that two copies of can become one: commutative, associative, idempotent.
pub trait Join: Clone + PartialEq {
    /// Makes this the join of both.
    fn join(&mut self, other: &Self);
}

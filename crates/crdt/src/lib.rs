//! Objects that can be written on any copy and are the same on all of them once they have met: carts, lists, accounts.
//!
//! Two types behind one [`Object`]: [`CounterMap`], an observed-remove map of counters with fields, and [`ElementSet`],
//! a last-writer-wins element set. Nothing here reads a clock, draws a random number, stores or sends: actors and stamps
//! are arguments, and whoever has a copy calls [`Object::merge`].
//!
//! # What decides
//!
//! Every edit of a [`CounterMap`] takes one fresh [`Dot`] (an actor, and a number that is dense from 1). A state is the
//! [`VersionVector`] of the dots it has seen and, per item and actor, at most one *entry*, which never changes once it is
//! written: a later edit of that actor replaces it under a later dot. So a state is a function of the set of edits it has
//! seen, and nothing is ever decided from less than a whole entry. In a merge, an entry stays if both have it, or if the
//! one that lacks it has not seen its dot; whoever lacks it and has seen its dot knows that it was removed. There are no
//! tombstones, and a concurrent edit beats a removal, which had not seen it.
//!
//! # Sources
//!
//! - M. Shapiro, N. Preguiça, C. Baquero, M. Zawirski: *A comprehensive study of Convergent and Commutative Replicated
//!   Data Types*, 2011: the laws, the counters, the LWW element set.
//! - A. Bieniusa, M. Zawirski, N. Preguiça, M. Shapiro, C. Baquero, V. Balegas, S. Duarte: *An optimized conflict-free
//!   replicated set*, 2012: a version vector instead of tombstones.
//! - P. S. Almeida, A. Shoker, C. Baquero: *Delta state replicated data types*, 2018: dots with a value each (`DotFun`),
//!   deltas, and why they must be contiguous.

mod actor;
mod canonical;
mod content;
mod context;
mod counters;
mod delta;
mod edit;
mod json;
mod limits;
mod lww;
mod object;
mod version;
mod whole;

pub use actor::{Actor, BadActor, Dot};
pub use content::{Content, Line, Lines};
pub use context::{BadContext, Context};
pub use counters::{CounterMap, MAX_COUNT};
pub use delta::{Delta, Gap};
pub use edit::EditError;
pub use json::NotValid;
pub use limits::{Limits, TooLarge};
pub use lww::ElementSet;
pub use object::{Object, OtherType, PutError};
pub use version::{BadVersion, Causality, MOST, MOST_ACTORS, VersionVector};
pub use whole::whole;

//! Placement: on which replicas the copies of a key are, as a function of the key and the list of members alone.
//!
//! A key belongs to one of 1024 [`Bucket`]s, and a [`Placement`] says for each bucket which members hold it: by a
//! [`Ring`] of tokens or by a CRUSH [`Map`]. Whoever has the same list asks nobody and gets the same answer.
//! [`movement`] and [`balance`] say what a change of the list costs, and how even it leaves things.
//!
//! Not there: who is up, how many copies are enough, the versions of the list, and files. A map comes as text.

mod bucket;
mod crush;
mod member;
mod movement;
mod placement;
mod ring;

pub use bucket::{Bucket, bucket_of};
pub use crush::{BadMap, Map, RuleIndex, Scratch};
pub use member::{BadMembers, BadWeight, Member, MemberIndex, Weight};
pub use movement::{Balance, Load, Moves, balance, movement};
pub use placement::{Placement, Strategy, Table};
pub use ring::{Position, Ring};

//! Spreading the stock while nobody waits: how many units of a book each replica should hold.
//!
//! Only liveness depends on this. What can be spread is spread evenly, so that the shop sells on when a replica dies;
//! what is left over sits at the book's home, where its sales go first, so that the last copy is sold without asking.

use crate::{Account, Book};
use journal::ActorId;

/// A wish for units that another actor holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Who holds them.
    pub from: ActorId,
    /// How many.
    pub units: u64,
    /// How many the giver should keep.
    pub keep: u64,
}

/// The share of `actor` in `total` units over `members` replicas: the even part, and the rest at home.
pub fn share(total: u64, members: u64, at_home: bool) -> u64 {
    let members = members.max(1);
    total / members + if at_home { total % members } else { 0 }
}

/// What `me` should ask for, and whom: the one of `members` that has most above its share.
///
/// `members` are the actors that can give (the own one included), each with whether it is the book's home. Small
/// differences are left alone where there is plenty: units that travel to and fro sell no book.
pub fn wish(book: &Book, me: ActorId, members: &[(ActorId, bool)]) -> Option<Wish> {
    let held = |actor: ActorId| book.accounts.get(&actor).map_or(0, Account::units);
    let total: u64 = members.iter().map(|(actor, _)| held(*actor)).sum();
    let count = members.len() as u64;
    let (_, at_home) = members.iter().find(|(actor, _)| *actor == me)?;
    let target = share(total, count, *at_home);
    let mine = held(me);
    let enough = if target >= 4 { target / 2 } else { target };
    if mine >= enough {
        return None;
    }
    let spare = |(actor, home): &(ActorId, bool)| {
        let keep = share(total, count, *home);
        (held(*actor).saturating_sub(keep), *actor, keep)
    };
    let (spare, from, keep) = members.iter().filter(|(actor, _)| *actor != me).map(spare).max()?;
    let units = spare.min(target - mine);
    (units > 0).then_some(Wish { from, units, keep })
}

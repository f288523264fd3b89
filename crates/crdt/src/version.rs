//! What a copy has seen: per actor, up to which dot. Not what is still alive of it, which the states say.

use crate::{Actor, Dot};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The largest dot number and the largest stamp: 2^53 − 1, the last one that every reader of JSON keeps exact.
pub const MOST: u64 = (1 << 53) - 1;

/// The most actors that a [`Context`](crate::Context) names, and that an object should have (see
/// [`Limits`](crate::Limits)).
pub const MOST_ACTORS: usize = 1024;

/// Per actor, the number of its last edit that was seen; with it, all its earlier ones.
///
/// In JSON an object from actor to number. An actor of whom nothing was seen is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<Actor, u64>", into = "BTreeMap<Actor, u64>")]
pub struct VersionVector(BTreeMap<Actor, u64>);

impl VersionVector {
    /// Nothing seen.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The number of the last edit of `actor` that was seen, 0 if none.
    pub fn get(&self, actor: Actor) -> u64 {
        self.0.get(&actor).copied().unwrap_or(0)
    }

    /// Whether this edit was seen.
    pub fn contains(&self, dot: Dot) -> bool {
        dot.n <= self.get(dot.actor)
    }

    /// Whether everything that `other` has seen was seen here too.
    pub fn dominates(&self, other: &Self) -> bool {
        other.0.iter().all(|(actor, n)| *n <= self.get(*actor))
    }

    /// Adds what `other` has seen; says whether that was more.
    pub fn join(&mut self, other: &Self) -> bool {
        let mut more = false;
        for (actor, n) in &other.0 {
            more |= self.observe(Dot { actor: *actor, n: *n });
        }
        more
    }

    /// Every actor and its last number, in the order of the actors.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Dot> + '_ {
        self.0.iter().map(|(actor, n)| Dot { actor: *actor, n: *n })
    }

    /// How many actors have been seen.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The dot of the next edit of `actor`; none after [`MOST`] of them.
    pub fn next(&self, actor: Actor) -> Option<Dot> {
        let n = self.get(actor) + 1;
        (n <= MOST).then_some(Dot { actor, n })
    }

    /// Adds this dot and all before it; says whether that was more.
    pub(crate) fn observe(&mut self, dot: Dot) -> bool {
        match self.0.entry(dot.actor) {
            Entry::Vacant(free) if dot.n > 0 => {
                free.insert(dot.n);
                true
            }
            Entry::Occupied(mut last) if dot.n > *last.get() => {
                last.insert(dot.n);
                true
            }
            _ => false,
        }
    }
}

/// A number of an edit that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a version is a whole number from 1 to 9007199254740991")]
pub struct BadVersion;

impl TryFrom<BTreeMap<Actor, u64>> for VersionVector {
    type Error = BadVersion;
    fn try_from(seen: BTreeMap<Actor, u64>) -> Result<Self, BadVersion> {
        if seen.values().all(|n| (1..=MOST).contains(n)) { Ok(Self(seen)) } else { Err(BadVersion) }
    }
}

impl From<VersionVector> for BTreeMap<Actor, u64> {
    fn from(seen: VersionVector) -> Self {
        seen.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(dots: &[(u128, u64)]) -> VersionVector {
        let mut vv = VersionVector::new();
        for (bits, n) in dots {
            vv.observe(Dot { actor: Actor::from_bits(*bits), n: *n });
        }
        vv
    }

    #[test]
    fn version_vectors_are_compared_by_what_they_have_seen() {
        let (a, b, ab) = (seen(&[(1, 2)]), seen(&[(2, 1)]), seen(&[(1, 2), (2, 1)]));
        let compared = |one: &VersionVector, other: &VersionVector| (one.dominates(other), other.dominates(one));
        assert_eq!(compared(&a, &a), (true, true));
        assert_eq!(compared(&a, &ab), (false, true));
        assert_eq!(compared(&ab, &b), (true, false));
        assert_eq!(compared(&a, &b), (false, false));
        assert_eq!(compared(&seen(&[(1, 1)]), &a), (false, true));
    }

    #[test]
    fn a_join_has_seen_what_either_had() {
        let mut joined = seen(&[(1, 2)]);
        assert!(joined.join(&seen(&[(1, 1), (2, 1)])));
        assert_eq!(joined, seen(&[(1, 2), (2, 1)]));
        assert!(!joined.join(&seen(&[(2, 1)])));
    }

    #[test]
    fn the_dots_of_an_actor_are_dense_from_one_and_end_at_the_last_exact_number() {
        let actor = Actor::from_bits(1);
        assert_eq!(VersionVector::new().next(actor), Some(Dot { actor, n: 1 }));
        assert_eq!(seen(&[(1, 4)]).next(actor), Some(Dot { actor, n: 5 }));
        assert_eq!(seen(&[(1, MOST)]).next(actor), None);
    }

    #[test]
    fn a_version_that_is_no_number_of_an_edit_is_refused() {
        let json = |n: &str| format!("{{\"{}\":{n}}}", Actor::from_bits(1));
        assert!(serde_json::from_str::<VersionVector>(&json("1")).is_ok());
        for n in ["0", "-1", "1.5", "9007199254740992", "null"] {
            assert!(serde_json::from_str::<VersionVector>(&json(n)).is_err(), "{n}");
        }
    }
}

//! A book as replicas tell each other of it: mergeable, with the versions it is made of.
//!
//! Two answers about one book, from two replicas or two moments, are never "newer" or "older" as a whole: each has the
//! registers with their stamps and, per actor, how far that actor's journal had been read. [`ItemState::join`] makes
//! one of two, whatever order they come in. This is what lets a cache take a late, stale answer without harm.

use crate::{ItemId, Money};
use journal::ActorId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// When a register was written: a hybrid clock, with the writer to break ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp(pub u64, pub ActorId);

/// A last-writer-wins value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register<T> {
    /// The value.
    #[serde(rename = "v")]
    pub value: T,
    /// When it was written, and by whom.
    #[serde(rename = "t")]
    pub stamp: Stamp,
}

impl<T> Register<T> {
    /// Takes the other value where it was written later.
    pub fn join(&mut self, other: Self) {
        if other.stamp > self.stamp {
            *self = other;
        }
    }
}

/// What one actor did to a book's stock, as far as its journal has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Number of the last entry of that actor that touches this book.
    pub seq: u64,
    /// Units minted less units burned and sold by that actor. Negative where it sold units that others gave it.
    pub net: i64,
}

/// How much of each actor's journal a state of one book contains, by the number of the last entry that touches it.
pub type Versions = BTreeMap<ActorId, u64>;

/// A book and its stock as one replica knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemState {
    /// The book's id.
    pub id: ItemId,
    /// Title.
    pub title: Register<String>,
    /// Authors, `; ` between them; empty where unknown.
    pub authors: Register<String>,
    /// Year of first publication, negative before our era.
    pub year: Register<Option<i16>>,
    /// ISO 639-1 code of the language it was written in; empty where unknown.
    pub language: Register<String>,
    /// Topic.
    pub topic: Register<String>,
    /// Price of one unit.
    pub cost: Register<Money>,
    /// What each actor did to the stock.
    pub parts: BTreeMap<ActorId, Part>,
}

impl ItemState {
    /// Units left in the whole shop as far as this state knows; never below zero, never decides a sale.
    pub fn count(&self) -> u64 {
        // Wider than the parts: a sum of them is told by others, and must not be one that can't be told.
        let net: i128 = self.parts.values().map(|part| i128::from(part.net)).sum();
        u64::try_from(net.max(0)).unwrap_or(u64::MAX)
    }

    /// Makes one of two states of the same book: each register from the later writer, each actor's part from the
    /// state that has read further. Commutative, associative, idempotent.
    pub fn join(&mut self, other: Self) {
        self.title.join(other.title);
        self.authors.join(other.authors);
        self.year.join(other.year);
        self.language.join(other.language);
        self.topic.join(other.topic);
        self.cost.join(other.cost);
        for (actor, part) in other.parts {
            let mine = self.parts.entry(actor).or_default();
            if part.seq > mine.seq {
                *mine = part;
            }
        }
    }

    /// The versions this state is made of.
    pub fn versions(&self) -> Versions {
        self.parts.iter().map(|(actor, part)| (*actor, part.seq)).collect()
    }

    /// Whether this state contains everything in `seen`: if not, showing it would go back in time.
    pub fn contains(&self, seen: &Versions) -> bool {
        seen.iter().all(|(actor, seq)| self.parts.get(actor).is_some_and(|part| part.seq >= *seq))
    }
}

/// A topic, and how many titles it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicCount {
    /// The topic.
    pub topic: String,
    /// How many titles.
    pub titles: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn register<T>(value: T, time: u64, actor: u128) -> Register<T> {
        Register { value, stamp: Stamp(time, ActorId::from_bits(actor)) }
    }

    prop_compose! {
        /// A state that some replica could have: equal stamps and equal versions mean equal contents.
        fn state()(times in prop::array::uniform6(0_u64..4), who in prop::array::uniform6(0_u128..3), seqs in prop::array::uniform3(0_u64..4)) -> ItemState {
            let text = |index: usize| register(format!("{}-{}", times[index], who[index]), times[index], who[index]);
            ItemState {
                id: ItemId(1),
                title: text(0),
                authors: text(1),
                year: register(i16::try_from(times[2] * 10).ok(), times[2], who[2]),
                language: text(3),
                topic: text(4),
                cost: register(Money::from_cents(times[5] * 3 + u64::try_from(who[5]).unwrap_or(0)).expect("small"), times[5], who[5]),
                parts: (0_u128..3).zip(seqs).filter(|(_, seq)| *seq > 0)
                    .map(|(actor, seq)| (ActorId::from_bits(actor), Part { seq, net: 5 - 3 * i64::try_from(seq).unwrap_or(0) })).collect(),
            }
        }
    }

    fn joined(mut a: ItemState, b: &ItemState) -> ItemState {
        a.join(b.clone());
        a
    }

    proptest! {
        #[test]
        fn joining_does_not_depend_on_order_grouping_or_repetition(a in state(), b in state(), c in state()) {
            prop_assume!(a.year.stamp != b.year.stamp || a.year == b.year);
            prop_assume!(b.year.stamp != c.year.stamp || b.year == c.year);
            prop_assume!(a.year.stamp != c.year.stamp || a.year == c.year);
            prop_assert_eq!(joined(a.clone(), &b), joined(b.clone(), &a));
            prop_assert_eq!(joined(joined(a.clone(), &b), &c), joined(a.clone(), &joined(b.clone(), &c)));
            prop_assert_eq!(joined(a.clone(), &a), a);
        }

        #[test]
        fn a_joined_state_contains_what_either_had_seen(a in state(), b in state()) {
            let both = joined(a.clone(), &b);
            prop_assert!(both.contains(&a.versions()));
            prop_assert!(both.contains(&b.versions()));
        }

        #[test]
        fn a_count_is_never_below_zero(a in state()) {
            prop_assert!(a.count() <= 15);
        }
    }
}

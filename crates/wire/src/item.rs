//! A book as replicas tell each other of it: mergeable, with the versions it is made of.
//!
//! Two answers about one book, from two replicas or two moments, are never "newer" or "older" as a whole: each has the
//! registers with their stamps and, per actor, how far that actor's journal had been read. [`ItemState::join`] makes
//! one of two, whatever order they come in. This is what lets a cache take a late, stale answer without harm.

use crate::{Cover, Format, Isbn, ItemId, Money, Published};
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

impl<T: Default> Default for Register<T> {
    /// One that nobody has written yet: every value that was written is later.
    fn default() -> Self {
        Self { value: T::default(), stamp: Stamp(0, ActorId::from_bits(0)) }
    }
}

impl<T> Register<T> {
    /// Whether nobody has written it yet.
    pub fn is_unset(&self) -> bool {
        self.stamp.0 == 0
    }

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
    /// Topic, a path of the tree that [`crate::topic`] reads.
    pub topic: Register<String>,
    /// Price of one unit.
    pub cost: Register<Money>,
    // What follows is left out while nobody has written it: a book without it is the text that it was before there were such
    // registers.
    /// The number of this edition.
    #[serde(default, skip_serializing_if = "Register::is_unset")]
    pub isbn: Register<Option<Isbn>>,
    /// Who published this edition; empty where unknown.
    #[serde(default, skip_serializing_if = "Register::is_unset")]
    pub publisher: Register<String>,
    /// When this edition was published.
    #[serde(default, skip_serializing_if = "Register::is_unset")]
    pub published: Register<Option<Published>>,
    /// The form of this edition.
    #[serde(default, skip_serializing_if = "Register::is_unset")]
    pub format: Register<Option<Format>>,
    /// What it is about, as plain text with line breaks; empty where unknown.
    #[serde(default, skip_serializing_if = "Register::is_unset")]
    pub description: Register<String>,
    /// The cover that it has of its own.
    #[serde(default, skip_serializing_if = "Register::is_unset")]
    pub cover: Register<Option<Cover>>,
    /// What each actor did to the stock.
    pub parts: BTreeMap<ActorId, Part>,
}

impl ItemState {
    /// A book of which nothing is known.
    pub fn unknown(id: ItemId) -> Self {
        Self {
            id,
            title: Register::default(),
            authors: Register::default(),
            year: Register::default(),
            language: Register::default(),
            topic: Register::default(),
            cost: Register::default(),
            isbn: Register::default(),
            publisher: Register::default(),
            published: Register::default(),
            format: Register::default(),
            description: Register::default(),
            cover: Register::default(),
            parts: BTreeMap::new(),
        }
    }

    /// The authors one by one, in the order of the title page.
    pub fn author_names(&self) -> impl Iterator<Item = &str> {
        self.authors.value.split(';').map(str::trim).filter(|author| !author.is_empty())
    }

    /// When any of the fields was last written: hybrid clock in milliseconds, 0 where none was.
    pub fn latest(&self) -> u64 {
        let stamps = [
            self.title.stamp,
            self.authors.stamp,
            self.year.stamp,
            self.language.stamp,
            self.topic.stamp,
            self.cost.stamp,
            self.isbn.stamp,
            self.publisher.stamp,
            self.published.stamp,
            self.format.stamp,
            self.description.stamp,
            self.cover.stamp,
        ];
        stamps.into_iter().map(|stamp| stamp.0).max().unwrap_or(0)
    }

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
        self.isbn.join(other.isbn);
        self.publisher.join(other.publisher);
        self.published.join(other.published);
        self.format.join(other.format);
        self.description.join(other.description);
        self.cover.join(other.cover);
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
        fn state()(times in prop::array::uniform8(0_u64..4), who in prop::array::uniform8(0_u128..3), seqs in prop::array::uniform3(0_u64..4)) -> ItemState {
            let text = |index: usize| register(format!("{}-{}", times[index], who[index]), times[index], who[index]);
            let described = ItemState {
                id: ItemId(1),
                title: text(0),
                authors: text(1),
                year: register(i16::try_from(times[2] * 10).ok(), times[2], who[2]),
                language: text(3),
                topic: text(4),
                cost: register(Money::from_cents(times[5] * 3 + u64::try_from(who[5]).unwrap_or(0)).expect("small"), times[5], who[5]),
                isbn: register(Isbn::of_body(978_000_000_000 + times[6] * 3 + u64::try_from(who[6]).unwrap_or(0)).ok(), times[6], who[6]),
                description: text(7),
                ..ItemState::unknown(ItemId(1))
            };
            ItemState {
                parts: (0_u128..3).zip(seqs).filter(|(_, seq)| *seq > 0)
                    .map(|(actor, seq)| (ActorId::from_bits(actor), Part { seq, net: 5 - 3 * i64::try_from(seq).unwrap_or(0) })).collect(),
                ..described
            }
        }
    }

    fn joined(mut a: ItemState, b: &ItemState) -> ItemState {
        a.join(b.clone());
        a
    }

    /// As replicas told of a book before there were ISBNs here.
    const OF_OLD: &str = r#"{"id":1,"title":{"v":"Emma","t":[5,"00000000000000000000000000000001"]},"authors":{"v":"","t":[0,"00000000000000000000000000000000"]},"year":{"v":null,"t":[0,"00000000000000000000000000000000"]},"language":{"v":"","t":[0,"00000000000000000000000000000000"]},"topic":{"v":"novels","t":[5,"00000000000000000000000000000001"]},"cost":{"v":12.5,"t":[5,"00000000000000000000000000000001"]},"parts":{}}"#;

    #[test]
    fn a_book_as_it_was_told_of_before_is_read_is_written_the_same_and_takes_what_is_new() {
        let old: ItemState = serde_json::from_str(OF_OLD).expect("a state of old");
        assert_eq!(serde_json::to_string(&old).expect("JSON"), OF_OLD);
        let isbn = register("9780306406157".parse().ok(), 1, 2);
        let new = ItemState { isbn, format: register(Some(Format::EBook), 1, 2), ..old.clone() };
        assert_eq!(joined(old.clone(), &new), new);
        assert_eq!(joined(new.clone(), &old), new);
        let told = serde_json::to_string(&new).expect("JSON");
        assert!(told.contains(r#""isbn":{"v":"9780306406157","t":[1,"#) && told.contains(r#""v":"e-book""#), "{told}");
        assert_eq!(serde_json::from_str::<ItemState>(&told).expect("a state"), new);
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

//! What a catalog replica writes into its journal.

use journal::{ActorId, Head, Operation};
use serde::{Deserialize, Deserializer, Serialize};
use wire::sale::Sale;
use wire::{Cause, Cover, Format, Fulfilment, Isbn, ItemId, Money, NotValid, OrderId, Published, range};

/// One operation, the body of a journal entry.
///
/// Reading one checks its numbers ([`range`]): what no column or sum can hold is read by nobody, on no replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Op {
    /// The first entry of every actor: which replica it is an incarnation of.
    Open {
        /// The replica's name in env.cfg.
        replica: String,
    },
    /// Units that came into the shop.
    Mint {
        /// Which book.
        item: ItemId,
        /// How many units.
        #[serde(deserialize_with = "range::count")]
        n: u64,
        /// What they came with, so that a repeated question mints once.
        #[serde(rename = "ref")]
        reference: String,
        /// Who had it changed, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<Box<Why>>,
    },
    /// Units that left the shop unsold.
    Burn {
        /// Which book.
        item: ItemId,
        /// How many units.
        #[serde(deserialize_with = "range::count")]
        n: u64,
        /// Why, so that a repeated question burns once.
        #[serde(rename = "ref")]
        reference: String,
        /// Who had it changed, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<Box<Why>>,
    },
    /// Rights handed to another actor: an absolute total, so that a lost answer can be asked for again.
    Give {
        /// Which book.
        item: ItemId,
        /// Who gets them.
        to: ActorId,
        /// All units of this book that the writer ever gave to `to`.
        #[serde(deserialize_with = "range::count")]
        cum: u64,
    },
    /// A sale: the commit of an order.
    Sell(Sale),
    /// Takes the writer's own sale back, since a smaller actor sold the same order.
    Void {
        /// The order sold twice.
        order: OrderId,
    },
    /// A step of an order on its way to the customer. A cancelled one takes the writer's own sale of it back.
    Advance {
        /// Which order.
        order: OrderId,
        /// What it became.
        to: Fulfilment,
        /// When, in Unix milliseconds, by the clock of the replica that wrote it. For people; nothing is decided by it.
        #[serde(deserialize_with = "range::moment")]
        at_ms: u64,
        /// Who wanted it, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<Box<Why>>,
    },
    /// Declares an actor finished: its journal ends there, and its units may be taken over by the writer.
    Retire {
        /// Who writes no more.
        actor: ActorId,
        /// Where its journal ends.
        end: Head,
        /// Who had it changed, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<Box<Why>>,
    },
    /// Takes over the units of an actor that this writer has retired.
    Inherit {
        /// Which book.
        item: ItemId,
        /// Whose units.
        from: ActorId,
        /// All units of this book that `from` ever gave to the writer, these included.
        #[serde(deserialize_with = "range::count")]
        cum: u64,
    },
    /// New values for a book's fields.
    Set {
        /// Which book.
        item: ItemId,
        /// Hybrid clock in milliseconds; with the writer it is the stamp of every field named.
        #[serde(deserialize_with = "range::count")]
        hlc: u64,
        /// The fields that change.
        fields: Fields,
        /// Who had it changed, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<Box<Why>>,
    },
    /// Tells of something that somebody did and that no other entry shows; it changes nothing here.
    Note {
        /// The book that it is about, if it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<ItemId>,
        /// In words.
        text: Text,
        /// Who did it.
        why: Box<Why>,
    },
}

/// Why an entry was written: somebody wanted it. Entries that follow from sales, or from before this was kept, have none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// Who wanted it, and by what.
    #[serde(flatten)]
    pub cause: Cause,
    /// When, in Unix milliseconds by the writer's clock.
    #[serde(rename = "at", deserialize_with = "range::moment")]
    pub at_ms: u64,
    /// Units in the whole shop before, as far as the writer knew.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "range::count_if_any")]
    pub units: Option<u64>,
    /// What the changed fields were before, as far as the writer knew; long texts are cut short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Fields>,
}

/// A sentence of a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text(String);

impl Text {
    /// The most characters of one.
    pub const MOST: usize = 500;

    /// The sentence.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Text {
    type Error = NotValid;

    fn try_from(text: String) -> Result<Self, NotValid> {
        if text.is_empty() || text.chars().count() > Self::MOST || text.chars().any(char::is_control) {
            return Err(NotValid("a note has 1 to 500 characters, and no control characters"));
        }
        Ok(Self(text))
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

/// The fields of a book that a [`Op::Set`] changes; those left out stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// Title, never empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Authors, `; ` between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authors: Option<String>,
    /// Year of first publication. It can be corrected, not erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<i16>,
    /// ISO 639-1 code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Topic, never empty: a path of the tree that [`wire::topic`] reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Price of one unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// The number of this edition. Like the year it can be corrected, not erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isbn: Option<Isbn>,
    /// Who published this edition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// When this edition was published. It can be corrected, not erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Published>,
    /// The form of this edition. It can be corrected, not erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// What it is about, plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The cover that it has of its own; `null` takes it away. The entry names an image, whose bytes are in no journal.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub cover: Option<Option<Cover>>,
}

/// What is there, `null` included: left out is something else.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

impl Operation for Op {
    fn retires(&self) -> Option<(ActorId, Head)> {
        match self {
            Self::Retire { actor, end, .. } => Some((*actor, *end)),
            _ => None,
        }
    }
}

impl Op {
    /// The books this operation touches.
    pub fn items(&self) -> Vec<ItemId> {
        match self {
            // What is said about a book changes nothing of it.
            Self::Open { .. } | Self::Void { .. } | Self::Advance { .. } | Self::Retire { .. } | Self::Note { .. } => {
                Vec::new()
            }
            Self::Mint { item, .. }
            | Self::Burn { item, .. }
            | Self::Give { item, .. }
            | Self::Inherit { item, .. }
            | Self::Set { item, .. } => vec![*item],
            Self::Sell(sale) => sale.lines.iter().map(|line| line.item).collect(),
        }
    }

    /// Why it was written, where somebody wanted it.
    pub fn why(&self) -> Option<&Why> {
        match self {
            Self::Mint { why, .. }
            | Self::Burn { why, .. }
            | Self::Advance { why, .. }
            | Self::Set { why, .. }
            | Self::Retire { why, .. } => why.as_deref(),
            Self::Note { why, .. } => Some(why),
            _ => None,
        }
    }

    /// The order this operation is about, if any.
    pub fn order(&self) -> Option<OrderId> {
        match self {
            Self::Sell(sale) => Some(sale.order),
            Self::Void { order } | Self::Advance { order, .. } => Some(*order),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_before_is_read_and_is_written_again_as_it_was() {
        let old = r#"{"op":"set","item":1,"hlc":7,"fields":{"title":"Emma","topic":"novels","cost":12.5}}"#;
        let op: Op = serde_json::from_str(old).expect("an entry of old");
        assert_eq!(serde_json::to_string(&op).expect("JSON"), old);
        let Op::Set { fields, .. } = op else { panic!("a Set: {op:?}") };
        assert_eq!((fields.isbn, fields.format, fields.description), (None, None, None));
    }

    #[test]
    fn a_cover_that_is_taken_away_is_told_apart_from_one_that_is_not_named() {
        let read = |fields: &str| serde_json::from_str::<Fields>(fields).expect("fields");
        assert_eq!((read("{}").cover, read(r#"{"cover":null}"#).cover), (None, Some(None)));
        assert_eq!(serde_json::to_string(&read(r#"{"cover":null}"#)).expect("JSON"), r#"{"cover":null}"#);
    }

    #[test]
    fn an_entry_says_who_wanted_it_and_what_was_before_and_one_from_before_says_nothing() {
        let old = r#"{"op":"mint","item":1,"n":2,"ref":"key-x"}"#;
        let op: Op = serde_json::from_str(old).expect("an entry of old");
        assert_eq!((op.why(), serde_json::to_string(&op).expect("JSON").as_str()), (None, old));
        let new = r#"{"op":"set","item":1,"hlc":7,"fields":{"cost":12.5},"why":{"by":"Ann","way":"edit","at":9,"fields":{"cost":10}}}"#;
        let op: Op = serde_json::from_str(new).expect("an entry");
        assert_eq!(serde_json::to_string(&op).expect("JSON"), new);
        assert_eq!(op.why().map(|why| (why.cause.by.as_str(), why.at_ms)), Some(("Ann", 9)));
        let note = |text: &str| format!(r#"{{"op":"note","text":"{text}","why":{{"by":"","way":"other","at":9}}}}"#);
        assert!(serde_json::from_str::<Op>(&note("A layout was changed.")).is_ok());
        for wrong in [String::new(), "x".repeat(501)] {
            assert!(serde_json::from_str::<Op>(&note(&wrong)).is_err());
        }
        let late = new.replace("\"at\":9", "\"at\":253402300800000");
        assert!(serde_json::from_str::<Op>(&late).is_err(), "a moment that has no date");
    }

    #[test]
    fn an_entry_with_a_number_that_is_no_isbn_is_read_by_nobody() {
        let entry = |isbn: &str| format!(r#"{{"op":"set","item":1,"hlc":7,"fields":{{"isbn":"{isbn}"}}}}"#);
        assert!(serde_json::from_str::<Op>(&entry("9780306406157")).is_ok());
        assert!(serde_json::from_str::<Op>(&entry("9780306406158")).is_err());
    }
}

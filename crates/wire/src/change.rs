//! Who had something changed, and what: as journals keep it, and as it is told to whoever asks.
//!
//! A name is what somebody said of themselves beside the cluster's token: nobody has proven it. A moment is a clock's: it
//! stands in the record and in its order, and decides nothing.

use crate::range::{count, moment};
use crate::{Fulfilment, ItemId, Money, NotValid, OrderNumber};
use journal::ActorId;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What somebody who may change the shop calls themselves; empty where they did not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OperatorName(String);

impl OperatorName {
    /// The most characters of a name.
    pub const MOST: usize = 60;

    /// The name as it was said.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nobody said a name.
    pub fn is_unsaid(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for OperatorName {
    type Err = NotValid;

    fn from_str(text: &str) -> Result<Self, NotValid> {
        let text = text.trim();
        if text.chars().count() > Self::MOST || text.chars().any(char::is_control) {
            return Err(NotValid("a name has at most 60 characters, and no control characters"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for OperatorName {
    type Error = NotValid;

    fn try_from(text: String) -> Result<Self, NotValid> {
        text.parse()
    }
}

impl From<OperatorName> for String {
    fn from(name: OperatorName) -> Self {
        name.0
    }
}

impl fmt::Display for OperatorName {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(to)
    }
}

/// By what a change was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// A book's price or stock was changed.
    Edit,
    /// A book was counted.
    StockTake,
    /// A file was imported.
    Import,
    /// An order was taken on.
    Order,
    /// A replica was retired.
    Retirement,
    /// Something beside the books: a layout, a picture.
    Other,
}

/// Who wants a change, and by what; when is added by whoever writes it down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Who.
    pub by: OperatorName,
    /// By what.
    pub way: Way,
}

/// Where a change stands: its moment, and the journal entry that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ChangePlace {
    /// When, in Unix milliseconds, by the clock of whoever wrote it.
    #[serde(deserialize_with = "moment")]
    pub at_ms: u64,
    /// Whose journal.
    pub actor: ActorId,
    /// Which entry of it.
    #[serde(deserialize_with = "count")]
    pub seq: u64,
}

/// A change as it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When, and where it is written.
    pub place: ChangePlace,
    /// The replica that wrote it.
    pub replica: String,
    /// Who and by what.
    pub cause: Cause,
    /// Which book, if it is about one.
    pub item: Option<ItemId>,
    /// What that book is called now; empty where it is about none.
    pub title: String,
    /// What was changed.
    pub what: Changed,
}

/// What was changed. What was before is what the writer knew when it wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Changed {
    /// The number of units in the whole shop.
    Units {
        /// Before.
        was: u64,
        /// Since.
        now: u64,
    },
    /// The price, alone.
    Price {
        /// Before.
        was: Money,
        /// Since.
        now: Money,
    },
    /// A book came into the shop.
    Added {
        /// What it is called there.
        title: String,
    },
    /// Fields of a book.
    Fields(Vec<FieldChange>),
    /// An order was taken one step on.
    Order {
        /// Its short number; `None` where its sale is not known.
        number: Option<OrderNumber>,
        /// What it became.
        to: Fulfilment,
    },
    /// A replica was declared gone.
    Retired {
        /// Which one; its actor where nobody knows the name.
        replica: String,
        /// The last entry of its journal that counts.
        end: u64,
    },
    /// Something that is told in words.
    Note(String),
}

/// A field before and since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its name, as imports call it.
    pub field: String,
    /// Before; empty where there was nothing. Long texts are cut short.
    pub was: String,
    /// Since.
    pub now: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_of_one_line_and_may_be_left_unsaid() {
        assert_eq!("  Ann O’Neill ".parse::<OperatorName>().expect("a name").as_str(), "Ann O’Neill");
        assert!("".parse::<OperatorName>().expect("unsaid").is_unsaid());
        for wrong in ["x".repeat(61), "a\nb".into(), "a\u{0}".into()] {
            assert!(wrong.parse::<OperatorName>().is_err() && OperatorName::try_from(wrong).is_err());
        }
        assert!(serde_json::from_str::<OperatorName>("\"a\\u0007\"").is_err());
    }
}

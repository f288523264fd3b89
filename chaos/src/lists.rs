//! Questions about lists and their answers: what those who write lists put down, and what is judged of it.
//!
//! How they ask is in `asker`, what they do in `writer`.

pub(crate) mod asker;
pub(crate) mod writer;

use crate::fault::Replica;
use crdt::Context;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum ListAsk {
    /// "Make me a list."
    Make,
    /// "What is on it?"
    Read {
        /// Which list.
        list: Uuid,
    },
    /// "Put this in the place of what I had seen."
    Put(Put),
}

/// A write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Put {
    /// Which list.
    pub list: Uuid,
    /// What nobody puts but this write and those that have seen it: its name.
    pub adds: String,
    /// Everything that it puts.
    pub items: BTreeSet<String>,
    /// What it had seen; nothing where it writes without having looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saw: Option<Seen>,
}

/// A list as it was shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// What is on it.
    pub items: BTreeSet<String>,
    /// What the next write gives back, as far as it says what was seen.
    pub context: Context,
    /// The rest of it, with which a frontend signs.
    pub signature: String,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum ListAnswer {
    /// What is on the list.
    Shown(Seen),
    /// It was made or written.
    Stored {
        /// The list.
        #[serde(rename = "id")]
        list: Uuid,
        /// What is on it with this write.
        seen: Seen,
        /// On how many replicas it is.
        acks: u64,
    },
    /// It has not happened.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said.
        says: String,
    },
    /// It may have happened: another status, or no answer.
    Unknown {
        /// What it said, or why there was nothing.
        says: String,
    },
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListEntry {
    /// Which writer.
    pub writer: u32,
    /// Which frontend was asked.
    pub of: Replica,
    /// When, in milliseconds since the run began.
    pub at_ms: u64,
    /// How long the answer took, in milliseconds.
    pub took_ms: u64,
    /// The question.
    #[serde(flatten)]
    pub ask: ListAsk,
    /// The answer.
    #[serde(flatten)]
    pub answer: ListAnswer,
}

impl ListEntry {
    /// When the answer was there, in milliseconds since the run began.
    pub fn answered_ms(&self) -> u64 {
        self.at_ms + self.took_ms
    }
}

impl ListAnswer {
    /// Whether what was asked for was done.
    pub const fn is_a_yes(&self) -> bool {
        matches!(self, Self::Shown(_) | Self::Stored { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_line_that_reads_back() {
        let saw =
            Seen { items: BTreeSet::from(["0-1".to_owned()]), context: Context::default(), signature: "ab".to_owned() };
        let items = BTreeSet::from(["1-2".to_owned()]);
        let put = Put { list: Uuid::from_u128(1), adds: "1-2".to_owned(), items, saw: Some(saw.clone()) };
        let entry = |ask, answer| ListEntry { writer: 1, of: Replica::FrontendB, at_ms: 12, took_ms: 5, ask, answer };
        let stored = ListAnswer::Stored { list: Uuid::from_u128(1), seen: saw.clone(), acks: 3 };
        let lines = [
            entry(ListAsk::Put(put), stored),
            entry(ListAsk::Read { list: Uuid::from_u128(1) }, ListAnswer::Shown(saw)),
        ];
        for entry in lines {
            let line = serde_json::to_string(&entry).expect("JSON");
            assert_eq!(serde_json::from_str::<ListEntry>(&line).expect("reads back"), entry, "{line}");
        }
    }
}

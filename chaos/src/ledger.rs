//! Every question that was asked and every answer that came, in the order of the answers: what the checkers judge. The
//! entries about lists are in `lists.rs`.
//!
//! Kept in memory and, line by line, in a file, so that a run that is broken off leaves what it saw.

use crate::fault::Replica;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// A customer, by number.
    Customer(u32),
    /// Whoever restocks.
    Operator,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Ask {
    /// "Sell me this."
    Buy {
        /// The title.
        item: u32,
        /// How many units.
        quantity: u32,
        /// The Idempotency-Key.
        key: Uuid,
    },
    /// "What is there of it?"
    Lookup {
        /// The title.
        item: u32,
    },
    /// "Here are more of it."
    Deliver {
        /// The title.
        item: u32,
        /// How many units.
        units: u64,
        /// The Idempotency-Key.
        key: Uuid,
    },
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// It was bought.
    Bought {
        /// The order's id.
        uuid: Uuid,
        /// Its number.
        number: u64,
        /// On how many order replicas it is.
        copies: u64,
    },
    /// So many units are left.
    Left {
        /// How many.
        count: u64,
        /// Whether the shop said that this may be old.
        stale: bool,
    },
    /// The units were taken in.
    Delivered,
    /// No, and nothing has happened.
    No {
        /// The HTTP status.
        status: u16,
        /// What it said.
        says: String,
    },
    /// Not now; it may have happened all the same.
    NotNow {
        /// The HTTP status.
        status: u16,
        /// What it said.
        says: String,
    },
    /// No answer: it may have happened.
    Silence {
        /// Why.
        says: String,
    },
    /// An answer that makes no sense.
    Nonsense {
        /// What it said.
        says: String,
    },
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Who asked.
    pub who: Who,
    /// Whom.
    pub of: Replica,
    /// When, in milliseconds since the run began.
    pub at_ms: u64,
    /// How long the answer took, in milliseconds.
    pub took_ms: u64,
    /// The question.
    #[serde(flatten)]
    pub ask: Ask,
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
}

impl Entry {
    /// When the answer was there, in milliseconds since the run began.
    pub fn answered_ms(&self) -> u64 {
        self.at_ms + self.took_ms
    }
}

/// Where entries of one kind are written.
#[derive(Debug)]
pub(crate) struct Ledger<E>(Mutex<Pages<E>>);

#[derive(Debug)]
struct Pages<E> {
    entries: Vec<E>,
    file: BufWriter<File>,
}

impl<E: Serialize> Ledger<E> {
    /// An empty one, in this file.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = BufWriter::new(File::create(path)?);
        Ok(Self(Mutex::new(Pages { entries: Vec::new(), file })))
    }

    /// Adds an entry.
    pub(crate) fn write(&self, entry: E) {
        let mut pages = self.pages();
        let line = serde_json::to_string(&entry).expect("an entry has a JSON form");
        // What the file lacks is still judged: it is only for people.
        drop(writeln!(pages.file, "{line}"));
        pages.entries.push(entry);
    }

    /// What was written from the `from`th entry on, through `look`.
    pub(crate) fn since<T>(&self, from: usize, look: impl FnOnce(&[E]) -> T) -> T {
        let pages = self.pages();
        look(pages.entries.get(from..).unwrap_or_default())
    }

    /// Everything, with the file complete.
    pub(crate) fn close(&self) -> Vec<E> {
        let mut pages = self.pages();
        drop(pages.file.flush());
        std::mem::take(&mut pages.entries)
    }

    fn pages(&self) -> MutexGuard<'_, Pages<E>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_line_that_reads_back() {
        let entry = Entry {
            who: Who::Customer(3),
            of: Replica::FrontendB,
            at_ms: 12,
            took_ms: 5,
            ask: Ask::Buy { item: 7, quantity: 2, key: Uuid::from_u128(9) },
            answer: Answer::Bought { uuid: Uuid::from_u128(8), number: 196, copies: 2 },
        };
        let line = serde_json::to_string(&entry).expect("JSON");
        assert!(line.starts_with(r#"{"who":{"customer":3},"of":"frontendB","at_ms":12"#), "{line}");
        assert_eq!(serde_json::from_str::<Entry>(&line).expect("reads back"), entry);
    }
}

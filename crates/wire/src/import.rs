//! Files of books that are brought in through the desk: what is wanted of one, how far it is, and what is wrong with it.

use crate::OperatorName;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The largest file, in bytes.
pub const MOST_BYTES: u64 = 256 << 20;
/// The most bytes of a part of one, as frontends send them on.
pub const PART_BYTES: usize = 512 << 10;
/// The most bad rows that are told of; the rest is counted.
pub const MOST_BAD: usize = 10_000;

/// What is wanted of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// What it is called, as far as somebody said; shown, and nothing else.
    pub name: String,
    /// Who wants it.
    pub by: OperatorName,
    /// What a CSV file calls our columns: `title=Titel,price=Preis`; empty where it has our names.
    pub map: String,
    /// Which prices of an ONIX file are ours, as ISO 4217 has it; empty where it has one currency.
    pub currency: String,
    /// Only reads it, and says what is wrong.
    pub check_only: bool,
    /// Imports the good rows of a file that has bad ones.
    pub skip_bad: bool,
}

/// Where a file is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "phase", content = "why")]
pub enum Phase {
    /// It is being sent.
    Arriving,
    /// Another one is imported there first.
    Waiting,
    /// It is read to its end, to see whether all is well.
    Checking,
    /// Its books are put on the shelves.
    Importing,
    /// Everything that was wanted is done.
    Done,
    /// Somebody did not want it any more. What was imported stays.
    Cancelled,
    /// It can't go on, and why.
    Stopped(String),
}

impl Phase {
    /// Whether nothing more comes.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Done | Self::Cancelled | Self::Stopped(_))
    }
}

/// How far a file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Its name among the imports of its catalog.
    pub id: Uuid,
    /// What is wanted.
    pub wanted: Wanted,
    /// When it began to arrive, in Unix milliseconds.
    pub began_ms: u64,
    /// Where it is.
    #[serde(flatten)]
    pub phase: Phase,
    /// Bytes that arrived.
    pub bytes: u64,
    /// Bytes of them that were read to see whether all is well.
    pub read: u64,
    /// Good rows found so far.
    pub good: u64,
    /// Bad rows found so far.
    pub bad: u64,
    /// Books that went through the shop so far, whether they changed anything or not.
    pub done: u64,
    /// Books that are new.
    pub added: u64,
    /// Known books of which a field changed.
    pub changed: u64,
    /// Known books that were counted anew.
    pub recounted: u64,
    /// Why books could not be counted, the first ones.
    pub not_counted: Vec<String>,
}

/// A row that can't be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRow {
    /// `line 7`, `record 3 (9780306406157)`.
    pub place: String,
    /// The field that is wrong; empty where it is the row.
    pub field: String,
    /// Why.
    pub why: String,
}

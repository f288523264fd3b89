//! Looking at a replica's journals from outside: every entry as it was written, and whether the chains hold.

use crate::store;
use journal::{Entry, Head, Heads};
use rusqlite::Connection;
use std::io::{self, Write};

/// Why a dump ended early.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The journal can't be read.
    #[error("can't read the journal: {0}")]
    Read(#[from] rusqlite::Error),
    /// The output can't be written.
    #[error("can't write: {0}")]
    Write(#[from] io::Error),
}

/// Writes every entry as a line of JSON, by actor and number.
///
/// # Errors
/// See [`DumpError`]; a reader that has seen enough (`| head`) is none.
pub fn dump(from: &Connection, out: &mut impl Write) -> Result<(), DumpError> {
    let dumped = store::entries(from, |Entry { actor, head: Head { seq, hash }, body }| {
        let body = body.text();
        Ok(writeln!(out, r#"{{"actor":"{actor}","seq":{seq},"hash":"{hash}","body":{body}}}"#)?)
    });
    match dumped {
        Err(DumpError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        dumped => dumped,
    }
}

/// Follows the chains of journals that are read from their beginning.
#[derive(Debug, Default)]
pub struct ChainCheck {
    heads: Heads,
    entries: u64,
}

impl ChainCheck {
    /// Takes the next entry; says so where it does not follow the one before it.
    pub fn broken(&mut self, entry: &Entry) -> Option<String> {
        self.entries += 1;
        let actor = entry.actor;
        let before = self.heads.insert(actor, entry.head).unwrap_or_else(|| Head::genesis(actor));
        let follows = before.next(&entry.body) == entry.head;
        (!follows).then(|| format!("journal of {actor}: entry {} does not follow the one before it", entry.head.seq))
    }

    /// How many entries were taken.
    pub fn entries(&self) -> u64 {
        self.entries
    }
}

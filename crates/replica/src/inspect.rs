//! Looking at a replica's journals from outside: every entry as it was written, and whether the chains hold.

use crate::store;
use futures::StreamExt;
use journal::{Entry, Head, Heads};
use sqlx::SqlitePool;
use std::io::{self, Write};

/// Why a dump ended early.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The journal can't be read.
    #[error("can't read the journal: {0}")]
    Read(#[from] sqlx::Error),
    /// The output can't be written.
    #[error("can't write: {0}")]
    Write(#[from] io::Error),
}

/// Writes every entry as a line of JSON, by actor and number.
///
/// # Errors
/// See [`DumpError`]; a reader that has seen enough (`| head`) is none.
pub async fn dump(pool: &SqlitePool, out: &mut impl Write) -> Result<(), DumpError> {
    let mut entries = store::entries(pool);
    while let Some(entry) = entries.next().await {
        let Entry { actor, head: Head { seq, hash }, body } = entry?;
        match writeln!(out, r#"{{"actor":"{actor}","seq":{seq},"hash":"{hash}","body":{}}}"#, body.text()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            line => line?,
        }
    }
    Ok(())
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

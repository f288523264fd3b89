//! Looking at a replica's journals from outside: every entry as it was written, and whether the chains hold.

use crate::store;
use journal::{Entry, Head, Heads, Operation, Retired};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Why a dump ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DumpError {
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
pub(crate) fn dump(from: &Connection, out: &mut impl Write) -> Result<(), DumpError> {
    let dumped = store::entries(from, |Entry { actor, head: Head { seq, hash }, body }| {
        let body = body.text();
        Ok(writeln!(out, r#"{{"actor":"{actor}","seq":{seq},"hash":"{hash}","body":{body}}}"#)?)
    });
    match dumped {
        Err(DumpError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        dumped => dumped,
    }
}

/// Follows the chains of journals that are read from their beginning, and who is retired in them.
#[derive(Debug, Default)]
pub struct ChainCheck {
    heads: Heads,
    retired: Retired,
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

    /// Notes the actor whose end an entry declares, if it does.
    pub fn retires(&mut self, op: &impl Operation) {
        if let Some((actor, end)) = op.retires() {
            let known = self.retired.entry(actor).or_insert(end);
            if end.seq < known.seq {
                *known = end;
            }
        }
    }

    /// How the tables of the journal differ from the journals that were read.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn differences(&self, from: &Connection) -> rusqlite::Result<Vec<String>> {
        let held = store::held(from)?;
        let me = store::identity(from)?;
        let mut found = Vec::new();
        for actor in held.heads.keys().chain(self.heads.keys()).collect::<BTreeSet<_>>() {
            let (table, journal) = (held.head(*actor), self.heads.get(actor).copied());
            if journal != Some(table) {
                let last = journal.map_or(0, |head| head.seq);
                found.push(format!(
                    "journal of {actor}: the table of heads says {}, the last entry is {last}",
                    table.seq
                ));
            }
        }
        // One whose own actor has ended writes down who else has, and takes no entry any more.
        let ended = me.is_some_and(|me| held.has_ended(me));
        for actor in held.retired.keys().chain(self.retired.keys()).collect::<BTreeSet<_>>() {
            let (table, journal) = (held.retired.get(actor), self.retired.get(actor));
            if table != journal && !(ended && journal.is_none()) {
                let said = |end: Option<&Head>| end.map_or("nothing".into(), |end| format!("entry {}", end.seq));
                let (table, journal) = (said(table), said(journal));
                found.push(format!("end of {actor}: the table of retired actors says {table}, the journals {journal}"));
            }
        }
        Ok(found)
    }

    /// How many entries were taken.
    pub fn entries(&self) -> u64 {
        self.entries
    }
}

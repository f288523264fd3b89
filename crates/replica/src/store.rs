//! The SQL of the journal tables; every statement is a named constant.

use crate::rows::{all, each, first, parsed, text};
use journal::{ActorId, Body, Entry, Hash, Head, Held, Run};
use rusqlite::{Connection, Row};
use std::collections::BTreeMap;

const IDENTITY: &str = "select actor from identity";
const BECOME: &str =
    "insert into identity (only_one, actor) values (1, ?1) on conflict do update set actor = excluded.actor";
const HEADS: &str = "select actor, seq, hash from head";
const SET_HEAD: &str = "insert into head (actor, seq, hash) values (?1, ?2, ?3)
    on conflict do update set seq = excluded.seq, hash = excluded.hash";
const FROZEN: &str = "select actor, why from frozen";
const FREEZE: &str = "insert into frozen (actor, why) values (?1, ?2) on conflict do nothing";
const RETIRED: &str = "select actor, seq, hash from retired";
const RETIRE: &str = "insert into retired (actor, seq, hash) values (?1, ?2, ?3)
    on conflict do update set seq = excluded.seq, hash = excluded.hash";
const APPEND: &str = "insert into journal (actor, seq, hash, body) values (?1, ?2, ?3, ?4)";
const HASH_AT: &str = "select hash from journal where actor = ?1 and seq = ?2";
const AFTER: &str =
    "select seq, hash, body from journal where actor = ?1 and seq > ?2 and seq <= ?3 order by seq limit ?4";
const EVERYTHING: &str = "select actor, seq, hash, body from journal order by actor, seq";

/// Every statement, to be prepared against the tables by a test.
#[cfg(test)]
const STATEMENTS: &[&str] =
    &[IDENTITY, BECOME, HEADS, SET_HEAD, FROZEN, FREEZE, RETIRED, RETIRE, APPEND, HASH_AT, AFTER, EVERYTHING];

fn head(row: &Row<'_>) -> rusqlite::Result<Head> {
    Ok(Head { seq: row.get("seq")?, hash: parsed(row, "hash")? })
}

fn body(row: &Row<'_>) -> rusqlite::Result<Body> {
    Body::from_text(text(row, "body")?.to_owned()).map_err(|error| crate::rows::damaged("body", error))
}

pub(crate) fn identity(from: &Connection) -> rusqlite::Result<Option<ActorId>> {
    first(from, IDENTITY, (), |row| parsed(row, "actor"))
}

pub(crate) fn become_actor(to: &Connection, actor: ActorId) -> rusqlite::Result<()> {
    each(to, BECOME, [[actor.to_string()]])
}

/// What is held of all journals.
pub(crate) fn held(from: &Connection) -> rusqlite::Result<Held> {
    let ends = |row: &Row<'_>| Ok((parsed(row, "actor")?, head(row)?));
    let heads = all(from, HEADS, (), ends)?.into_iter().collect();
    let retired = all(from, RETIRED, (), ends)?.into_iter().collect();
    let frozen = all(from, FROZEN, (), |row| Ok((parsed(row, "actor")?, row.get("why")?)))?.into_iter().collect();
    Ok(Held { heads, frozen, retired })
}

/// Writes down whose journals have ended since `before`, and why.
pub(crate) fn save_ends(to: &Connection, before: &Held, after: &Held) -> rusqlite::Result<()> {
    for (actor, why) in after.frozen.iter().filter(|(actor, _)| !before.frozen.contains_key(actor)) {
        tracing::error!(%actor, %why, "this actor is frozen: nothing of it is believed any more");
        each(to, FREEZE, [(actor.to_string(), why)])?;
    }
    for (actor, end) in after.retired.iter().filter(|(actor, end)| before.retired.get(actor) != Some(end)) {
        tracing::warn!(%actor, end = end.seq, "this actor is retired: its journal ends here");
        each(to, RETIRE, [(actor.to_string(), end.seq, end.hash.to_string())])?;
    }
    Ok(())
}

/// Appends entries, each the next of its actor, and moves the heads.
pub(crate) fn append(to: &Connection, entries: &[Entry]) -> rusqlite::Result<()> {
    let row = |entry: &Entry| (entry.actor.to_string(), entry.head.seq, entry.head.hash.to_string());
    let mut append = to.prepare_cached(APPEND)?;
    for entry in entries {
        let (actor, seq, hash) = row(entry);
        append.execute((actor, seq, hash, entry.body.text()))?;
    }
    let last: BTreeMap<ActorId, &Entry> = entries.iter().map(|entry| (entry.actor, entry)).collect();
    each(to, SET_HEAD, last.into_values().map(row))
}

/// The hash held at `seq` of `actor`; the genesis hash at 0.
///
/// # Errors
/// When the journal can't be read.
pub fn hash_at(from: &Connection, of: ActorId, at: u64) -> rusqlite::Result<Option<Hash>> {
    if at == 0 {
        return Ok(Some(Head::genesis(of).hash));
    }
    first(from, HASH_AT, (of.to_string(), at), |row| parsed(row, "hash"))
}

/// At most `most` entries of an actor after number `after` and up to `upto`; `None` where nothing follows.
///
/// Its end carries the hash that was stored: a body that was damaged on this disk does not lead to it, and the receiver
/// sees that instead of taking it for another history.
pub(crate) fn run_after(
    from: &Connection,
    of: ActorId,
    after: u64,
    upto: u64,
    most: u32,
) -> rusqlite::Result<Option<Run>> {
    let asked = (of.to_string(), after, upto, most);
    let entries = all(from, AFTER, asked, |row| Ok((head(row)?, body(row)?)))?;
    let (Some((head, _)), Some(before)) = (entries.last(), hash_at(from, of, after)?) else { return Ok(None) };
    let (head, after) = (*head, Head { seq: after, hash: before });
    Ok(Some(Run { actor: of, after, bodies: entries.into_iter().map(|(_, body)| body).collect(), head }))
}

/// The bodies of at most `most` entries of an actor after number `after` and up to `upto`, each with its number.
///
/// # Errors
/// When the journal can't be read.
pub fn bodies_after(
    from: &Connection,
    of: ActorId,
    after: u64,
    upto: u64,
    most: u32,
) -> rusqlite::Result<Vec<(u64, Body)>> {
    all(from, AFTER, (of.to_string(), after, upto, most), |row| Ok((row.get("seq")?, body(row)?)))
}

/// Shows `each` entry of every journal held, by actor and number, until it says that it has seen enough.
///
/// # Errors
/// When the journal can't be read, or what `each` says.
pub fn entries<E: From<rusqlite::Error>>(
    from: &Connection,
    mut each: impl FnMut(Entry) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = from.prepare_cached(EVERYTHING)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        each(Entry { actor: parsed(row, "actor")?, head: head(row)?, body: body(row)? })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::STATEMENTS;

    #[test]
    fn every_statement_fits_the_tables() {
        let directory = tempfile::tempdir().expect("a directory");
        let database =
            crate::Database::open(directory.path(), "test.db", &[crate::JOURNAL_TABLES, crate::RETIRED_TABLE])
                .expect("opens");
        for statement in STATEMENTS {
            let prepared = database.writer.prepare(statement);
            assert!(prepared.is_ok(), "{statement}: {:?}", prepared.err());
        }
    }
}

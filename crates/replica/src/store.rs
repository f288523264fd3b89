//! The SQL of the journal tables; every statement is a named constant.
//!
//! Rows go in as one JSON array a statement, so that a batch costs as many statements as it has tables, not rows; see
//! [`Script`].

use crate::Script;
use crate::rows::damaged;
use futures::stream::{BoxStream, StreamExt};
use journal::{ActorId, Body, Entry, Hash, Head, Heads, Run};
use sqlx::{Row, Sqlite, SqliteExecutor, sqlite::SqliteRow};
use std::collections::BTreeMap;

const IDENTITY: &str = "select actor from identity";
const BECOME: &str =
    "insert into identity (only_one, actor) values (1, $1) on conflict do update set actor = excluded.actor";
const HEADS: &str = "select actor, seq, hash from head";
const SET_HEADS: &str = "insert into head (actor, seq, hash)
    select value ->> 0, value ->> 1, value ->> 2 from json_each(?) where true
    on conflict do update set seq = excluded.seq, hash = excluded.hash";
const FROZEN: &str = "select actor, why from frozen";
const FREEZE: &str = "insert into frozen (actor, why)
    select value ->> 0, value ->> 1 from json_each(?) where true on conflict do nothing";
const APPEND: &str = "insert into journal (actor, seq, hash, body)
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each(?)";
const HASH_AT: &str = "select hash from journal where actor = $1 and seq = $2";
const AFTER: &str =
    "select seq, hash, body from journal where actor = $1 and seq > $2 and seq <= $3 order by seq limit $4";
const EVERYTHING: &str = "select actor, seq, hash, body from journal order by actor, seq";

/// Every statement, to be prepared against the migrated schema by a test.
#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] =
    &[IDENTITY, BECOME, HEADS, SET_HEADS, FROZEN, FREEZE, APPEND, HASH_AT, AFTER, EVERYTHING];

fn actor(row: &SqliteRow, column: &str) -> sqlx::Result<ActorId> {
    row.try_get::<&str, _>(column)?.parse().map_err(|error| damaged(column, error))
}

fn seq(row: &SqliteRow) -> sqlx::Result<u64> {
    u64::try_from(row.try_get::<i64, _>("seq")?).map_err(|error| damaged("seq", error))
}

fn hash(row: &SqliteRow) -> sqlx::Result<Hash> {
    row.try_get::<&str, _>("hash")?.parse().map_err(|error| damaged("hash", error))
}

fn body(row: &SqliteRow) -> sqlx::Result<Body> {
    Body::from_text(row.try_get("body")?).map_err(|error| damaged("body", error))
}

/// SQLite's integers are signed; no journal gets that long.
pub(crate) fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(crate) async fn identity(from: impl SqliteExecutor<'_>) -> sqlx::Result<Option<ActorId>> {
    let row = sqlx::query(IDENTITY).fetch_optional(from).await?;
    row.map(|row| actor(&row, "actor")).transpose()
}

pub(crate) async fn become_actor(to: impl SqliteExecutor<'_>, actor: ActorId) -> sqlx::Result<()> {
    sqlx::query(BECOME).bind(actor.to_string()).execute(to).await.map(|_| ())
}

pub(crate) async fn heads(from: impl SqliteExecutor<'_>) -> sqlx::Result<Heads> {
    let rows = sqlx::query(HEADS).fetch_all(from).await?;
    rows.iter().map(|row| Ok((actor(row, "actor")?, Head { seq: seq(row)?, hash: hash(row)? }))).collect()
}

pub(crate) async fn frozen(from: impl SqliteExecutor<'_>) -> sqlx::Result<BTreeMap<ActorId, String>> {
    let rows = sqlx::query(FROZEN).fetch_all(from).await?;
    rows.iter().map(|row| Ok((actor(row, "actor")?, row.try_get("why")?))).collect()
}

/// Writes down actors that are frozen from now on, and why.
pub(crate) fn freeze(script: &mut Script, new: &[(&ActorId, &String)]) {
    if !new.is_empty() {
        script.add(FREEZE, &new);
    }
}

/// Appends entries, each the next of its actor, and moves the heads.
pub(crate) fn append(script: &mut Script, entries: &[Entry]) {
    if entries.is_empty() {
        return;
    }
    let rows: Vec<_> = entries.iter().map(|e| (e.actor, e.head.seq, e.head.hash, e.body.text())).collect();
    script.add(APPEND, &rows);
    let heads: Heads = entries.iter().map(|entry| (entry.actor, entry.head)).collect();
    let rows: Vec<_> = heads.iter().map(|(actor, head)| (actor, head.seq, head.hash)).collect();
    script.add(SET_HEADS, &rows);
}

/// The hash held at `seq` of `actor`; the genesis hash at 0.
pub(crate) async fn hash_at(from: impl SqliteExecutor<'_>, of: ActorId, at: u64) -> sqlx::Result<Option<Hash>> {
    if at == 0 {
        return Ok(Some(Head::genesis(of).hash));
    }
    let row = sqlx::query(HASH_AT).bind(of.to_string()).bind(signed(at)).fetch_optional(from).await?;
    row.as_ref().map(hash).transpose()
}

/// At most `most` entries of an actor after number `after` and up to `upto`; `None` where nothing follows.
///
/// Its end carries the hash that was stored: a body that was damaged on this disk does not lead to it, and the receiver
/// sees that instead of taking it for another history.
pub(crate) async fn run_after(
    pool: &sqlx::SqlitePool,
    of: ActorId,
    after: u64,
    upto: u64,
    most: u32,
) -> sqlx::Result<Option<Run>> {
    let asked = sqlx::query(AFTER).bind(of.to_string()).bind(signed(after)).bind(signed(upto)).bind(most);
    let rows = asked.fetch_all(pool).await?;
    let (Some(last), Some(before)) = (rows.last(), hash_at(pool, of, after).await?) else { return Ok(None) };
    let head = Head { seq: seq(last)?, hash: hash(last)? };
    let bodies = rows.iter().map(body).collect::<sqlx::Result<_>>()?;
    Ok(Some(Run { actor: of, after: Head { seq: after, hash: before }, bodies, head }))
}

/// Every entry of every journal held, by actor and number.
pub fn entries<'a>(from: impl SqliteExecutor<'a, Database = Sqlite> + 'a) -> BoxStream<'a, sqlx::Result<Entry>> {
    let rows = sqlx::query(EVERYTHING).fetch(from);
    let entry = |row: SqliteRow| {
        Ok(Entry { actor: actor(&row, "actor")?, head: Head { seq: seq(&row)?, hash: hash(&row)? }, body: body(&row)? })
    };
    rows.map(move |row| row.and_then(entry)).boxed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::{Executor, SqlSafeStr};

    #[tokio::test]
    async fn every_statement_fits_the_tables() {
        let directory = tempfile::tempdir().expect("a directory");
        let none = sqlx::migrate::Migrator::DEFAULT;
        let database = crate::Database::open(directory.path(), "test.db", &none).await.expect("opens");
        for statement in STATEMENTS {
            let prepared = database.readers.prepare(statement.into_sql_str()).await;
            assert!(prepared.is_ok(), "{statement}: {:?}", prepared.err());
        }
    }
}

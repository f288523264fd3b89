//! Entries that say who wanted them: of one book, or all that are listed, the latest first.

use journal::ActorId;
use replica::rows::{all, each, parsed, read_json, signed};
use rusqlite::{Connection, Row};
use std::collections::BTreeSet;
use stock::{ChangeRow, Op};
use wire::ItemId;
use wire::change::ChangePlace;

const ADD: &str = "insert into change (item, at_ms, actor, seq, listed) values (?1, ?2, ?3, ?4, ?5)";
const LISTED: &str = "select item, at_ms, actor, seq, body from change join journal using (actor, seq)
    where listed and (at_ms, actor, seq) < (?1, ?2, ?3) order by at_ms desc, actor desc, seq desc limit ?4";
const OF_BOOK: &str = "select item, at_ms, actor, seq, body from change join journal using (actor, seq)
    where item = ?5 and (at_ms, actor, seq) < (?1, ?2, ?3) order by at_ms desc, actor desc, seq desc limit ?4";
const EVERY: &str = "select item, at_ms, actor, seq, listed from change";

/// Every statement, to be prepared against the tables by a test.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[ADD, LISTED, OF_BOOK, EVERY];

/// What stands for no book.
const NO_BOOK: i64 = -1;
/// Above every text of an actor.
const AFTER_ALL: &str = "g";

/// An entry that somebody wanted.
#[derive(Debug)]
pub(crate) struct WantedEntry {
    pub(crate) place: ChangePlace,
    pub(crate) item: Option<ItemId>,
    pub(crate) op: Op,
}

fn item(row: &Row<'_>) -> rusqlite::Result<Option<ItemId>> {
    Ok(u32::try_from(row.get::<_, i64>("item")?).ok().map(ItemId))
}

fn place(row: &Row<'_>) -> rusqlite::Result<ChangePlace> {
    let actor: ActorId = parsed(row, "actor")?;
    Ok(ChangePlace { at_ms: row.get("at_ms")?, actor, seq: row.get("seq")? })
}

/// Notes the entries of a batch that say who wanted them. The entries are written in the same transaction.
pub(super) fn write(to: &Connection, rows: &[ChangeRow]) -> rusqlite::Result<()> {
    let row = |row: &ChangeRow| {
        let ChangePlace { at_ms, actor, seq } = row.place;
        let item = row.item.map_or(NO_BOOK, |item| item.0.into());
        (item, signed(at_ms), actor.to_string(), signed(seq), row.listed)
    };
    each(to, ADD, rows.iter().map(row))
}

/// At most `limit` entries before `before`, the latest first: those about `of`, or all that are listed.
pub(crate) fn changes(
    from: &Connection,
    of: Option<ItemId>,
    before: Option<ChangePlace>,
    limit: u32,
) -> rusqlite::Result<Vec<WantedEntry>> {
    let (at_ms, actor, seq) = before.map_or((i64::MAX, AFTER_ALL.to_owned(), 0), |before| {
        (signed(before.at_ms), before.actor.to_string(), signed(before.seq))
    });
    let read = |row: &Row<'_>| Ok(WantedEntry { place: place(row)?, item: item(row)?, op: read_json(row, "body")? });
    match of {
        None => all(from, LISTED, (at_ms, actor, seq, limit), read),
        Some(of) => all(from, OF_BOOK, (at_ms, actor, seq, limit, of.0), read),
    }
}

/// Every row, for `catalog check`.
pub(crate) fn every_change(from: &Connection) -> rusqlite::Result<BTreeSet<ChangeRow>> {
    let read = |row: &Row<'_>| Ok(ChangeRow { place: place(row)?, item: item(row)?, listed: row.get("listed")? });
    Ok(all(from, EVERY, (), read)?.into_iter().collect())
}

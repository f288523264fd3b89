//! Whole tables, for `catalog check`: every row, also those that nothing leads to.

use super::{books::row, found_by};
use journal::ActorId;
use replica::rows::{all, first, only, parsed, read_json};
use rusqlite::{Connection, Row};
use std::collections::{BTreeMap, BTreeSet};
use stock::Reference;
use wire::sale::SaleRef;
use wire::{ItemId, ItemState, OrderId};

const ITEMS: &str = "select id, topic, words, state, isbn, author from item left join found_by on item = id
    where id > ?1 order by id limit ?2";
const FOUND_BY: &str = "select count(*) as rows from found_by where item not in (select id from item)";
const ACCOUNTS: &str = "select count(*) as rows from stock";
const GIVES: &str = "select count(*) as rows from give";
const SALES: &str = "select actor, seq, order_id, live from sale";
const ADVANCES: &str = "select actor, seq, order_id from advance";
const REFERENCES: &str = "select name, item, delta from reference";
const INCARNATIONS: &str = "select actor, replica from incarnation";
const HIGHEST: &str = "select highest from number";

/// Every statement, to be prepared against the tables by a test.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] =
    &[ITEMS, FOUND_BY, ACCOUNTS, GIVES, SALES, ADVANCES, REFERENCES, INCARNATIONS, HIGHEST];

/// At most `limit` books above `after`, by id, each with whether it is found by what its state says.
pub(crate) fn items(from: &Connection, after: Option<ItemId>, limit: u32) -> rusqlite::Result<Vec<(ItemId, bool)>> {
    let after = after.map_or(-1, |id| i64::from(id.0));
    let read = |stored: &Row<'_>| {
        let state: ItemState = read_json(stored, "state")?;
        let (id, topic, words, _) = row(&state);
        let found = topic == stored.get::<_, String>("topic")? && words == stored.get::<_, String>("words")?;
        let by: (Option<String>, Option<String>) = (stored.get("isbn")?, stored.get("author")?);
        let (_, isbn, author) = found_by::row(&state);
        let wanted = (!words.is_empty()).then(|| (isbn, author.to_owned())).unzip();
        let stored_id: u32 = stored.get("id")?;
        Ok((ItemId(stored_id), found && by == wanted && id == stored_id))
    };
    all(from, ITEMS, (after, limit), read)
}

/// How many rows say by what a book is found that there is not.
pub(crate) fn found_by_nothing(from: &Connection) -> rusqlite::Result<u64> {
    only(from, FOUND_BY, (), |row| row.get("rows"))
}

/// How many accounts there are, and how many gifts.
pub(crate) fn rows_of_stock(from: &Connection) -> rusqlite::Result<(usize, usize)> {
    let rows = |statement| only(from, statement, (), |row| row.get("rows"));
    Ok((rows(ACCOUNTS)?, rows(GIVES)?))
}

/// Every sale: of which order, and whether it is live.
pub(crate) fn every_sale(from: &Connection) -> rusqlite::Result<BTreeMap<SaleRef, (OrderId, bool)>> {
    let read = |row: &Row<'_>| {
        let at = SaleRef { actor: parsed(row, "actor")?, seq: row.get("seq")? };
        Ok((at, (parsed(row, "order_id")?, row.get("live")?)))
    };
    Ok(all(from, SALES, (), read)?.into_iter().collect())
}

/// Every step of an order: where it stands, and of which order.
pub(crate) fn every_advance(from: &Connection) -> rusqlite::Result<BTreeSet<(OrderId, SaleRef)>> {
    let read = |row: &Row<'_>| {
        let at = SaleRef { actor: parsed(row, "actor")?, seq: row.get("seq")? };
        Ok((parsed(row, "order_id")?, at))
    };
    Ok(all(from, ADVANCES, (), read)?.into_iter().collect())
}

/// Every named adjustment.
pub(crate) fn every_reference(from: &Connection) -> rusqlite::Result<BTreeMap<String, Reference>> {
    let read =
        |row: &Row<'_>| Ok((row.get("name")?, Reference { item: ItemId(row.get("item")?), delta: row.get("delta")? }));
    Ok(all(from, REFERENCES, (), read)?.into_iter().collect())
}

/// Every incarnation.
pub(crate) fn every_incarnation(from: &Connection) -> rusqlite::Result<BTreeSet<(ActorId, String)>> {
    Ok(all(from, INCARNATIONS, (), |row| Ok((parsed(row, "actor")?, row.get("replica")?)))?.into_iter().collect())
}

/// The highest order number noted.
pub(crate) fn highest(from: &Connection) -> rusqlite::Result<u64> {
    Ok(first(from, HIGHEST, (), |row| row.get("highest"))?.unwrap_or(0))
}

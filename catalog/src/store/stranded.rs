//! What actors hold that may never write again.

use super::books;
use journal::ActorId;
use replica::rows::{all, json, only, parsed};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use wire::{ItemId, OrderId};

const RIGHTS: &str = "select item, actor, minted + got - gave - burned - sold as rights from stock
    where minted + got - gave - burned - sold <> 0 and actor in (select value from json_each(?1)) order by item, actor";
const LEFT: &str =
    "select count(*) as titles, coalesce(sum(minted + got - gave - burned - sold), 0) as units from stock
    where actor = ?1 and minted + got - gave - burned - sold > 0";
const ITEMS_LEFT: &str = "select item from stock
    where actor = ?1 and item > ?2 and minted + got - gave - burned - sold > 0 order by item limit ?3";

// Texts of actors have the order of actors.
const SOLD_TWICE: &str = "select gone.order_id from sale as gone join sale as other using (order_id)
    where gone.actor = ?1 and gone.live and other.live and other.actor < gone.actor group by gone.order_id";

/// Every statement, to be prepared against the tables by a test.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[RIGHTS, LEFT, ITEMS_LEFT, SOLD_TWICE];

/// Units of a book that an actor has left; below zero where something is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rights {
    pub(crate) item: ItemId,
    pub(crate) actor: ActorId,
    pub(crate) units: i64,
}

/// What these actors have left of each book, by book, where it is not nothing.
pub(crate) fn rights(from: &Connection, actors: &BTreeSet<ActorId>) -> rusqlite::Result<Vec<Rights>> {
    let row = |row: &rusqlite::Row<'_>| {
        Ok(Rights { item: ItemId(row.get("item")?), actor: parsed(row, "actor")?, units: row.get("rights")? })
    };
    all(from, RIGHTS, [json(&actors)], row)
}

/// Titles and units that `actor` has left.
pub(crate) fn left(from: &Connection, actor: ActorId) -> rusqlite::Result<(u64, u64)> {
    only(from, LEFT, [actor.to_string()], |row| Ok((row.get("titles")?, row.get("units")?)))
}

/// At most `limit` books above `after` of which `actor` has units left, by id.
pub(crate) fn items_left(
    from: &Connection,
    actor: ActorId,
    after: Option<ItemId>,
    limit: u32,
) -> rusqlite::Result<Vec<ItemId>> {
    let after = after.map_or(-1, |id| i64::from(id.0));
    all(from, ITEMS_LEFT, (actor.to_string(), after, limit), |row| Ok(ItemId(row.get("item")?)))
}

/// The orders of which `actor` should take its sale back, since a smaller one has sold them too.
pub(crate) fn sold_twice(from: &Connection, actor: ActorId) -> rusqlite::Result<Vec<OrderId>> {
    all(from, SOLD_TWICE, [actor.to_string()], |row| parsed(row, "order_id"))
}

/// Units of each of these books that `actor` may sell.
pub(crate) fn units_of(
    from: &Connection,
    items: &BTreeSet<ItemId>,
    actor: ActorId,
) -> rusqlite::Result<BTreeMap<ItemId, u64>> {
    Ok(books(from, items)?.into_iter().map(|book| (book.state.id, book.units_of(actor))).collect())
}

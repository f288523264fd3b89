//! The SQL of the order tables. It loads and stores; what a row means is decided in `ledger`.
//!
//! Statements are named constants.

use cluster::Tier;
use journal::ActorId;
use orders::{Kept, Known, Ledger};
use replica::rows::{all, each, first, json, only, parsed, read_json, signed};
use replica::{Journalled, Kind, Pushes};
use rusqlite::{Connection, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use wire::order::Place;
use wire::sale::SaleRef;
use wire::{Buyer, Fulfilment, OrderId, OrderNumber};

/// An order replica's data.
pub(crate) const KIND: Kind = Kind {
    tier: Tier::Order,
    file: "order.db",
    tables: &[
        replica::JOURNAL_TABLES,
        include_str!("../tables/1_order.sql"),
        replica::RETIRED_TABLE,
        include_str!("../tables/2_numbers.sql"),
        include_str!("../tables/3_buyers.sql"),
        include_str!("../tables/4_fulfilment.sql"),
    ],
    own_table: "orders",
    whose: "identity",
};

/// Its journal.
pub(crate) const JOURNALLED: Journalled = Journalled {
    kind: KIND,
    // Nothing outside the tier tells which entries of an order journal were seen: the peers do.
    evidence: None,
    // At once, since buyers wait for the copies.
    pushes: Pushes { path: "/update", pace: Duration::ZERO },
};

const LOAD: &str = "select body, placed, sales from orders where id = ?1";
const SET_ORDER: &str = "insert into orders (id, number, body, placed, sales, buyer, created_ms, fulfilment)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict (id) do update set
        number = excluded.number, body = excluded.body, placed = excluded.placed, sales = excluded.sales,
        buyer = excluded.buyer, created_ms = excluded.created_ms, fulfilment = excluded.fulfilment";
const BY_NUMBER: &str = "select order_id from number where number = ?1 order by order_id limit 1";
const SET_NUMBER: &str = "insert into number (number, order_id) values (?1, ?2) on conflict do nothing";
const ADD_SALE: &str = "insert into sale (actor, seq) values (?1, ?2) on conflict do nothing";
const SEEN: &str = "select seq from sale where actor = ?1 and seq between ?2 and ?3";
const HIGHEST_SEEN: &str = "select coalesce(max(seq), 0) as seq from sale where actor = ?1";
const COMPARED: &str = "select actor, seq from compared";
const SET_COMPARED: &str =
    "insert into compared (actor, seq) values (?1, ?2) on conflict do update set seq = excluded.seq";
// An order stands once, at the number that is its own.
const PAGE: &str = "select id, body, placed, sales from number join orders on id = order_id
    where number.number > ?1 and number.number = orders.number order by number.number, order_id limit ?2";
const NUMBERS: &str = "select number, order_id from number";
const OWN_NUMBERS: &str = "select id, number from orders";
const SALES: &str = "select actor, seq from sale";
const FROM_ROW: &str =
    "select rowid as at, id, body, placed, sales from orders where rowid > ?1 order by rowid limit ?2";
// A comparison of rows, so that SQLite walks the index backwards from there.
const OF_BUYER: &str = "select body, placed, sales from orders
    where buyer = ?1 and (created_ms, id) < (?2, ?3) order by created_ms desc, id desc limit ?4";
const LATEST: &str = "select body, placed, sales from orders
    where (created_ms, id) < (?1, ?2) order by created_ms desc, id desc limit ?3";
const LATEST_THAT_CAME: &str = "select body, placed, sales from orders
    where fulfilment = ?1 and (created_ms, id) < (?2, ?3) order by created_ms desc, id desc limit ?4";
const MISLISTED: &str = "select id from orders
    where buyer is not nullif(body ->> '$.buyer', '') or created_ms is not body ->> '$.created_ms'
        or fulfilment is not (select case max(instr('placed packed cancelled shipped', value ->> '$.to'))
            when 8 then 'packed' when 15 then 'cancelled' when 25 then 'shipped' else 'placed' end
            from json_each(body, '$.advances'))";
const COUNT: &str = "select count(*) as orders from orders";

/// Every statement, to be prepared against the tables by a test.
#[cfg(test)]
const STATEMENTS: &[&str] = &[
    LOAD,
    SET_ORDER,
    BY_NUMBER,
    SET_NUMBER,
    ADD_SALE,
    SEEN,
    HIGHEST_SEEN,
    COMPARED,
    SET_COMPARED,
    PAGE,
    NUMBERS,
    OWN_NUMBERS,
    SALES,
    FROM_ROW,
    OF_BUYER,
    LATEST,
    LATEST_THAT_CAME,
    MISLISTED,
    COUNT,
];

fn known(row: &Row<'_>) -> rusqlite::Result<Known> {
    let sales: Vec<(SaleRef, bool)> = read_json(row, "sales")?;
    let (order, placed) = (read_json(row, "body")?, read_json(row, "placed")?);
    Ok(Known { order, placed, sales: sales.into_iter().collect() })
}

/// The tables, as `orders` reads them for a batch.
pub(crate) struct Tables<'a>(pub(crate) &'a Connection);

impl orders::Rows for Tables<'_> {
    type Error = rusqlite::Error;

    fn orders(&self, orders: &BTreeSet<OrderId>) -> rusqlite::Result<Vec<Known>> {
        load(self.0, orders)
    }
}

/// What is known of these orders.
fn load<'a>(from: &Connection, orders: impl IntoIterator<Item = &'a OrderId>) -> rusqlite::Result<Vec<Known>> {
    orders.into_iter().filter_map(|id| first(from, LOAD, [id.to_string()], known).transpose()).collect()
}

/// Stores what a batch changed.
pub(crate) fn save(to: &Connection, ledger: &Ledger, compared: &BTreeMap<ActorId, u64>) -> rusqlite::Result<()> {
    let changed = || ledger.changed.iter().filter_map(|id| ledger.orders.get(id));
    let row = |Known { order, placed, sales }: &Known| {
        let sales: Vec<_> = sales.iter().collect();
        let buyer = Some(order.buyer.to_string()).filter(|buyer| !buyer.is_empty());
        let (id, created_ms) = (order.id.to_string(), signed(order.created_ms));
        let fulfilment = order.fulfilment().as_str();
        (id, order.number.0, json(order), json(placed), json(&sales), buyer, created_ms, fulfilment)
    };
    each(to, SET_ORDER, changed().map(row))?;
    let numbers = changed().flat_map(|Known { order, .. }| {
        std::iter::once(&order.number).chain(&order.also).map(|number| (number.0, order.id.to_string()))
    });
    each(to, SET_NUMBER, numbers)?;
    each(to, ADD_SALE, ledger.heard.iter().map(|at| (at.actor.to_string(), at.seq)))?;
    each(to, SET_COMPARED, compared.iter().map(|(actor, seq)| (actor.to_string(), *seq)))
}

/// These orders, as far as they are known, with the entries that carry them.
pub(crate) fn kept(from: &Connection, ids: &[OrderId]) -> rusqlite::Result<BTreeMap<OrderId, Kept>> {
    Ok(load(from, ids)?.into_iter().map(|known| (known.order.id, known.into())).collect())
}

/// The order that has, or had, this number.
pub(crate) fn by_number(from: &Connection, number: OrderNumber) -> rusqlite::Result<Option<OrderId>> {
    first(from, BY_NUMBER, [signed(number.0)], |row| parsed(row, "order_id"))
}

/// At most `limit` orders with numbers above `after`, by number.
pub(crate) fn page(from: &Connection, after: u64, limit: u32) -> rusqlite::Result<Vec<Known>> {
    all(from, PAGE, (signed(after), limit), known)
}

/// Every number, and the order that it leads to.
pub(crate) fn numbers(from: &Connection) -> rusqlite::Result<BTreeMap<u64, OrderId>> {
    Ok(all(from, NUMBERS, (), |row| Ok((row.get("number")?, parsed(row, "order_id")?)))?.into_iter().collect())
}

/// Every order, and the number by which it is listed.
pub(crate) fn own_numbers(from: &Connection) -> rusqlite::Result<BTreeMap<OrderId, u64>> {
    Ok(all(from, OWN_NUMBERS, (), |row| Ok((parsed(row, "id")?, row.get("number")?)))?.into_iter().collect())
}

/// Every sale that was seen.
pub(crate) fn every_sale(from: &Connection) -> rusqlite::Result<BTreeSet<SaleRef>> {
    let read = |row: &Row<'_>| Ok(SaleRef { actor: parsed(row, "actor")?, seq: row.get("seq")? });
    Ok(all(from, SALES, (), read)?.into_iter().collect())
}

/// At most `limit` orders after row `after`, in the order in which they were written, each with its row.
pub(crate) fn rows(from: &Connection, after: i64, limit: u32) -> rusqlite::Result<Vec<(i64, Known)>> {
    all(from, FROM_ROW, (after, limit), |row| Ok((row.get("at")?, known(row)?)))
}

/// At most `limit` orders of this buyer, the latest first; those before a moment and an id where these are given.
pub(crate) fn of_buyer(
    from: &Connection,
    buyer: &Buyer,
    before: Option<Place>,
    limit: u32,
) -> rusqlite::Result<Vec<Known>> {
    let (ms, id) = before_of(before);
    all(from, OF_BUYER, (buyer.as_str(), ms, id, limit), known)
}

/// At most `limit` orders, the latest first: those that have come exactly so far, or all; those before a moment and an id
/// where these are given.
pub(crate) fn latest(
    from: &Connection,
    fulfilment: Option<Fulfilment>,
    before: Option<Place>,
    limit: u32,
) -> rusqlite::Result<Vec<Known>> {
    let (ms, id) = before_of(before);
    match fulfilment {
        Some(fulfilment) => all(from, LATEST_THAT_CAME, (fulfilment.as_str(), ms, id, limit), known),
        None => all(from, LATEST, (ms, id, limit), known),
    }
}

/// Where a list goes on that is read from its end.
fn before_of(place: Option<Place>) -> (i64, String) {
    // No id is as high as this text.
    place.map_or((i64::MAX, "~".to_owned()), |Place(ms, id)| (signed(ms), id.to_string()))
}

/// Orders that are listed for another buyer, at another moment or elsewhere on their way, or at another moment, than they say.
pub(crate) fn mislisted(from: &Connection) -> rusqlite::Result<Vec<OrderId>> {
    all(from, MISLISTED, (), |row| parsed(row, "id"))
}

/// How many orders there are.
pub(crate) fn count(from: &Connection) -> rusqlite::Result<i64> {
    only(from, COUNT, (), |row| row.get("orders"))
}

/// Which entries of a catalog actor between these two, both included, are sales that are known here.
pub(crate) fn seen(from: &Connection, of: ActorId, first: u64, last: u64) -> rusqlite::Result<BTreeSet<u64>> {
    Ok(all(from, SEEN, (of.to_string(), first, last), |row| row.get("seq"))?.into_iter().collect())
}

/// The highest entry of a catalog actor that is known here to be a sale; 0 where there is none.
pub(crate) fn highest_seen(from: &Connection, of: ActorId) -> rusqlite::Result<u64> {
    only(from, HIGHEST_SEEN, [of.to_string()], |row| row.get("seq"))
}

/// How far each catalog actor's sales have been compared.
pub(crate) fn compared(from: &Connection) -> rusqlite::Result<BTreeMap<ActorId, u64>> {
    Ok(all(from, COMPARED, (), |row| Ok((parsed(row, "actor")?, row.get("seq")?)))?.into_iter().collect())
}

#[cfg(test)]
mod tests;

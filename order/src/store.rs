//! The SQL of the order tables. It loads and stores; what a row means is decided in `ledger`.
//!
//! Statements are named constants, and rows travel as one JSON array a statement.

use crate::ledger::Ledger;
use crate::machine::Kept;
use journal::ActorId;
use replica::Script;
use replica::rows::{damaged, elements, json};
use sqlx::{Row, SqliteExecutor, SqlitePool, sqlite::SqliteRow};
use std::collections::{BTreeMap, BTreeSet};
use wire::order::Order;
use wire::sale::SaleRef;
use wire::{OrderId, OrderNumber};

/// The order tier's tables.
pub(crate) static TABLES: sqlx::migrate::Migrator = sqlx::migrate!();

/// All that is known of some orders: one row, each column the elements of a JSON array, so that it is one trip however
/// many rows it takes.
const LOAD: &str = "select
    (select group_concat(body) from orders where id in (select value from json_each($1))) as orders,
    (select group_concat(json_array(order_id, actor, seq)) from placed
        where order_id in (select value from json_each($1))) as placed,
    (select group_concat(json_array(actor, seq, told)) from sale
        where order_id in (select value from json_each($1))) as sales";
const SET_ORDERS: &str = "insert into orders (id, number, body)
    select value ->> 0, value ->> 1, value ->> 2 from json_each(?) where true
    on conflict do update set number = excluded.number, body = excluded.body";
const BY_NUMBER: &str = "select order_id from number where number = $1";
const SET_NUMBERS: &str = "insert into number (number, order_id)
    select value ->> 0, value ->> 1 from json_each(?) where true on conflict do nothing";
const ADD_PLACED: &str = "insert into placed (order_id, actor, seq)
    select value ->> 0, value ->> 1, value ->> 2 from json_each(?) where true on conflict do nothing";
const ADD_SALES: &str = "insert into sale (actor, seq, order_id, told)
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each(?) where true
    on conflict do update set told = max(told, excluded.told)";
const SEEN: &str = "select seq from sale where actor = $1 and seq in (select value from json_each($2))";
const HIGHEST_SEEN: &str = "select coalesce(max(seq), 0) as seq from sale where actor = $1";
const COMPARED: &str = "select actor, seq from compared";
const SET_COMPARED: &str = "insert into compared (actor, seq)
    select value ->> 0, value ->> 1 from json_each(?) where true on conflict do update set seq = excluded.seq";
const PAGE: &str = "select body from orders where number > $1 order by number limit $2";
const COUNT: &str = "select count(*) as orders from orders";

/// Every statement, to be prepared against the tables by a test.
#[cfg(test)]
const STATEMENTS: &[&str] = &[
    LOAD,
    SET_ORDERS,
    BY_NUMBER,
    SET_NUMBERS,
    ADD_PLACED,
    ADD_SALES,
    SEEN,
    HIGHEST_SEEN,
    COMPARED,
    SET_COMPARED,
    PAGE,
    COUNT,
];

fn actor(row: &SqliteRow) -> sqlx::Result<ActorId> {
    row.try_get::<&str, _>("actor")?.parse().map_err(|error| damaged("actor", error))
}

fn seq(row: &SqliteRow) -> sqlx::Result<u64> {
    u64::try_from(row.try_get::<i64, _>("seq")?).map_err(|error| damaged("seq", error))
}

fn order_id(row: &SqliteRow) -> sqlx::Result<OrderId> {
    row.try_get::<&str, _>("order_id")?.parse().map_err(|error| damaged("order_id", error))
}

fn body(row: &SqliteRow) -> sqlx::Result<Order> {
    serde_json::from_str(row.try_get("body")?).map_err(|error| damaged("body", error))
}

/// SQLite's integers are signed; no journal and no number gets that far.
fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Loads what is known of these orders.
pub(crate) async fn load(from: impl SqliteExecutor<'_>, orders: &[OrderId]) -> sqlx::Result<Ledger> {
    let mut ledger = Ledger::default();
    if orders.is_empty() {
        return Ok(ledger);
    }
    let row = sqlx::query(LOAD).bind(json(&orders)).fetch_one(from).await?;
    ledger.orders = elements(&row, "orders")?.into_iter().map(|order: Order| (order.id, order)).collect();
    for (order, actor, seq) in elements::<(OrderId, ActorId, u64)>(&row, "placed")? {
        ledger.placed.entry(order).or_default().insert((actor, seq));
    }
    for (actor, seq, told) in elements::<(ActorId, u64, u8)>(&row, "sales")? {
        ledger.sales.insert(SaleRef { actor, seq }, told != 0);
    }
    Ok(ledger)
}

/// Stores what a batch changed.
pub(crate) fn save(script: &mut Script, ledger: &Ledger, compared: &BTreeMap<ActorId, u64>) {
    let changed = ledger.changed.iter().filter_map(|id| ledger.orders.get(id));
    let rows: Vec<_> = changed.clone().map(|order| (order.id, order.number, json(order))).collect();
    if !rows.is_empty() {
        script.add(SET_ORDERS, &rows);
        let numbers = changed
            .flat_map(|order| std::iter::once(&order.number).chain(&order.also).map(|number| (*number, order.id)));
        script.add(SET_NUMBERS, &numbers.collect::<Vec<_>>());
    }
    if !ledger.new_placed.is_empty() {
        script.add(ADD_PLACED, &ledger.new_placed);
    }
    if !ledger.new_sales.is_empty() {
        let row = |(at, order): (&SaleRef, &OrderId)| {
            let told = ledger.sales.get(at).copied().unwrap_or_default();
            (at.actor, at.seq, *order, u8::from(told))
        };
        script.add(ADD_SALES, &ledger.new_sales.iter().map(row).collect::<Vec<_>>());
    }
    if !compared.is_empty() {
        script.add(SET_COMPARED, &compared.iter().collect::<Vec<_>>());
    }
}

/// These orders, as far as they are known, with the entries that carry them.
pub(crate) async fn kept(pool: &SqlitePool, ids: &[OrderId]) -> sqlx::Result<BTreeMap<OrderId, Kept>> {
    let Ledger { orders, mut placed, .. } = load(pool, ids).await?;
    let kept = |(id, order)| (id, Kept { order, placed: placed.remove(&id).unwrap_or_default() });
    Ok(orders.into_iter().map(kept).collect())
}

/// The order that has, or had, this number.
pub(crate) async fn by_number(from: impl SqliteExecutor<'_>, number: OrderNumber) -> sqlx::Result<Option<OrderId>> {
    let row = sqlx::query(BY_NUMBER).bind(signed(number.0)).fetch_optional(from).await?;
    row.as_ref().map(order_id).transpose()
}

/// At most `limit` orders with numbers above `after`, by number.
pub(crate) async fn page(from: impl SqliteExecutor<'_>, after: u64, limit: u32) -> sqlx::Result<Vec<OrderId>> {
    let rows = sqlx::query(PAGE).bind(signed(after)).bind(limit).fetch_all(from).await?;
    rows.iter().map(|row| body(row).map(|order| order.id)).collect()
}

/// How many orders there are.
pub(crate) async fn count(from: impl SqliteExecutor<'_>) -> sqlx::Result<i64> {
    sqlx::query(COUNT).fetch_one(from).await?.try_get("orders")
}

/// Which of these entries of a catalog actor are sales that are known here.
pub(crate) async fn seen(from: impl SqliteExecutor<'_>, of: ActorId, seqs: &[u64]) -> sqlx::Result<BTreeSet<u64>> {
    let rows = sqlx::query(SEEN).bind(of.to_string()).bind(json(&seqs)).fetch_all(from).await?;
    rows.iter().map(seq).collect()
}

/// The highest entry of a catalog actor that is known here to be a sale; 0 where there is none.
pub(crate) async fn highest_seen(from: impl SqliteExecutor<'_>, of: ActorId) -> sqlx::Result<u64> {
    seq(&sqlx::query(HIGHEST_SEEN).bind(of.to_string()).fetch_one(from).await?)
}

/// How far each catalog actor's sales have been compared.
pub(crate) async fn compared(from: impl SqliteExecutor<'_>) -> sqlx::Result<BTreeMap<ActorId, u64>> {
    let rows = sqlx::query(COMPARED).fetch_all(from).await?;
    rows.iter().map(|row| Ok((actor(row)?, seq(row)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::{Executor, SqlSafeStr};

    #[tokio::test]
    async fn every_statement_fits_the_tables() {
        let directory = tempfile::tempdir().expect("a directory");
        let database = replica::Database::open(directory.path(), "order.db", &TABLES).await.expect("opens");
        for statement in STATEMENTS {
            let prepared = database.readers.prepare(statement.into_sql_str()).await;
            assert!(prepared.is_ok(), "{statement}: {:?}", prepared.err());
        }
    }
}

//! Everything but the books: sales, named adjustments, incarnations, order numbers.

use journal::ActorId;
use replica::Script;
use replica::rows::{damaged, json};
use serde::{Deserialize, Serialize};
use sqlx::{Row, SqliteConnection, SqliteExecutor, sqlite::SqliteRow};
use std::collections::BTreeMap;
use stock::{KnownSale, Op, Reference, Shelf};
use wire::sale::{Sale, SaleRef};
use wire::{ItemId, OrderId};

const SALES: &str = "select sale.actor, sale.seq, live, body from sale join journal using (actor, seq)
    where order_id in (select value from json_each($1))";
const SALES_OF: &str = "select seq, order_id from sale where actor = $1 and seq > $2 order by seq limit $3";
const ADD_SALES: &str = "insert into sale (actor, seq, order_id, live)
    select value ->> 0, value ->> 1, value ->> 2, 1 from json_each(?)";
const VOID_SALES: &str = "update sale set live = 0
    where (actor, seq) in (select value ->> 0, value ->> 1 from json_each(?))";
const HAS_SOLD: &str = "select exists (select 1 from sale where actor = $1) as sold";
const REFERENCES: &str = "select name, item, delta from reference where name in (select value from json_each($1))";
const ADD_REFERENCES: &str = "insert into reference (name, item, delta)
    select value ->> 0, value ->> 1, value ->> 2 from json_each(?) where true on conflict do nothing";
const INCARNATIONS: &str = "select actor, replica from incarnation";
const ADD_INCARNATIONS: &str = "insert into incarnation (actor, replica)
    select value ->> 0, value ->> 1 from json_each(?) where true on conflict do nothing";
const HIGHEST: &str = "select highest from number";
const SET_HIGHEST: &str = "insert into number (only_one, highest)
    select 1, value from json_each(?) where true on conflict do update set highest = excluded.highest";

/// Every statement, to be prepared against the tables by a test.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    SALES,
    SALES_OF,
    ADD_SALES,
    VOID_SALES,
    HAS_SOLD,
    REFERENCES,
    ADD_REFERENCES,
    INCARNATIONS,
    ADD_INCARNATIONS,
    HIGHEST,
    SET_HIGHEST,
];

/// Where a sale stands, and for which order: what order replicas compare with their own.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct SaleRow {
    /// Number of the entry in its actor's journal.
    pub(crate) seq: u64,
    /// The order it belongs to.
    pub(crate) order: OrderId,
}

/// What a batch changed beside the books.
pub(crate) struct LedgerChanges<'a> {
    pub(crate) shelf: &'a Shelf,
    pub(crate) opened: &'a [(ActorId, String)],
    pub(crate) highest_before: u64,
}

fn place(row: &SqliteRow) -> sqlx::Result<SaleRef> {
    let actor = row.try_get::<&str, _>("actor")?.parse().map_err(|error| damaged("actor", error))?;
    let seq = u64::try_from(row.try_get::<i64, _>("seq")?).map_err(|error| damaged("seq", error))?;
    Ok(SaleRef { actor, seq })
}

fn sale(row: &SqliteRow) -> sqlx::Result<Sale> {
    match serde_json::from_str(row.try_get("body")?).map_err(|error| damaged("body", error))? {
        Op::Sell(sale) => Ok(sale),
        _ => Err(sqlx::Error::Protocol("a row of `sale` points to an entry that is no sale".into())),
    }
}

/// The sales of these orders.
pub(crate) async fn sales(from: impl SqliteExecutor<'_>, orders: &[OrderId]) -> sqlx::Result<Vec<KnownSale>> {
    let rows = sqlx::query(SALES).bind(json(&orders)).fetch_all(from).await?;
    rows.iter().map(|row| Ok(KnownSale { at: place(row)?, sale: sale(row)?, live: row.try_get("live")? })).collect()
}

/// Where the sales of `actor` after entry `after` stand.
pub(crate) async fn sales_of(
    from: impl SqliteExecutor<'_>,
    actor: ActorId,
    after: u64,
    limit: u32,
) -> sqlx::Result<Vec<SaleRow>> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let rows = sqlx::query(SALES_OF).bind(actor.to_string()).bind(after).bind(limit).fetch_all(from).await?;
    let row = |row: &SqliteRow| {
        let seq = u64::try_from(row.try_get::<i64, _>("seq")?).map_err(|error| damaged("seq", error))?;
        let order = row.try_get::<&str, _>("order_id")?.parse().map_err(|error| damaged("order_id", error))?;
        Ok(SaleRow { seq, order })
    };
    rows.iter().map(row).collect()
}

/// The adjustments made under these names.
pub(super) async fn references(
    from: impl SqliteExecutor<'_>,
    names: &[&str],
) -> sqlx::Result<BTreeMap<String, Reference>> {
    let rows = sqlx::query(REFERENCES).bind(json(&names)).fetch_all(from).await?;
    let reference = |row: &SqliteRow| {
        let item = u32::try_from(row.try_get::<i64, _>("item")?).map_err(|error| damaged("item", error))?;
        Ok((row.try_get("name")?, Reference { item: ItemId(item), delta: row.try_get("delta")? }))
    };
    rows.iter().map(reference).collect()
}

/// Which replica each actor is an incarnation of.
pub(crate) async fn incarnations(from: impl SqliteExecutor<'_>) -> sqlx::Result<BTreeMap<ActorId, String>> {
    let rows = sqlx::query(INCARNATIONS).fetch_all(from).await?;
    let incarnation = |row: &SqliteRow| {
        let actor = row.try_get::<&str, _>("actor")?.parse().map_err(|error| damaged("actor", error))?;
        Ok((actor, row.try_get("replica")?))
    };
    rows.iter().map(incarnation).collect()
}

/// The highest order number seen, and whether `me` has sold anything yet.
pub(crate) async fn numbers(from: &mut SqliteConnection, me: ActorId) -> sqlx::Result<(u64, bool)> {
    let row = sqlx::query(HIGHEST).fetch_optional(&mut *from).await?;
    let highest = row.map(|row| row.try_get::<i64, _>("highest")).transpose()?.unwrap_or(0);
    let sold = sqlx::query(HAS_SOLD).bind(me.to_string()).fetch_one(from).await?.try_get("sold")?;
    Ok((u64::try_from(highest).unwrap_or(0), sold))
}

/// Puts named adjustments into the working set.
pub(crate) async fn load_references(
    from: impl SqliteExecutor<'_>,
    names: &[&str],
    shelf: &mut Shelf,
) -> sqlx::Result<()> {
    if !names.is_empty() {
        for (name, reference) in references(from, names).await? {
            shelf.load_reference(name, reference);
        }
    }
    Ok(())
}

/// Stores what a batch changed beside the books. The entries it points to are written in the same transaction.
pub(crate) fn write_ledger(script: &mut Script, changes: &LedgerChanges<'_>) {
    let LedgerChanges { shelf, opened, highest_before } = changes;
    let sales: Vec<_> = shelf.new_sales().map(|sale| (sale.at.actor, sale.at.seq, sale.sale.order)).collect();
    if !sales.is_empty() {
        script.add(ADD_SALES, &sales);
    }
    let voids: Vec<_> = shelf.new_voids().iter().map(|at| (at.actor, at.seq)).collect();
    if !voids.is_empty() {
        script.add(VOID_SALES, &voids);
    }
    let references: Vec<_> = shelf.new_references().map(|(name, done)| (name, done.item, done.delta)).collect();
    if !references.is_empty() {
        script.add(ADD_REFERENCES, &references);
    }
    if !opened.is_empty() {
        script.add(ADD_INCARNATIONS, opened);
    }
    if shelf.highest_number() > *highest_before {
        script.add(SET_HIGHEST, &[shelf.highest_number()]);
    }
}

//! Everything but the books: sales, named adjustments, incarnations, order numbers.

use journal::ActorId;
use replica::rows::{all, each, first, only, parsed, read_json, signed};
use rusqlite::{Connection, Row, types::Type};
use std::collections::BTreeMap;
use stock::{KnownSale, Numbers, Op, Reference, Shelf};
use wire::sale::{ListedSale, Sale, SaleRef};
use wire::{Advance, ItemId, OrderId};

const SALES: &str = "select sale.actor, sale.seq, live, body from sale join journal using (actor, seq)
    where order_id = ?1";
const ADVANCES: &str = "select advance.actor, advance.seq, body from advance join journal using (actor, seq)
    where order_id = ?1";
const SALES_OF: &str = "select seq, order_id from sale where actor = ?1 and seq > ?2
    union all select seq, order_id from advance where actor = ?1 and seq > ?2 order by seq limit ?3";
const ADD_ADVANCE: &str = "insert into advance (actor, seq, order_id) values (?1, ?2, ?3)";
const ADD_SALE: &str = "insert into sale (actor, seq, order_id, live) values (?1, ?2, ?3, 1)";
const VOID_SALE: &str = "update sale set live = 0 where actor = ?1 and seq = ?2";
// A sale that was adopted has a number of another replica's lane: the actor has not drawn any for it.
const HAS_DRAWN: &str = "select exists (select 1 from sale join journal using (actor, seq)
    where actor = ?1 and json_extract(body, '$.number') % ?2 = ?3) as drawn";
const REFERENCE: &str = "select item, delta from reference where name = ?1";
const ADD_REFERENCE: &str = "insert into reference (name, item, delta) values (?1, ?2, ?3) on conflict do nothing";
const INCARNATIONS: &str = "select actor, replica from incarnation";
const ADD_INCARNATION: &str = "insert into incarnation (actor, replica) values (?1, ?2) on conflict do nothing";
const HIGHEST: &str = "select highest from number";
const SET_HIGHEST: &str = "insert into number (only_one, highest) values (1, ?1)
    on conflict do update set highest = excluded.highest";

/// Every statement, to be prepared against the tables by a test.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    SALES,
    ADVANCES,
    SALES_OF,
    ADD_ADVANCE,
    ADD_SALE,
    VOID_SALE,
    HAS_DRAWN,
    REFERENCE,
    ADD_REFERENCE,
    INCARNATIONS,
    ADD_INCARNATION,
    HIGHEST,
    SET_HIGHEST,
];

/// What a batch changed beside the books.
pub(crate) struct LedgerChanges<'a> {
    pub(crate) shelf: &'a Shelf,
    pub(crate) opened: &'a [(ActorId, String)],
    pub(crate) highest_before: u64,
}

fn sale(row: &Row<'_>) -> rusqlite::Result<Sale> {
    match read_json(row, "body")? {
        Op::Sell(sale) => Ok(sale),
        _ => Err(rusqlite::Error::InvalidColumnType(0, "a row of `sale` points to no sale".into(), Type::Text)),
    }
}

/// The sales of these orders.
pub(crate) fn sales<'a>(
    from: &Connection,
    orders: impl IntoIterator<Item = &'a OrderId>,
) -> rusqlite::Result<Vec<KnownSale>> {
    let known = |row: &Row<'_>| {
        let at = SaleRef { actor: parsed(row, "actor")?, seq: row.get("seq")? };
        Ok(KnownSale { at, sale: sale(row)?, live: row.get("live")? })
    };
    let mut sales = Vec::new();
    for order in orders {
        sales.extend(all(from, SALES, [order.to_string()], known)?);
    }
    Ok(sales)
}

/// The steps that these orders have taken.
pub(crate) fn advances<'a>(
    from: &Connection,
    orders: impl IntoIterator<Item = &'a OrderId>,
) -> rusqlite::Result<Vec<(OrderId, Advance)>> {
    let known = |row: &Row<'_>| match read_json(row, "body")? {
        Op::Advance { order, to, at_ms, .. } => {
            let at = SaleRef { actor: parsed(row, "actor")?, seq: row.get("seq")? };
            Ok((order, Advance { at, to, at_ms }))
        }
        _ => Err(rusqlite::Error::InvalidColumnType(0, "a row of `advance` points to no step".into(), Type::Text)),
    };
    let mut advances = Vec::new();
    for order in orders {
        advances.extend(all(from, ADVANCES, [order.to_string()], known)?);
    }
    Ok(advances)
}

/// Where the sales of `actor` after entry `after` stand, and the steps of orders.
pub(crate) fn sales_of(from: &Connection, actor: ActorId, after: u64, limit: u32) -> rusqlite::Result<Vec<ListedSale>> {
    let row = |row: &Row<'_>| Ok(ListedSale { seq: row.get("seq")?, order: parsed(row, "order_id")? });
    all(from, SALES_OF, (actor.to_string(), signed(after), limit), row)
}

/// Which replica each actor is an incarnation of.
pub(crate) fn incarnations(from: &Connection) -> rusqlite::Result<BTreeMap<ActorId, String>> {
    let incarnations = all(from, INCARNATIONS, (), |row| Ok((parsed(row, "actor")?, row.get("replica")?)))?;
    Ok(incarnations.into_iter().collect())
}

/// The highest order number seen, and whether `me`, whose replica has this letter, has drawn one yet.
pub(crate) fn numbers(from: &Connection, me: ActorId, letter: char) -> rusqlite::Result<(u64, bool)> {
    let highest = first(from, HIGHEST, (), |row| row.get("highest"))?.unwrap_or(0);
    let asked = (me.to_string(), Numbers::LANES, Numbers::lane(letter));
    let drawn = only(from, HAS_DRAWN, asked, |row| row.get("drawn"))?;
    Ok((highest, drawn))
}

/// The adjustments made under these names.
pub(crate) fn references<'a>(
    from: &Connection,
    names: impl IntoIterator<Item = &'a String>,
) -> rusqlite::Result<Vec<(String, Reference)>> {
    let reference = |row: &Row<'_>| Ok(Reference { item: ItemId(row.get("item")?), delta: row.get("delta")? });
    let known = |name: &String| Ok(first(from, REFERENCE, [name], reference)?.map(|done| (name.clone(), done)));
    names.into_iter().filter_map(|name| known(name).transpose()).collect()
}

/// Stores what a batch changed beside the books. The entries it points to are written in the same transaction.
pub(crate) fn write_ledger(to: &Connection, changes: &LedgerChanges<'_>) -> rusqlite::Result<()> {
    let LedgerChanges { shelf, opened, highest_before } = changes;
    let sale = |sale: &KnownSale| (sale.at.actor.to_string(), sale.at.seq, sale.sale.order.to_string());
    each(to, ADD_SALE, shelf.new_sales().map(sale))?;
    let advances = shelf.new_advances().iter();
    each(to, ADD_ADVANCE, advances.map(|(order, at)| (at.actor.to_string(), at.seq, order.to_string())))?;
    each(to, VOID_SALE, shelf.new_voids().iter().map(|at| (at.actor.to_string(), at.seq)))?;
    each(to, ADD_REFERENCE, shelf.new_references().map(|(name, done)| (name, done.item.0, done.delta)))?;
    each(to, ADD_INCARNATION, opened.iter().map(|(actor, replica)| (actor.to_string(), replica)))?;
    super::changes::write(to, shelf.new_changes())?;
    let highest = shelf.highest_number();
    each(to, SET_HIGHEST, (highest > *highest_before).then_some([highest]))
}

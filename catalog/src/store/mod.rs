//! The SQL of the catalog's tables. It loads and stores; what a row means is decided in `stock`.
//!
//! Statements are named constants.

mod books;
mod changes;
mod covers;
mod found_by;
mod ids;
mod ledger;
mod stranded;
mod whole;

use cluster::Tier;
use replica::{Journalled, Kind, Pushes};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::time::Duration;
use stock::{Book, KnownSale, Reference};
use wire::{Advance, ItemId, OrderId};

pub(crate) use books::{books, find, newest, of_topic, states, titles, topics, totals, write_books};
pub(crate) use changes::{WantedEntry, changes, every_change};
pub(crate) use covers::{cover, damaged_covers, is_named, keep, missing_covers, number_of_missing_covers};
pub(crate) use found_by::{below, by_isbn, related};
pub(crate) use ids::{ids, ranges};
pub(crate) use ledger::{LedgerChanges, advances, incarnations, numbers, references, sales, sales_of, write_ledger};
pub(crate) use stranded::{Rights, items_left, left, rights, sold_twice, units_of};
pub(crate) use whole::{
    every_advance, every_incarnation, every_reference, every_sale, found_by_nothing, highest, items, rows_of_stock,
};

/// The tables, as `stock` reads them for a batch.
pub(crate) struct Tables<'a>(pub(crate) &'a Connection);

impl stock::Rows for Tables<'_> {
    type Error = rusqlite::Error;

    fn sales(&self, orders: &BTreeSet<OrderId>) -> rusqlite::Result<Vec<KnownSale>> {
        sales(self.0, orders)
    }

    fn advances(&self, orders: &BTreeSet<OrderId>) -> rusqlite::Result<Vec<(OrderId, Advance)>> {
        advances(self.0, orders)
    }

    fn books(&self, items: &BTreeSet<ItemId>) -> rusqlite::Result<Vec<Book>> {
        books(self.0, items)
    }

    fn references(&self, names: &BTreeSet<String>) -> rusqlite::Result<Vec<(String, Reference)>> {
        references(self.0, names)
    }
}

/// A catalog's data.
pub(crate) const KIND: Kind = Kind {
    tier: Tier::Catalog,
    file: "catalog.db",
    tables: &[
        replica::JOURNAL_TABLES,
        include_str!("../../tables/1_catalog.sql"),
        replica::RETIRED_TABLE,
        include_str!("../../tables/2_found_by.sql"),
        include_str!("../../tables/3_advance.sql"),
        include_str!("../../tables/4_cover.sql"),
        include_str!("../../tables/5_change.sql"),
    ],
    own_table: "item",
    whose: "identity",
};

/// Its journal.
pub(crate) const JOURNALLED: Journalled = Journalled {
    kind: KIND,
    // Orders name the sales that they stand on.
    evidence: Some(Tier::Order),
    // No buyer waits for a catalog's copy.
    pushes: Pushes { path: "/item/propagate", pace: Duration::from_millis(10) },
};

#[cfg(test)]
mod tests {
    use super::{KIND, books, changes, covers, found_by, ids, ledger, stranded, whole};

    #[test]
    fn every_statement_fits_the_tables() {
        let directory = tempfile::tempdir().expect("a directory");
        let database = replica::Database::open(directory.path(), KIND.file, KIND.tables).expect("opens");
        let every = [
            books::STATEMENTS,
            changes::STATEMENTS,
            covers::STATEMENTS,
            found_by::STATEMENTS,
            ids::STATEMENTS,
            ledger::STATEMENTS,
            stranded::STATEMENTS,
            whole::STATEMENTS,
        ];
        for statement in every.into_iter().flatten() {
            let prepared = database.writer.prepare(statement);
            assert!(prepared.is_ok(), "{statement}: {:?}", prepared.err());
        }
    }
}

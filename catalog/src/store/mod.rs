//! The SQL of the catalog's tables. It loads and stores; what a row means is decided in `stock`.
//!
//! Statements are named constants.

mod books;
mod ledger;
mod stranded;
mod whole;

use rusqlite::Connection;
use std::collections::BTreeSet;
use stock::{Book, KnownSale, Reference};
use wire::{ItemId, OrderId};

pub(crate) use books::{books, find, newest, of_topic, states, topics, totals, write_books};
pub(crate) use ledger::{LedgerChanges, incarnations, numbers, references, sales, sales_of, write_ledger};
pub(crate) use stranded::{Rights, items_left, left, rights, sold_twice, units_of};
pub(crate) use whole::{every_incarnation, every_reference, every_sale, highest, items, rows_of_stock};

/// The tables, as `stock` reads them for a batch.
pub(crate) struct Tables<'a>(pub(crate) &'a Connection);

impl stock::Rows for Tables<'_> {
    type Error = rusqlite::Error;

    fn sales(&self, orders: &BTreeSet<OrderId>) -> rusqlite::Result<Vec<KnownSale>> {
        sales(self.0, orders)
    }

    fn books(&self, items: &BTreeSet<ItemId>) -> rusqlite::Result<Vec<Book>> {
        books(self.0, items)
    }

    fn references(&self, names: &BTreeSet<String>) -> rusqlite::Result<Vec<(String, Reference)>> {
        references(self.0, names)
    }
}

/// The tables of a catalog's database.
pub(crate) const TABLES: replica::Tables =
    &[replica::JOURNAL_TABLES, include_str!("../../tables/1_catalog.sql"), replica::RETIRED_TABLE];

#[cfg(test)]
mod tests {
    use super::{TABLES, books, ledger, stranded, whole};

    #[test]
    fn every_statement_fits_the_tables() {
        let directory = tempfile::tempdir().expect("a directory");
        let database = replica::Database::open(directory.path(), "catalog.db", TABLES).expect("opens");
        let every = [books::STATEMENTS, ledger::STATEMENTS, stranded::STATEMENTS, whole::STATEMENTS];
        for statement in every.into_iter().flatten() {
            let prepared = database.writer.prepare(statement);
            assert!(prepared.is_ok(), "{statement}: {:?}", prepared.err());
        }
    }
}

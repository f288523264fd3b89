//! The SQL of the catalog's tables. It loads and stores; what a row means is decided in `stock`.
//!
//! Statements are named constants.

mod books;
mod ledger;

pub(crate) use books::{books, find, newest, of_topic, states, topics, totals, write_books};
pub(crate) use ledger::{
    LedgerChanges, SaleRow, incarnations, load_references, numbers, sales, sales_of, write_ledger,
};

/// The tables of a catalog's database.
pub(crate) const TABLES: replica::Tables = &[replica::JOURNAL_TABLES, include_str!("../../tables/1_catalog.sql")];

#[cfg(test)]
mod tests {
    use super::{TABLES, books, ledger};

    #[test]
    fn every_statement_fits_the_tables() {
        let directory = tempfile::tempdir().expect("a directory");
        let database = replica::Database::open(directory.path(), "catalog.db", TABLES).expect("opens");
        for statement in books::STATEMENTS.iter().chain(ledger::STATEMENTS) {
            let prepared = database.writer.prepare(statement);
            assert!(prepared.is_ok(), "{statement}: {:?}", prepared.err());
        }
    }
}

//! The SQL of the catalog's tables. It loads and stores; what a row means is decided in `stock`.
//!
//! Statements are named constants, and rows travel as one JSON array a statement.

mod books;
mod ledger;

pub(crate) use books::{books, find, newest, of_topic, states, topics, totals, write_books};
pub(crate) use ledger::{
    LedgerChanges, SaleRow, incarnations, load_references, numbers, sales, sales_of, write_ledger,
};

/// The catalog's tables.
pub(crate) static TABLES: sqlx::migrate::Migrator = sqlx::migrate!();

#[cfg(test)]
mod tests {
    use super::{TABLES, books, ledger};
    use sqlx::{Executor, SqlSafeStr};

    #[tokio::test]
    async fn every_statement_fits_the_tables() {
        let directory = tempfile::tempdir().expect("a directory");
        let database = replica::Database::open(directory.path(), "catalog.db", &TABLES).await.expect("opens");
        for statement in books::STATEMENTS.iter().chain(ledger::STATEMENTS) {
            let prepared = database.readers.prepare(statement.into_sql_str()).await;
            assert!(prepared.is_ok(), "{statement}: {:?}", prepared.err());
        }
    }
}

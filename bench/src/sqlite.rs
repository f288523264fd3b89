//! The reference for a sale on one machine: SQLite alone, committing the rows of the same buys in the same batches.
//!
//! One process, one file, one copy, with the settings of the replicas: a write-ahead log, synced at every commit. There
//! is no decision here, no read, no network and no second copy; only `begin` to `commit` is on the clock.

mod rows;
mod sql;

use crate::error::{BenchError, While};
use crate::stats::float;
use rows::{Replicas, Rows};
use rusqlite::{Connection, Params, TransactionBehavior};
use std::path::Path;
use std::time::{Duration, Instant};

const TABLES: &str = include_str!("sqlite/tables.sql");
/// As a replica's writer has it, see `crates/replica/src/database.rs`; a test compares the two.
const SETTINGS: &str = "pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 4000;
    pragma cache_size = -16384";
/// Statements that stay prepared: more than there are.
const STATEMENTS: usize = 64;

/// An open database with its books.
pub(crate) struct Alone {
    database: Connection,
    replicas: Replicas,
    titles: u32,
    next: u32,
}

/// The title of a book, as long in the shop as here.
pub(crate) fn title(index: u32) -> String {
    format!("The Measured Bookseller, Volume {index}")
}

/// The topic of a book: a hundred titles share one.
pub(crate) fn topic(index: u32) -> String {
    format!("measuring {}", index / 100)
}

impl Alone {
    /// Makes the file in `directory`, with `titles` books.
    pub(crate) fn open(directory: &Path, titles: u32) -> Result<Self, BenchError> {
        let replicas = Replicas::new(titles);
        let database = open(&directory.join("alone.db"), &replicas).during("opening SQLite's database")?;
        Ok(Self { database, replicas, titles, next: 0 })
    }

    /// Buys a second while committing for `span`, in batches of `size`, of `among` different titles.
    ///
    /// Does not return before `span` is over.
    pub(crate) fn buys_per_second(&mut self, size: u32, among: u32, span: Duration) -> Result<f64, BenchError> {
        let (mut buys, mut busy) = (0_u64, Duration::ZERO);
        while busy < span {
            let titles: Vec<u32> = (0..size).map(|_| self.pick(among)).collect();
            let rows = self.replicas.sell(&titles);
            let began = Instant::now();
            commit(&mut self.database, rows).during("committing to SQLite's database")?;
            busy += began.elapsed();
            buys += u64::from(size);
        }
        Ok(float(buys) / busy.as_secs_f64())
    }

    /// Closes the database.
    pub(crate) fn close(self) -> Result<(), BenchError> {
        self.database.close().map_err(|(_, error)| error).during("closing SQLite's database")
    }

    /// The next title: a walk that visits all of them, with neighbours far apart.
    fn pick(&mut self, among: u32) -> u32 {
        self.next = (self.next + 7919) % self.titles;
        self.next % among.clamp(1, self.titles)
    }
}

fn open(path: &Path, replicas: &Replicas) -> rusqlite::Result<Connection> {
    let mut database = Connection::open(path)?;
    database.set_prepared_statement_cache_capacity(STATEMENTS);
    database.execute_batch(SETTINGS)?;
    database.execute_batch(TABLES)?;
    let (items, stock) = replicas.opening();
    let to = database.transaction()?;
    each(&to, sql::ITEM, items)?;
    each(&to, sql::STOCK, stock)?;
    to.commit()?;
    Ok(database)
}

fn commit(database: &mut Connection, rows: Rows) -> rusqlite::Result<()> {
    let to = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    each(&to, sql::STATE, rows.states)?;
    each(&to, sql::STOCK, rows.stock)?;
    each(&to, sql::CATALOG_SALE, rows.catalog_sales)?;
    each(&to, sql::HIGHEST, [(rows.highest,)])?;
    each(&to, sql::CATALOG_JOURNAL, rows.catalog_journal)?;
    each(&to, sql::CATALOG_HEAD, [rows.catalog_head])?;
    each(&to, sql::ORDER, rows.orders)?;
    each(&to, sql::NUMBER, rows.numbers)?;
    each(&to, sql::ORDER_SALE, rows.order_sales)?;
    each(&to, sql::ORDER_JOURNAL, rows.order_journal)?;
    each(&to, sql::ORDER_HEAD, [rows.order_head])?;
    to.commit()
}

/// Runs a statement once for each of `rows`, as the replicas do.
fn each<P: Params>(to: &Connection, statement: &str, rows: impl IntoIterator<Item = P>) -> rusqlite::Result<()> {
    let mut statement = to.prepare_cached(statement)?;
    rows.into_iter().try_for_each(|row| statement.execute(row).map(|_| ()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::types::Value;

    const JOURNAL: &str = include_str!("../../crates/replica/tables/1_journal.sql");
    /// What stands before the names of a tier's tables here, and its own tables.
    const TIERS: [(&str, &str); 2] = [
        ("catalog_", include_str!("../../catalog/tables/1_catalog.sql")),
        (
            "order_",
            concat!(
                include_str!("../../order/tables/1_order.sql"),
                include_str!("../../order/tables/2_numbers.sql"),
                include_str!("../../order/tables/3_buyers.sql"),
                include_str!("../../order/tables/4_fulfilment.sql")
            ),
        ),
    ];
    const STORES: [&str; 4] = [
        include_str!("../../crates/replica/src/store.rs"),
        include_str!("../../catalog/src/store/books.rs"),
        include_str!("../../catalog/src/store/ledger.rs"),
        include_str!("../../order/src/store.rs"),
    ];

    fn made_of(tables: &[&str]) -> Connection {
        let database = Connection::open_in_memory().expect("SQLite opens in memory");
        for tables in tables {
            database.execute_batch(tables).expect("the tables can be made");
        }
        database
    }

    fn texts(of: &Connection, question: &str) -> Vec<String> {
        let mut statement = of.prepare(question).expect("SQLite knows its tables");
        let rows = statement.query_map((), |row| row.get(0)).expect("it can be asked");
        rows.collect::<Result<_, _>>().expect("the first column is a text")
    }

    /// Whether the table has row ids, its columns with their types and keys, and its indexes without the tier's name.
    fn shape(of: &Connection, tier: &str, table: &str) -> Vec<String> {
        let list = format!("select 'without rowid: ' || wr from pragma_table_list('{table}')");
        let columns =
            format!("select concat_ws(' ', name, type, \"notnull\", dflt_value, pk) from pragma_table_info('{table}')");
        let indexes = format!(
            "select concat_ws(' ', replace(list.name, '{tier}', ''), \"unique\", origin, info.seqno, info.name)
             from pragma_index_list('{table}') list, pragma_index_info(list.name) info"
        );
        [list, columns, indexes].iter().flat_map(|question| texts(of, question)).collect()
    }

    #[test]
    fn the_tables_have_the_columns_keys_and_indexes_of_the_replicas() {
        let here = made_of(&[TABLES]);
        for (tier, tables) in TIERS {
            let there = made_of(&[JOURNAL, tables]);
            let ours = texts(&here, "select name from sqlite_schema where type = 'table'");
            for table in ours.iter().filter(|table| table.starts_with(tier)) {
                assert_eq!(shape(&here, tier, table), shape(&there, tier, &table.replacen(tier, "", 1)), "{table}");
            }
        }
    }

    #[test]
    fn every_statement_is_one_of_the_replicas() {
        let spaced = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let theirs = spaced(&STORES.concat());
        for statement in sql::STATEMENTS {
            let (tier, _) = TIERS.iter().find(|(tier, _)| statement.contains(&format!("into {tier}"))).expect("a tier");
            let same = spaced(&statement.replacen(tier, "", 1));
            assert!(theirs.contains(&format!("\"{same}\";")), "no replica has {same}");
        }
    }

    #[test]
    fn the_settings_are_those_of_a_replica() {
        let directory = tempfile::tempdir().expect("a directory");
        let replica = replica::Database::open(directory.path(), "replica.db", &[JOURNAL]).expect("opens");
        let alone = Alone::open(directory.path(), 1).expect("opens");
        for pragma in ["journal_mode", "synchronous", "wal_autocheckpoint", "cache_size", "page_size"] {
            let value =
                |of: &Connection| of.pragma_query_value(None, pragma, |row| row.get::<_, Value>(0)).expect(pragma);
            assert_eq!(value(&alone.database), value(&replica.writer), "{pragma}");
        }
    }

    #[test]
    fn each_buy_is_one_row_in_every_table_that_grows() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut alone = Alone::open(directory.path(), 10).expect("opens");
        for titles in [[3, 3, 7].as_slice(), &[3]] {
            let rows = alone.replicas.sell(titles);
            commit(&mut alone.database, rows).expect("commits");
        }
        let grows = ["catalog_journal", "catalog_sale", "order_journal", "order_orders", "order_sale", "order_number"];
        for table in grows {
            let question = format!("select count(*) || '' from {table}");
            assert_eq!(texts(&alone.database, &question), ["4"], "{table}");
        }
        let sold = texts(&alone.database, "select sold || '' from catalog_stock where sold > 0 order by item");
        assert_eq!(sold, ["3", "1"]);
        alone.close().expect("closes");
    }
}

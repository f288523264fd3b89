//! One replica's database: locked for one process, one connection that writes, a few that read.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use serve::command_line::Fatal;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::readers::Readers;

/// The tables of a database: statements that lead from each version to the next. Only ever added to at the end.
pub type Tables = &'static [&'static str];

/// The tables of the journal, which every tier's database begins with.
pub const JOURNAL_TABLES: &str = include_str!("../tables/1_journal.sql");
/// The table of retired actors, which every tier's database has as well.
pub const RETIRED_TABLE: &str = include_str!("../tables/2_retired.sql");

/// A commit is on disk before it is answered: anything weaker breaks the promise of `copies: 1`. The log is folded into
/// the file after 16 MiB of it: a page that many batches touch is then copied once for all of them.
const DURABLE: &str = "pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 4000";
/// How long a connection waits for another's lock; only a checkpoint or an operator's tool ever holds one.
const LOCKED: Duration = Duration::from_secs(5);
/// Statements that stay prepared, a connection: more than any tier has.
const STATEMENTS: usize = 64;

/// Why a replica's data can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process works on it.
    #[error("{0} is in use by another process: this replica is already running")]
    InUse(PathBuf),
    /// The directory or its lock can't be made.
    #[error("can't open the data directory {0}: {1}")]
    Directory(PathBuf, #[source] std::io::Error),
    /// The database can't be opened or brought to this version.
    #[error("can't open the database {0}: {1}")]
    Database(PathBuf, #[source] rusqlite::Error),
    /// A later version of this program has changed the tables.
    #[error(
        "{0} has tables of version {1}, this program knows up to {2}: run the version that wrote it, or a later one"
    )]
    Later(PathBuf, usize, usize),
}

impl From<OpenError> for Fatal {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::InUse(_) | OpenError::Later(..) => Self::Usage(error.to_string()),
            OpenError::Directory(..) | OpenError::Database(..) => Self::Failed(error.to_string()),
        }
    }
}

/// An open database. Dropping it lets the next process in.
#[derive(Debug)]
pub struct Database {
    /// The one connection that writes.
    pub writer: Connection,
    /// Connections that read, and can do nothing else.
    pub readers: Readers,
    /// Held for as long as this process works on the data.
    pub(crate) lock: File,
}

impl Database {
    /// Opens `directory/file`, making both where they are missing, and brings the tables to this version.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(directory: &Path, file: &str, tables: Tables) -> Result<Self, OpenError> {
        let path = directory.join(file);
        let lock = lock(directory)?;
        let broken = |error| OpenError::Database(path.clone(), error);
        let mut writer = Connection::open(&path).map_err(broken)?;
        settle(&writer).map_err(broken)?;
        writer.execute_batch(DURABLE).map_err(broken)?;
        let version: usize = writer.query_row("pragma user_version", (), |row| row.get(0)).map_err(broken)?;
        if version > tables.len() {
            return Err(OpenError::Later(path, version, tables.len()));
        }
        for (before, statements) in tables.iter().enumerate().skip(version) {
            migrate(&mut writer, statements, before + 1).map_err(broken)?;
        }
        let readers = Readers::open(&path).map_err(broken)?;
        Ok(Self { writer, readers, lock })
    }
}

/// Opens the data of a replica to look at it, running or not; nothing can be changed through it.
///
/// # Errors
/// [`OpenError::Database`], also where there is no data yet.
pub(crate) fn read_only(directory: &Path, file: &str) -> Result<Connection, OpenError> {
    let path = directory.join(file);
    reader(&path).map_err(|error| OpenError::Database(path, error))
}

/// A connection that can't write.
pub(crate) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let reader = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    settle(&reader)?;
    Ok(reader)
}

fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(LOCKED)?;
    // A plan that depends on the values bound to it would be made anew for each of them.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // In KiB: the inner pages of the indexes, which random keys go through, and much of their leaves.
    connection.pragma_update(None, "cache_size", -16_384)
}

fn migrate(writer: &mut Connection, statements: &str, version: usize) -> rusqlite::Result<()> {
    let step = writer.transaction()?;
    step.execute_batch(statements)?;
    step.pragma_update(None, "user_version", version)?;
    step.commit()
}

pub(crate) fn lock(directory: &Path) -> Result<File, OpenError> {
    let failed = |error| OpenError::Directory(directory.to_owned(), error);
    std::fs::create_dir_all(directory).map_err(failed)?;
    let lock =
        OpenOptions::new().create(true).truncate(false).write(true).open(directory.join("lock")).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(directory.to_owned())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Database, JOURNAL_TABLES, OpenError};

    #[test]
    fn tables_are_brought_to_this_version_once_and_never_back() {
        let directory = tempfile::tempdir().expect("a directory");
        let open = |tables| Database::open(directory.path(), "test.db", tables).map(drop);
        open(&[JOURNAL_TABLES]).expect("opens");
        open(&[JOURNAL_TABLES, "create table more (n integer)"]).expect("the new table is made, the others are there");
        open(&[JOURNAL_TABLES, "create table more (n integer)"]).expect("nothing is made twice");
        assert!(matches!(open(&[JOURNAL_TABLES]), Err(OpenError::Later(_, 2, 1))));
    }

    #[test]
    fn a_step_that_fails_midway_changes_nothing() {
        let directory = tempfile::tempdir().expect("a directory");
        let open = |tables| Database::open(directory.path(), "test.db", tables).map(drop);
        assert!(open(&["create table a (n integer); create table a (n integer)"]).is_err());
        open(&["create table a (n integer)"]).expect("the table is not there yet");
    }
}

//! One replica's database: locked for one process, one connection that writes, a few that read.

use serve::command_line::Fatal;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection, migrate::Migrator};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

static JOURNAL_TABLES: Migrator = sqlx::migrate!();

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
    Database(PathBuf, #[source] sqlx::Error),
    /// The tables can't be brought to this version.
    #[error("can't bring the tables of {0} to this version: {1}")]
    Tables(PathBuf, #[source] sqlx::migrate::MigrateError),
}

impl From<OpenError> for Fatal {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::InUse(_) => Self::Usage(error.to_string()),
            OpenError::Directory(..) | OpenError::Database(..) | OpenError::Tables(..) => {
                Self::Failed(error.to_string())
            }
        }
    }
}

/// An open database. Dropping it lets the next process in.
#[derive(Debug)]
pub struct Database {
    /// The one connection that writes.
    pub writer: SqliteConnection,
    /// Connections that read, and can do nothing else.
    pub readers: SqlitePool,
    /// Held for as long as this process works on the data.
    pub(crate) lock: File,
}

impl Database {
    /// Opens `directory/file`, making both where they are missing, and brings the tables to this version.
    ///
    /// `tables` are the tier's own migrations; their versions begin at 100, those of the journal stay below.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(directory: &Path, file: &str, tables: &Migrator) -> Result<Self, OpenError> {
        let path = directory.join(file);
        let lock = lock(directory)?;
        let broken = |error| OpenError::Database(path.clone(), error);
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A commit is on disk before it is answered: anything weaker breaks the promise of `copies: 1`.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .foreign_keys(false)
            .disable_statement_logging();
        let mut writer = options.clone().connect().await.map_err(broken)?;
        migrate(&JOURNAL_TABLES, &mut writer).await.map_err(|error| OpenError::Tables(path.clone(), error))?;
        migrate(tables, &mut writer).await.map_err(|error| OpenError::Tables(path.clone(), error))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(3)
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(2))
            .connect_with(options.read_only(true).create_if_missing(false))
            .await
            .map_err(broken)?;
        Ok(Self { writer, readers, lock })
    }
}

/// Opens the data of a replica to look at it, running or not; nothing can be changed through it.
///
/// # Errors
/// [`OpenError::Database`], also where there is no data yet.
pub async fn read_only(directory: &Path, file: &str) -> Result<SqlitePool, OpenError> {
    let path = directory.join(file);
    let options = SqliteConnectOptions::new().filename(&path).read_only(true).disable_statement_logging();
    let pool = SqlitePoolOptions::new().max_connections(2).connect_with(options).await;
    pool.map_err(|error| OpenError::Database(path, error))
}

/// Runs one of the two sets of migrations; each ignores the other's rows in the table of those that ran.
async fn migrate(tables: &Migrator, writer: &mut SqliteConnection) -> Result<(), sqlx::migrate::MigrateError> {
    let mut tables = Migrator::with_migrations(tables.migrations.to_vec());
    tables.set_ignore_missing(true);
    tables.run(writer).await
}

fn lock(directory: &Path) -> Result<File, OpenError> {
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

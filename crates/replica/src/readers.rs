//! Connections that read, for code that must not wait for a disk.

use crate::database::reader;
use rusqlite::{Connection, ffi};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::Semaphore;

/// As many as read at once; the next one waits.
const READERS: usize = 3;
/// How long it waits.
const PATIENCE: Duration = Duration::from_secs(2);

/// A few connections that can't write. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Readers(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    turns: Arc<Semaphore>,
}

impl Pool {
    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().expect("nothing panics while it holds the lock")
    }
}

impl Readers {
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        let idle = (0..READERS).map(|_| reader(path)).collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(Self(Arc::new(Pool {
            idle: Mutex::new(idle),
            path: path.to_owned(),
            turns: Arc::new(Semaphore::new(READERS)),
        })))
    }

    /// Looks at the data on a thread that may wait for the disk.
    ///
    /// # Errors
    /// What `look` says; or "busy" where no connection was free for two seconds.
    pub async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> rusqlite::Result<T> {
        let turn = tokio::time::timeout(PATIENCE, self.0.turns.clone().acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or_else(|| busy("all connections that read are in use"))?;
        let pool = self.0.clone();
        // The turn goes along: an asker who goes away leaves the connection in use until the look is over.
        let looked = tokio::task::spawn_blocking(move || {
            let idle = pool.idle().pop();
            // One that was lost in a panic is replaced.
            let connection = idle.map_or_else(|| reader(&pool.path), Ok)?;
            let seen = look(&connection);
            pool.idle().push(connection);
            drop(turn);
            seen
        });
        looked.await.unwrap_or_else(|error| Err(busy(error.to_string())))
    }
}

fn busy(why: impl Into<String>) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), Some(why.into()))
}

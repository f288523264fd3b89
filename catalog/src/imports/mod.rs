//! Files of books that are brought into the running shop: by `catalog import` from where it runs, and by the desk, which sends
//! them here first.
//!
//! A file of the desk belongs to this process: it lies beside the data until it is done, and how far it is stands in memory.
//! Where the process ends, the import ends. That costs nothing but sending it again: what was imported is found again and
//! stays as it is.

mod job;
mod parts;
mod run;
mod shelving;

pub(crate) use parts::{BATCH, part};
pub(crate) use shelving::{Shelving, Stopped};

use crate::peers::Peers;
use job::Job;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use uuid::Uuid;
use wire::Problem;
use wire::import::{BadRow, Status, Wanted};

/// Files that may be on their way here at the same time.
const MOST_UNDERWAY: usize = 4;
/// Imports that are remembered after they are over.
const MOST_REMEMBERED: usize = 20;
/// A file of which nothing came for so long is given up.
const ABANDONED: Duration = Duration::from_mins(10);

/// The files of the desk. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Imports {
    inner: Arc<Inner>,
}

struct Inner {
    /// Where files lie until they are done.
    directory: PathBuf,
    peers: Peers,
    runtime: Handle,
    jobs: Mutex<BTreeMap<Uuid, Arc<Job>>>,
    /// One at a time: two that bring the same new ISBN at once would make two books of it.
    turn: tokio::sync::Mutex<()>,
}

impl Imports {
    /// No imports. What a process before this one left in `directory` is removed: nobody knows how far it was.
    pub(crate) fn new(directory: PathBuf, peers: Peers, runtime: Handle) -> Self {
        if let Err(error) = fs::remove_dir_all(&directory)
            && error.kind() != ErrorKind::NotFound
        {
            tracing::warn!(%error, directory = %directory.display(), "files of earlier imports can't be removed");
        }
        let inner = Inner { directory, peers, runtime, jobs: Mutex::default(), turn: tokio::sync::Mutex::default() };
        Self { inner: Arc::new(inner) }
    }

    /// Takes on a file, which is then sent in parts.
    ///
    /// # Errors
    /// What is wrong with what is wanted, 429 where too many are on their way, 507 where there is no room.
    pub(crate) fn open(&self, wanted: Wanted, now_ms: u64) -> Result<Uuid, Problem> {
        job::check(&wanted)?;
        fs::create_dir_all(&self.inner.directory).map_err(|error| job::no_room(&error))?;
        let id = Uuid::new_v4();
        let path = self.inner.directory.join(id.simple().to_string());
        let mut jobs = self.inner.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.values().for_each(|job| job.give_up_after(ABANDONED));
        if jobs.values().filter(|job| !job.is_over()).count() >= MOST_UNDERWAY {
            let detail = "Other files are being imported at this catalog; wait until one of them is done.";
            return Err(Problem::definite(429, "too-many-imports", detail));
        }
        while jobs.len() >= MOST_REMEMBERED + MOST_UNDERWAY {
            let over = jobs.values().filter(|job| job.is_over()).min_by_key(|job| job.status().began_ms);
            let Some(id) = over.map(|job| job.id) else { break };
            jobs.remove(&id);
        }
        jobs.insert(id, Arc::new(Job::new(id, wanted, path, now_ms)));
        Ok(id)
    }

    /// Takes the bytes of a file behind its first `from`. The same ones again change nothing.
    ///
    /// # Errors
    /// 404, 409 where the file is not at `from`, 413 where it is too large, 507 where there is no room.
    pub(crate) async fn take(&self, id: Uuid, from: u64, bytes: Vec<u8>) -> Result<(), Problem> {
        let job = self.job(id)?;
        let taken = self.inner.runtime.spawn_blocking(move || job.take(from, &bytes)).await;
        taken.unwrap_or_else(|_| Err(Problem::definite(500, "broken", "the file could not be written")))
    }

    /// The file is whole: it is checked, and imported.
    ///
    /// # Errors
    /// 404, or 409 where that was said before.
    pub(crate) fn begin(&self, id: Uuid) -> Result<(), Problem> {
        let job = self.job(id)?;
        job.begin()?;
        let imports = self.inner.clone();
        self.inner.runtime.spawn(async move {
            let _turn = imports.turn.lock().await;
            run::run(&job, &imports.peers).await;
        });
        Ok(())
    }

    /// Stops it where it is.
    ///
    /// # Errors
    /// 404.
    pub(crate) fn cancel(&self, id: Uuid) -> Result<(), Problem> {
        self.job(id).map(|job| job.cancel())
    }

    /// How far it is.
    ///
    /// # Errors
    /// 404.
    pub(crate) fn status(&self, id: Uuid) -> Result<Status, Problem> {
        self.job(id).map(|job| job.status())
    }

    /// What is wrong with its rows, the first ones.
    ///
    /// # Errors
    /// 404.
    pub(crate) fn bad_rows(&self, id: Uuid) -> Result<Vec<BadRow>, Problem> {
        self.job(id).map(|job| job.bad_rows())
    }

    /// All that are remembered, the latest first.
    pub(crate) fn all(&self) -> Vec<Status> {
        let jobs = self.inner.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Status> = jobs.values().map(|job| job.status()).collect();
        all.sort_by_key(|status| std::cmp::Reverse(status.began_ms));
        all
    }

    fn job(&self, id: Uuid) -> Result<Arc<Job>, Problem> {
        let jobs = self.inner.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = "This catalog knows of no such import: it was restarted meanwhile, or the import is long over.";
        jobs.get(&id).cloned().ok_or_else(|| Problem::definite(404, "no-such-import", gone))
    }
}

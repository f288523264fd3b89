//! The handle on a replica's writer, for everyone who wants something written or wants to know how far it is.

use crate::readers::Readers;
use crate::stored::{Command, Reply, Stored};
use crate::writer::Work;
use journal::{ActorId, Frozen, Heads, Held, Reach, Run, Tail};
use rusqlite::ErrorCode;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use wire::Problem;

/// What the last commit left: shown to peers, operators and waiting buyers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Who this replica is; unknown while it finds out.
    pub me: Option<ActorId>,
    /// What it holds of all journals.
    pub held: Held,
}

impl Published {
    /// The number of the last entry held of `actor`.
    pub fn seq(&self, actor: ActorId) -> u64 {
        self.held.head(actor).seq
    }
}

/// Why something was not written. In every case nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The disk is full.
    #[error("the disk is full; nothing was written")]
    Full,
    /// The queue is full.
    #[error("more is asked than can be written; try again in a moment")]
    Busy,
    /// The replica is stopping.
    #[error("this replica is stopping")]
    Stopping,
    /// This replica's own actor may not write any more.
    #[error(
        "this replica takes nothing on any more: {0}; start it again, and it goes on as a new one that owns nothing"
    )]
    Ended(String),
    /// Entries of another replica that can't be taken.
    #[error("the entries can't be taken: {0}")]
    NotTaken(String),
}

/// Ends the process: the database can't be read or written any more, and the supervisor starts another one.
pub fn end_with_the_database(error: &rusqlite::Error) -> ! {
    tracing::error!(%error, "the database can't be used any more; this process ends");
    std::process::exit(1);
}

impl WriteError {
    /// What is left to say when the database can't be written.
    ///
    /// A full disk leaves a shop that can be looked at. Anything else ends the process, since nobody can tell what an
    /// fsync that failed has left behind: the supervisor starts it again, and it reads what is really on disk.
    pub fn of_disk(error: &rusqlite::Error) -> Self {
        if error.sqlite_error_code() == Some(ErrorCode::DiskFull) {
            tracing::error!(%error, "the disk is full: nothing was written, nothing was lost; free some space");
            return Self::Full;
        }
        end_with_the_database(error)
    }

    /// The refusal as it is shown to callers.
    pub fn problem(&self) -> Problem {
        let (status, kind) = match self {
            Self::Full => (507, "disk-full"),
            Self::Busy => (503, "busy"),
            Self::Stopping => (503, "stopping"),
            Self::Ended(_) => (503, "ended"),
            Self::NotTaken(_) => (422, "not-taken"),
        };
        Problem::definite(status, kind, self.to_string())
    }
}

/// A handle on one replica; cheap to clone.
pub struct Replica<M: Stored> {
    pub(crate) queue: mpsc::Sender<Work<M>>,
    pub(crate) published: watch::Receiver<Arc<Published>>,
    pub(crate) readers: Readers,
    /// Published entries of this replica's own; `None` until it knows who it is.
    pub(crate) tail: Arc<Mutex<Option<Tail>>>,
    pub(crate) peers: Arc<Mutex<Peers>>,
    pub(crate) reached: watch::Sender<()>,
}

/// What the peers last said of themselves.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    reach: Reach,
    actors: BTreeMap<String, ActorId>,
}

impl<M: Stored> Clone for Replica<M> {
    fn clone(&self) -> Self {
        Self {
            queue: self.queue.clone(),
            published: self.published.clone(),
            readers: self.readers.clone(),
            tail: self.tail.clone(),
            peers: self.peers.clone(),
            reached: self.reached.clone(),
        }
    }
}

impl<M: Stored> Replica<M> {
    /// Asks for one command; the answer comes when its batch is on disk.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn ask(&self, command: Command<M>) -> Result<Reply<M>, WriteError> {
        let (answer, answered) = oneshot::channel();
        self.enqueue(Work::Command(command, answer))?;
        answered.await.unwrap_or(Err(WriteError::Stopping))
    }

    /// Takes what is new of entries that others wrote.
    ///
    /// # Errors
    /// See [`WriteError`]; a gap is none: what was taken shows in [`Published::held`].
    pub async fn absorb(&self, runs: Vec<Run>) -> Result<(), WriteError> {
        if runs.is_empty() {
            return Ok(());
        }
        let (answer, answered) = oneshot::channel();
        self.enqueue(Work::Absorb(runs, answer))?;
        answered.await.unwrap_or(Err(WriteError::Stopping))
    }

    /// Waits until everything that was asked for before is on disk, or refused.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn settled(&self) -> Result<(), WriteError> {
        let (answer, answered) = oneshot::channel();
        self.enqueue(Work::Absorb(Vec::new(), answer))?;
        answered.await.unwrap_or(Err(WriteError::Stopping))
    }

    /// Freezes actors that a peer found to be written twice.
    pub(crate) fn freeze(&self, frozen: Frozen) {
        let known = self.published();
        for (actor, why) in frozen.into_iter().filter(|(actor, _)| !known.held.frozen.contains_key(actor)) {
            // A full queue loses nothing: the peer tells again in a second.
            drop(self.enqueue(Work::Freeze(actor, why)));
        }
    }

    /// Lets the writer finish what it has accepted, and nothing more. Everyone who follows sees the end.
    pub async fn stop(&self) {
        // A queue that is closed has been told before.
        drop(self.queue.send(Work::Stop).await);
    }

    fn enqueue(&self, work: Work<M>) -> Result<(), WriteError> {
        self.queue.try_send(work).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => WriteError::Busy,
            mpsc::error::TrySendError::Closed(_) => WriteError::Stopping,
        })
    }

    /// What the last commit left.
    pub fn published(&self) -> Arc<Published> {
        self.published.borrow().clone()
    }

    /// Follows what commits leave.
    pub fn follow(&self) -> watch::Receiver<Arc<Published>> {
        self.published.clone()
    }

    /// Connections that read.
    pub fn readers(&self) -> &Readers {
        &self.readers
    }

    pub(crate) fn tail(&self) -> MutexGuard<'_, Option<Tail>> {
        self.tail.lock().expect("nothing panics while it holds the lock")
    }

    fn peers(&self) -> MutexGuard<'_, Peers> {
        self.peers.lock().expect("nothing panics while it holds the lock")
    }

    /// How far `peer` is known to hold the journal of `actor`.
    pub fn held_by(&self, peer: &str, actor: ActorId) -> u64 {
        self.peers().reach.held_by(peer, actor)
    }

    /// How many of `peers` are known to hold entry `seq` of `actor`.
    pub fn copies<'a>(&self, peers: impl Iterator<Item = &'a str>, actor: ActorId, seq: u64) -> usize {
        self.peers().reach.copies(peers, actor, seq)
    }

    /// Who `peer` writes as, where it has been heard of since this process started.
    pub fn actor_of(&self, peer: &str) -> Option<ActorId> {
        self.peers().actors.get(peer).copied()
    }

    /// Waits until all of `peers` hold entry `seq` of `actor`, or `patience` is over.
    pub async fn copied(&self, peers: &[String], actor: ActorId, seq: u64, patience: Duration) {
        let mut reached = self.reached.subscribe();
        let everyone = || self.copies(peers.iter().map(String::as_str), actor, seq) == peers.len();
        let wait = async { while !everyone() && reached.changed().await.is_ok() {} };
        // What is known when the patience is over is what the answer says.
        drop(tokio::time::timeout(patience, wait).await);
    }

    /// Notes the heads that `peer` reported, and who it writes as where it said so.
    pub(crate) fn report(&self, peer: &str, me: Option<ActorId>, heads: &Heads) {
        let mut peers = self.peers();
        peers.reach.report(peer, heads);
        if let Some(me) = me {
            peers.actors.insert(peer.to_owned(), me);
        }
        drop(peers);
        self.reached.send_replace(());
    }
}

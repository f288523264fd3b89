//! The one writer: a batch is whatever queued while the last one was committed, one transaction each.
//!
//! Digests, hints and where the replica stands change with the commit, before anyone is told: whoever compares afterwards finds what was answered.

use crate::digests::Digests;
use crate::machine::{Batch, Change};
use crate::standing::{Me, News, NotTaken, Standing};
use crate::store;
use crdt::{Actor, Content, Context};
use quorum::Hints;
use replica::{Database, EndWithTheWriter, Readers, WriteError};
use rusqlite::Connection;
use serve::clock;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot, watch};
use wire::cart::{Digest, Epoch, Forget, Key, Merge, Merged, Places};

/// The most pieces of work in one transaction: bounds how long the first of them waits.
const MOST: usize = 256;
/// Work that waits; more is refused.
const QUEUE: usize = 4096;

type Answer<T> = oneshot::Sender<Result<T, WriteError>>;

enum Work {
    Merge(Vec<Merge>, Answer<Vec<Merged>>),
    Put(Box<Put>, Answer<Result<Context, String>>),
    Forget(Vec<Forget>, Option<Epoch>, Answer<()>),
    Learn(Box<News>, Answer<Learnt>),
    Stop,
}

struct Put {
    key: Key,
    context: Context,
    object: Content,
    stamp: u64,
}

/// Where the replica stands after it has heard something.
type Learnt = Result<Option<Arc<Standing>>, NotTaken>;

/// What this replica owes others, by their names.
pub(crate) type Owed = Hints<String, Key>;

/// The objects of one replica. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Objects {
    queue: mpsc::Sender<Work>,
    readers: Readers,
    digests: Arc<Mutex<Digests>>,
    owed: Arc<Mutex<Owed>>,
    standing: watch::Receiver<Option<Arc<Standing>>>,
}

impl Objects {
    /// Starts the writer of the replica `me` on a thread of its own; it works until [`Objects::stop`]. `actor` is whom a
    /// `put` is written by: random, and new at each start, so that no dot is ever used twice, whatever became of the data.
    ///
    /// # Errors
    /// When the objects can't be read.
    pub(crate) fn start(database: Database, me: Me, actor: Actor) -> rusqlite::Result<(Self, JoinHandle<()>)> {
        let mut digests = Digests::default();
        store::each_digest(&database.writer, |bucket, key, state| digests.add(bucket, key, state))?;
        let (stands, standing) = watch::channel(store::standing(&database.writer)?.map(Arc::new));
        let (queue, work) = mpsc::channel(QUEUE);
        let readers = database.readers.clone();
        let objects = Self { queue, readers, digests: Arc::new(Mutex::new(digests)), owed: Arc::default(), standing };
        let (digests, owed) = (objects.digests.clone(), objects.owed.clone());
        let writer = Writer { database, me, actor, digests, owed, stands };
        Ok((objects, std::thread::spawn(move || writer.run(work))))
    }

    /// Joins states that others have, in one transaction.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub(crate) async fn merge(&self, merges: Vec<Merge>) -> Result<Vec<Merged>, WriteError> {
        self.ask(|answer| Work::Merge(merges, answer)).await
    }

    /// Puts an object in the place of what its writer had seen. `Err` within `Ok` is a refusal that names a field.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub(crate) async fn put(
        &self,
        key: Key,
        context: Context,
        object: Content,
        stamp: u64,
    ) -> Result<Result<Context, String>, WriteError> {
        let put = Box::new(Put { key, context, object, stamp });
        self.ask(|answer| Work::Put(put, answer)).await
    }

    /// Forgets objects that are still in these states, as long as the layouts are those of `epoch`, if one is named.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub(crate) async fn forget(&self, states: Vec<Forget>, epoch: Option<Epoch>) -> Result<(), WriteError> {
        self.ask(|answer| Work::Forget(states, epoch, answer)).await
    }

    /// Takes news of layouts, and says where the replica stands afterwards.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub(crate) async fn learn(&self, news: News) -> Result<Learnt, WriteError> {
        self.ask(|answer| Work::Learn(Box::new(news), answer)).await
    }

    /// Where the replica stands; `None` while it knows of no layout.
    pub(crate) fn standing(&self) -> Option<Arc<Standing>> {
        self.standing.borrow().clone()
    }

    /// Takes nothing more on; the thread ends when what was accepted is on disk.
    pub(crate) async fn stop(&self) {
        // Where the writer is gone already, there is nothing left to finish.
        let _ = self.queue.send(Work::Stop).await;
    }

    /// What looks at the data.
    pub(crate) fn readers(&self) -> &Readers {
        &self.readers
    }

    /// What is compared with others.
    pub(crate) fn digests(&self) -> MutexGuard<'_, Digests> {
        locked(&self.digests)
    }

    /// What others are owed.
    pub(crate) fn owed(&self) -> MutexGuard<'_, Owed> {
        locked(&self.owed)
    }

    async fn ask<T>(&self, work: impl FnOnce(Answer<T>) -> Work) -> Result<T, WriteError> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(work(answer)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => WriteError::Busy,
            mpsc::error::TrySendError::Closed(_) => WriteError::Stopping,
        })?;
        answered.await.unwrap_or(Err(WriteError::Stopping))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it holds the lock")
}

/// What a piece of work was told, to be passed on once it is on disk.
enum Told {
    Merged(Vec<Merged>, Answer<Vec<Merged>>),
    Put(Result<Context, String>, Answer<Result<Context, String>>),
    Forgotten(Answer<()>),
    Learnt(Learnt, Answer<Learnt>),
}

struct Writer {
    database: Database,
    me: Me,
    actor: Actor,
    digests: Arc<Mutex<Digests>>,
    owed: Arc<Mutex<Owed>>,
    stands: watch::Sender<Option<Arc<Standing>>>,
}

impl Writer {
    fn run(mut self, mut queue: mpsc::Receiver<Work>) {
        let _ends = EndWithTheWriter;
        let mut work = Vec::with_capacity(MOST);
        while queue.blocking_recv_many(&mut work, MOST) > 0 {
            if work.iter().any(|work| matches!(work, Work::Stop)) {
                queue.close();
            }
            metrics::histogram!("cart_batch_size").record(u32::try_from(work.len()).unwrap_or(u32::MAX));
            self.commit(std::mem::take(&mut work));
        }
        replica::fold_log(&self.database.writer);
    }

    /// One transaction: look up, decide, store. What can't be committed has changed nothing, and everyone is told so.
    fn commit(&mut self, work: Vec<Work>) {
        let mut owed = Vec::new();
        let looked_up = look_up(&self.database.writer, &work, self.stands.borrow().clone());
        // A look that fails ends the process: there is nobody left to be told.
        let mut batch = looked_up.unwrap_or_else(|error| replica::end_with_the_database(&error));
        let told: Vec<Told> = work.into_iter().filter_map(|work| self.decide(&mut batch, work, &mut owed)).collect();
        let standing = batch.new_standing();
        let changes = batch.changes();
        match self.store(&changes, standing.as_deref()) {
            Ok(after) => {
                self.compare_from_now_on(&changes, &after);
                self.owe(owed);
                if standing.is_some() {
                    self.stands.send_replace(standing);
                }
                for told in told {
                    told.pass_on();
                }
            }
            Err(error) => {
                let error = WriteError::of_disk(&error);
                for told in told {
                    told.refuse(&error);
                }
            }
        }
    }

    fn decide(&self, batch: &mut Batch, work: Work, owed: &mut Vec<(String, Key)>) -> Option<Told> {
        match work {
            Work::Merge(merges, answer) => {
                let mut outcomes = Vec::with_capacity(merges.len());
                for Merge { key, object, owed: missing, epoch } in merges {
                    let outcome = batch.merge(&key, &object, epoch);
                    if outcome == Merged::Stored {
                        owed.extend(missing.into_iter().map(|missing| (missing, key.clone())));
                    }
                    outcomes.push(outcome);
                }
                Some(Told::Merged(outcomes, answer))
            }
            Work::Put(put, answer) => {
                let seen = batch.put(&put.key, self.actor, &put.context, &put.object, put.stamp);
                if seen.is_ok() {
                    let others = batch.others(&put.key, self.me.name.as_str());
                    owed.extend(others.into_iter().map(|missing| (missing, put.key.clone())));
                }
                Some(Told::Put(seen, answer))
            }
            Work::Forget(states, epoch, answer) => {
                for forget in &states {
                    batch.forget(forget, epoch);
                }
                Some(Told::Forgotten(answer))
            }
            Work::Learn(news, answer) => Some(Told::Learnt(batch.learn(*news, &self.me), answer)),
            Work::Stop => None,
        }
    }

    fn store(&mut self, changes: &[Change], standing: Option<&Standing>) -> rusqlite::Result<Vec<Option<Digest>>> {
        let transaction = self.database.writer.transaction()?;
        let after = store::save(&transaction, changes, clock::now_ms())?;
        standing.map_or(Ok(()), |standing| store::stand(&transaction, standing))?;
        transaction.commit()?;
        Ok(after)
    }

    fn compare_from_now_on(&self, changes: &[Change], after: &[Option<Digest>]) {
        let mut digests = locked(&self.digests);
        for (change, after) in changes.iter().zip(after) {
            let bucket = Places::bucket_of(&change.key);
            if let Some(before) = &change.before {
                digests.take_away(bucket, &change.key, before);
            }
            if let Some(after) = after {
                digests.add(bucket, &change.key, after);
            }
        }
    }

    fn owe(&self, owed: Vec<(String, Key)>) {
        let mut hints = locked(&self.owed);
        for (missing, key) in owed {
            // Where there is no room for more, comparing finds it.
            hints.note(missing, key);
        }
    }
}

impl Work {
    /// The objects that it is about.
    fn keys(&self) -> Vec<&Key> {
        match self {
            Self::Merge(merges, _) => merges.iter().map(|merge| &merge.key).collect(),
            Self::Put(put, _) => vec![&put.key],
            Self::Forget(states, ..) => states.iter().map(|forget| &forget.key).collect(),
            Self::Learn(..) | Self::Stop => Vec::new(),
        }
    }
}

fn look_up(objects: &Connection, work: &[Work], standing: Option<Arc<Standing>>) -> rusqlite::Result<Batch> {
    let mut batch = Batch::begin(standing);
    for key in work.iter().flat_map(Work::keys) {
        if !batch.knows(key) {
            batch.load(key.clone(), store::load(objects, key)?);
        }
    }
    Ok(batch)
}

impl Told {
    // An asker who has gone away misses nothing.
    fn pass_on(self) {
        match self {
            Self::Merged(merged, answer) => drop(answer.send(Ok(merged))),
            Self::Put(seen, answer) => drop(answer.send(Ok(seen))),
            Self::Forgotten(answer) => drop(answer.send(Ok(()))),
            Self::Learnt(learnt, answer) => drop(answer.send(Ok(learnt))),
        }
    }

    fn refuse(self, error: &WriteError) {
        match self {
            Self::Merged(_, answer) => drop(answer.send(Err(error.clone()))),
            Self::Put(_, answer) => drop(answer.send(Err(error.clone()))),
            Self::Forgotten(answer) => drop(answer.send(Err(error.clone()))),
            Self::Learnt(_, answer) => drop(answer.send(Err(error.clone()))),
        }
    }
}

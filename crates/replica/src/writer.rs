//! The one writer: a batch is whatever queued while the last one was committed.
//!
//! Take what arrived, load, decide; store and journal in one transaction; then the witness; only then do answers leave.
//! A batch that could not be committed has changed nothing and tells everyone so. What is decided is `journal`'s and the
//! tier's.

use crate::replica::{Published, WriteError};
use crate::stored::{Command, Reply, Stored};
use crate::{store, witness::WitnessFile};
use journal::{ActorId, Draft, Held, Operation, Run, Tail};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::sync::{mpsc, oneshot, watch};

/// The most pieces of work in one transaction: bounds how long the first of them waits.
const MOST: usize = 1024;

pub(crate) type Answer<T> = oneshot::Sender<Result<T, WriteError>>;

/// One piece of work for the writer.
pub(crate) enum Work<M: Stored> {
    /// A command of the tier.
    Command(Command<M>, Answer<Reply<M>>),
    /// Entries of other replicas.
    Absorb(Vec<Run>, Answer<()>),
    /// An actor that somebody found to be written twice, and why.
    Freeze(ActorId, String),
    /// Nothing more is taken on; what was accepted is finished.
    Stop,
}

/// What queued: the questions, and who waits for the answers.
struct Batch<M: Stored> {
    commands: Vec<Command<M>>,
    askers: Vec<Answer<Reply<M>>>,
    runs: Vec<Vec<Run>>,
    senders: Vec<Answer<()>>,
    freezes: BTreeMap<ActorId, String>,
    stop: bool,
}

/// The answers of a committed batch, in the order of the questions.
struct Answers<M: Stored> {
    replies: Vec<Result<Reply<M>, WriteError>>,
    taken: Vec<Result<(), WriteError>>,
}

pub(crate) struct Writer<M: Stored> {
    pub(crate) tables: M,
    pub(crate) database: Connection,
    pub(crate) witness: WitnessFile,
    /// What was written here last, for peers that keep up.
    pub(crate) tail: Arc<Mutex<Option<Tail>>>,
    pub(crate) me: ActorId,
    pub(crate) published: watch::Sender<Arc<Published>>,
}

impl<M: Stored> Writer<M> {
    /// Works until it is told to stop and the queue is empty.
    pub(crate) fn run(mut self, mut queue: mpsc::Receiver<Work<M>>) {
        let mut work = Vec::with_capacity(MOST);
        // An empty batch opens the journal of a new incarnation before anyone asks for anything.
        if let Err(error) = self.commit(&mut Batch::of(std::iter::empty())) {
            WriteError::of_disk(&error);
        }
        while queue.blocking_recv_many(&mut work, MOST) > 0 {
            let started = Instant::now();
            metrics::histogram!("journal_batch_size").record(u32::try_from(work.len()).unwrap_or(u32::MAX));
            let mut batch = Batch::of(work.drain(..));
            if batch.stop {
                queue.close();
            }
            match self.commit(&mut batch) {
                Ok(answers) => batch.answer(answers),
                Err(error) => batch.refuse(&WriteError::of_disk(&error)),
            }
            metrics::histogram!("journal_commit_seconds").record(started.elapsed());
        }
        fold_log(&self.database);
    }

    fn commit(&mut self, batch: &mut Batch<M>) -> rusqlite::Result<Answers<M>> {
        let before = self.published.borrow().clone();
        let mut draft = Draft::new(self.me, before.held.clone());
        for (actor, why) in std::mem::take(&mut batch.freezes) {
            draft.freeze(actor, why);
        }
        // Everything a batch reads and writes. Without anything to store it takes no lock and touches no disk; dropped,
        // it is rolled back.
        let database = self.database.transaction()?;
        let mut taken = Vec::with_capacity(batch.runs.len());
        for runs in batch.runs.drain(..) {
            taken.push(take(&mut draft, &database, &runs)?);
        }
        let commands = std::mem::take(&mut batch.commands);
        if let Some((why, held)) = draft.end(&before.held) {
            store::save_ends(&database, &before.held, &held)?;
            database.commit()?;
            self.publish(held);
            return Ok(Answers::ended(&why, commands.len(), taken.len()));
        }
        let mut machine = self.tables.load(&database, self.me, &commands, draft.arrived())?;
        let decided = journal::decide(&mut machine, draft, || self.tables.opening(), commands);
        self.tables.save(&database, &machine)?;
        store::append(&database, &decided.entries)?;
        store::save_ends(&database, &before.held, &decided.held)?;
        database.commit()?;
        if let Some(witness) = decided.witness {
            // Nobody may see an entry that a lost disk could take back unnoticed.
            if let Err(error) = self.witness.write(&witness) {
                tracing::error!(%error, "the witness can't be written; this process ends before anyone hears of its last batch");
                std::process::exit(1);
            }
        }
        if let Some(tail) = self.tail.lock().expect("nothing panics while it holds the lock").as_mut() {
            let others = decided.entries.len() - decided.own;
            tail.extend(decided.entries.into_iter().skip(others));
        }
        self.publish(decided.held);
        self.tables.committed(machine);
        Ok(Answers { replies: decided.replies.into_iter().map(Ok).collect(), taken })
    }

    fn publish(&self, held: Held) {
        let shown = self.published.borrow().clone();
        if shown.me.is_none() || (&shown.held.frozen, &shown.held.retired) != (&held.frozen, &held.retired) {
            show_ends(self.me, &held);
        }
        self.published.send_replace(Arc::new(Published { me: Some(self.me), held }));
    }
}

/// Folds the log into the database, so that the next start is quick. Closing would not do it: the readers have the database
/// open for as long as anyone may still ask.
pub fn fold_log(database: &Connection) {
    let folded = database.query_row("pragma wal_checkpoint(truncate)", (), |row| row.get::<_, bool>(0));
    if !matches!(folded, Ok(false)) {
        tracing::warn!(?folded, "the database's log is not folded in; the next start reads it");
    }
}

/// Whose journals have ended, as Prometheus asks for it: whoever is not zero here wants an operator.
fn show_ends(me: ActorId, held: &Held) {
    let count = |actors: usize| f64::from(u32::try_from(actors).unwrap_or(u32::MAX));
    metrics::gauge!("journal_frozen_actors").set(count(held.frozen.len()));
    metrics::gauge!("journal_retired_actors").set(count(held.retired.len()));
    metrics::gauge!("journal_own_actor_ended").set(f64::from(u8::from(held.has_ended(me))));
}

/// Takes what is new of `runs`; a run that can't be taken leaves the others alone.
fn take<O: Operation>(
    draft: &mut Draft<O>,
    database: &Connection,
    runs: &[Run],
) -> rusqlite::Result<Result<(), WriteError>> {
    let mut verdict = Ok(());
    for run in runs {
        let held = match draft.compares(run) {
            Some((actor, seq)) => store::hash_at(database, actor, seq)?,
            None => None,
        };
        if let Err(error) = draft.take(run, held) {
            verdict = Err(WriteError::NotTaken(error.to_string()));
        }
    }
    Ok(verdict)
}

impl<M: Stored> Answers<M> {
    fn ended(why: &str, replies: usize, taken: usize) -> Self {
        let ended = WriteError::Ended(why.to_owned());
        let replies = (0..replies).map(|_| Err(ended.clone())).collect();
        Self { replies, taken: vec![Err(ended); taken] }
    }
}

impl<M: Stored> Batch<M> {
    fn of(work: impl Iterator<Item = Work<M>>) -> Self {
        let mut batch = Self {
            commands: Vec::new(),
            askers: Vec::new(),
            runs: Vec::new(),
            senders: Vec::new(),
            freezes: BTreeMap::new(),
            stop: false,
        };
        for work in work {
            match work {
                Work::Command(command, asker) => {
                    batch.commands.push(command);
                    batch.askers.push(asker);
                }
                Work::Absorb(runs, sender) => {
                    batch.runs.push(runs);
                    batch.senders.push(sender);
                }
                Work::Stop => batch.stop = true,
                Work::Freeze(actor, why) => {
                    batch.freezes.entry(actor).or_insert(why);
                }
            }
        }
        batch
    }

    /// An asker that has gone away meanwhile misses its answer; what was decided stands.
    fn answer(self, answers: Answers<M>) {
        for (asker, reply) in self.askers.into_iter().zip(answers.replies) {
            drop(asker.send(reply));
        }
        for (sender, taken) in self.senders.into_iter().zip(answers.taken) {
            drop(sender.send(taken));
        }
    }

    fn refuse(self, error: &WriteError) {
        for asker in self.askers {
            drop(asker.send(Err(error.clone())));
        }
        for sender in self.senders {
            drop(sender.send(Err(error.clone())));
        }
    }
}

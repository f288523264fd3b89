//! A replica's data in memory, and the commit of a batch to it: what `crates/replica` does with SQLite and the witness
//! file, without either.
//!
//! What is decided is the product's (`journal`, `stock`, `orders`); here is only where it is kept. A disk can be copied,
//! put back, lost and filled.

use journal::{ActorId, Arrived, Draft, Entry, Hash, Held, Machine, Run, Witness};
use std::collections::BTreeMap;

/// A tier's tables in memory, as `replica::Stored` are those in SQLite.
pub trait Tables {
    /// What one batch works on, and what decides.
    type Machine: Machine;
    /// The fold of the journals.
    type Fold: Clone + Default;

    /// Loads what a batch will touch.
    fn load(
        &self,
        fold: &Self::Fold,
        me: ActorId,
        now_ms: u64,
        commands: &[Command<Self>],
        arrived: &[Arrived<Op<Self>>],
    ) -> Self::Machine;

    /// Stores what a batch changed.
    ///
    /// # Errors
    /// What must not be stored, in a sentence: a fault in the product, never an event of the shop.
    fn save(&self, fold: &mut Self::Fold, me: ActorId, batch: &Self::Machine) -> Result<(), String>;

    /// The entry that opens the journal of a new incarnation.
    fn opening(&self) -> Op<Self>;
}

/// What a journal entry of a tier says.
pub type Op<T> = <<T as Tables>::Machine as Machine>::Op;
/// What may be asked of a tier's writer.
pub type Command<T> = <<T as Tables>::Machine as Machine>::Command;
/// What it answers.
pub type Reply<T> = <<T as Tables>::Machine as Machine>::Reply;

/// A replica's data.
pub struct Disk<M: Tables> {
    /// Who writes here.
    pub identity: Option<ActorId>,
    /// How far each journal is held, and whose have ended.
    pub held: Held,
    /// The entries, by actor, dense from 1.
    pub journals: BTreeMap<ActorId, Vec<Entry>>,
    /// What they come to.
    pub fold: M::Fold,
}

impl<M: Tables> Clone for Disk<M> {
    fn clone(&self) -> Self {
        let Self { identity, held, journals, fold } = self;
        Self { identity: *identity, held: held.clone(), journals: journals.clone(), fold: fold.clone() }
    }
}

impl<M: Tables> Default for Disk<M> {
    fn default() -> Self {
        let (held, journals, fold) = (Held::default(), BTreeMap::new(), M::Fold::default());
        Self { identity: None, held, journals, fold }
    }
}

/// What a commit came to.
pub enum Committed<R> {
    /// It is on disk. Nobody may hear of it before the witness is, too.
    Done {
        /// The answers, in the order of the commands.
        replies: Vec<R>,
        /// What the witness must say; `None` where nothing was written.
        witness: Option<Witness>,
    },
    /// This replica's actor has ended, and nothing was decided; why, in a sentence.
    Ended(String),
}

impl<M: Tables> Disk<M> {
    /// The hash held at entry `seq` of `actor`.
    pub fn hash_at(&self, actor: ActorId, seq: u64) -> Option<Hash> {
        if seq == 0 {
            return Some(journal::Head::genesis(actor).hash);
        }
        let index = usize::try_from(seq - 1).ok()?;
        self.journals.get(&actor)?.get(index).map(|entry| entry.head.hash)
    }

    /// At most `most` entries of `actor` after entry `held`; `None` where there are none.
    pub fn run_after(&self, actor: ActorId, held: u64, most: usize) -> Option<Run> {
        let journal = self.journals.get(&actor)?;
        let from = usize::try_from(held).ok().filter(|from| *from < journal.len())?;
        let entries = &journal[from..journal.len().min(from.saturating_add(most))];
        let after = if from == 0 { journal::Head::genesis(actor) } else { journal[from - 1].head };
        let bodies = entries.iter().map(|entry| entry.body.clone()).collect();
        Some(Run { actor, after, bodies, head: entries.last()?.head })
    }

    /// Commits one batch of the replica that writes here: what `arrived` from others, then the `commands`.
    ///
    /// # Errors
    /// An invariant that the product itself asserts, broken; nothing was stored.
    pub fn commit(
        &mut self,
        tables: &M,
        now_ms: u64,
        arrived: &[Run],
        commands: Vec<Command<M>>,
    ) -> Result<Committed<Reply<M>>, String> {
        let me = self.identity.ok_or("a replica without a name was asked to write")?;
        let mut draft = Draft::new(me, self.held.clone());
        for run in arrived {
            let held = draft.compares(run).and_then(|(actor, seq)| self.hash_at(actor, seq));
            draft.take(run, held).map_err(|error| error.to_string())?;
        }
        if let Some((why, held)) = draft.end(&self.held) {
            self.held = held;
            return Ok(Committed::Ended(why));
        }
        let mut machine = tables.load(&self.fold, me, now_ms, &commands, draft.arrived());
        let decided = journal::decide(&mut machine, draft, || tables.opening(), commands);
        tables.save(&mut self.fold, me, &machine)?;
        for entry in decided.entries {
            self.journals.entry(entry.actor).or_default().push(entry);
        }
        self.held = decided.held;
        Ok(Committed::Done { replies: decided.replies, witness: decided.witness })
    }

    /// Goes on as a new actor, which owns nothing.
    pub fn become_actor(&mut self, actor: ActorId) {
        self.identity = Some(actor);
    }
}

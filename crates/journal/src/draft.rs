//! What a replica is about to take of others' journals: the runs of one batch, one after the other.
//!
//! Pure: what is held on disk is looked up by the caller. Here is decided what is new, what is refused, and who is not
//! believed any more.

use crate::{Absorbed, ActorId, Arrived, Entry, Hash, Head, Heads, Run, absorb};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// Actors whose journals are not believed any more, and why.
pub type Frozen = BTreeMap<ActorId, String>;

/// Entries that can't be taken. Nothing of their run was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Damaged on the way.
    #[error("its bodies do not lead to its hash")]
    Damaged,
    /// Written by a later version, or not by this tier.
    #[error("entry {seq} of {actor} can't be read: {why}")]
    Unreadable {
        /// Who wrote it.
        actor: ActorId,
        /// Its number.
        seq: u64,
        /// What is wrong with it.
        why: String,
    },
}

/// The journals as they will be after the batch, as far as others wrote them.
#[derive(Debug)]
pub struct Draft<O> {
    me: ActorId,
    pub(crate) heads: Heads,
    frozen: Frozen,
    pub(crate) entries: Vec<Entry>,
    pub(crate) arrived: Vec<Arrived<O>>,
}

impl<O: DeserializeOwned> Draft<O> {
    /// Nothing new yet, for the replica that writes as `me` and holds journals as far as `heads`.
    pub fn new(me: ActorId, heads: Heads, frozen: Frozen) -> Self {
        Self { me, heads, frozen, entries: Vec::new(), arrived: Vec::new() }
    }

    /// Who takes.
    pub fn me(&self) -> ActorId {
        self.me
    }

    /// What was taken, in order.
    pub fn arrived(&self) -> &[Arrived<O>] {
        &self.arrived
    }

    /// Who is not believed, this batch included.
    pub fn frozen(&self) -> &Frozen {
        &self.frozen
    }

    /// Whether this replica's own actor was written by two processes: then nothing is decided any more.
    pub fn is_frozen(&self) -> bool {
        self.frozen.contains_key(&self.me)
    }

    /// The entry held before this batch whose hash [`Self::take`] wants to know for `run`; `None` where it wants none.
    pub fn compares(&self, run: &Run) -> Option<(ActorId, u64)> {
        (run.head.seq < self.head(run.actor).seq).then_some((run.actor, run.head.seq))
    }

    /// Takes what is new of `run`; `held` is the hash on disk at the place that [`Self::compares`] names.
    ///
    /// # Errors
    /// [`NotTaken`]; what was taken of other runs stays.
    pub fn take(&mut self, run: &Run, held: Option<Hash>) -> Result<(), NotTaken> {
        if self.frozen.contains_key(&run.actor) {
            return Ok(());
        }
        let known = self.entries.iter().find(|entry| entry.actor == run.actor && entry.head.seq == run.head.seq);
        match absorb(run, self.head(run.actor), held.or(known.map(|entry| entry.head.hash))) {
            // Entries under my name that I did not write: somebody works on a copy of my data.
            Absorbed::New(entries) if run.actor == self.me && !entries.is_empty() => {
                let seq = run.head.seq;
                self.freeze(run.actor, format!("another process writes as this actor, up to entry {seq}"));
                Ok(())
            }
            Absorbed::New(entries) => self.add(entries),
            Absorbed::Gap => Ok(()),
            Absorbed::Fork { seq } => {
                self.freeze(run.actor, format!("it has two different entries {seq}"));
                Ok(())
            }
            Absorbed::Corrupt => Err(NotTaken::Damaged),
        }
    }

    /// Believes nothing of `actor` from now on; the first reason stays.
    pub fn freeze(&mut self, actor: ActorId, why: String) {
        self.frozen.entry(actor).or_insert(why);
    }

    fn head(&self, actor: ActorId) -> Head {
        self.heads.get(&actor).copied().unwrap_or_else(|| Head::genesis(actor))
    }

    fn add(&mut self, entries: Vec<Entry>) -> Result<(), NotTaken> {
        let read = |entry: &Entry| {
            let (actor, seq) = (entry.actor, entry.head.seq);
            let op = entry.body.read();
            let op = op.map_err(|error| NotTaken::Unreadable { actor, seq, why: error.to_string() })?;
            Ok(Arrived { actor, seq, op })
        };
        let arrived = entries.iter().map(read).collect::<Result<Vec<_>, NotTaken>>()?;
        self.arrived.extend(arrived);
        for entry in &entries {
            self.heads.insert(entry.actor, entry.head);
        }
        self.entries.extend(entries);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Body;

    const ME: ActorId = ActorId::from_bits(1);
    const OTHER: ActorId = ActorId::from_bits(2);

    fn run(actor: ActorId, numbers: &[u64]) -> Run {
        let bodies = numbers.iter().map(|n| Body::write(n).expect("a number is JSON")).collect();
        Run::following(actor, Head::genesis(actor), bodies)
    }

    fn draft() -> Draft<u64> {
        Draft::new(ME, Heads::new(), Frozen::new())
    }

    #[test]
    fn runs_of_one_batch_follow_each_other() {
        let mut draft = draft();
        assert_eq!(draft.take(&run(OTHER, &[1, 2]), None), Ok(()));
        assert_eq!(draft.take(&run(OTHER, &[1, 2, 3]), None), Ok(()));
        assert_eq!(draft.arrived().iter().map(|entry| entry.op).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(draft.heads[&OTHER], run(OTHER, &[1, 2, 3]).head);
    }

    #[test]
    fn two_histories_of_one_actor_in_one_batch_freeze_it_and_nobody_else() {
        let mut draft = draft();
        assert_eq!(draft.take(&run(OTHER, &[1, 2]), None), Ok(()));
        assert_eq!(draft.take(&run(OTHER, &[1, 9]), None), Ok(()));
        assert_eq!(draft.frozen().keys().collect::<Vec<_>>(), [&OTHER]);
        assert!(!draft.is_frozen());
        assert_eq!(draft.take(&run(OTHER, &[1, 2, 3]), None), Ok(()));
        assert_eq!(draft.arrived().len(), 2, "nothing more of it is believed");
    }

    #[test]
    fn entries_under_the_own_name_that_were_not_written_here_freeze_this_replica() {
        let mut draft = draft();
        assert_eq!(draft.take(&run(ME, &[1]), None), Ok(()));
        assert!(draft.is_frozen());
        assert!(draft.arrived().is_empty());
    }

    #[test]
    fn a_run_that_can_not_be_read_leaves_the_others_alone() {
        let mut draft = draft();
        let body = Body::write(&"no number").expect("a text is JSON");
        let unreadable = Run::following(OTHER, Head::genesis(OTHER), vec![body]);
        assert!(matches!(draft.take(&unreadable, None), Err(NotTaken::Unreadable { seq: 1, .. })));
        assert_eq!(draft.take(&run(ActorId::from_bits(3), &[7]), None), Ok(()));
        assert_eq!(draft.arrived().len(), 1);
        assert!(!draft.heads.contains_key(&OTHER));
    }
}

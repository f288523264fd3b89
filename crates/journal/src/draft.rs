//! What a replica is about to take of others' journals: the runs of one batch, one after the other.
//!
//! Pure: what is held on disk is looked up by the caller. Here is decided what is new, what is refused, and who is not
//! believed any more.

use crate::held::went_on;
use crate::{Absorbed, ActorId, Arrived, Entry, Hash, Held, Operation, Run, absorb};

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
    pub(crate) held: Held,
    pub(crate) entries: Vec<Entry>,
    pub(crate) arrived: Vec<Arrived<O>>,
}

impl<O: Operation> Draft<O> {
    /// Nothing new yet, for the replica that writes as `me` and holds this.
    pub fn new(me: ActorId, held: Held) -> Self {
        Self { me, held, entries: Vec::new(), arrived: Vec::new() }
    }

    /// Who takes.
    pub fn me(&self) -> ActorId {
        self.me
    }

    /// What was taken, in order.
    pub fn arrived(&self) -> &[Arrived<O>] {
        &self.arrived
    }

    /// What is held, this batch included.
    pub fn held(&self) -> &Held {
        &self.held
    }

    /// Where this replica's own actor has ended: why, and what is held then, which is what was held `before` and whose
    /// journals have ended. Nothing else of the batch counts, now and until the replica starts as another actor.
    pub fn end(&self, before: &Held) -> Option<(String, Held)> {
        let why = self.held.end(self.me)?;
        let Held { frozen, retired, .. } = self.held.clone();
        Some((why, Held { heads: before.heads.clone(), frozen, retired }))
    }

    /// The entry held before this batch whose hash [`Self::take`] wants to know for `run`; `None` where it wants none.
    pub fn compares(&self, run: &Run) -> Option<(ActorId, u64)> {
        (run.head.seq < self.held.head(run.actor).seq).then_some((run.actor, run.head.seq))
    }

    /// Takes what is new of `run`; `held` is the hash on disk at the place that [`Self::compares`] names.
    ///
    /// # Errors
    /// [`NotTaken`]; what was taken of other runs stays.
    pub fn take(&mut self, run: &Run, held: Option<Hash>) -> Result<(), NotTaken> {
        if self.held.frozen.contains_key(&run.actor) {
            return Ok(());
        }
        let known = self.entries.iter().find(|entry| entry.actor == run.actor && entry.head.seq == run.head.seq);
        match absorb(run, self.held.head(run.actor), held.or(known.map(|entry| entry.head.hash))) {
            // Entries under my name that I did not write: somebody works on a copy of my data.
            Absorbed::New(entries) if run.actor == self.me && !entries.is_empty() => {
                let seq = run.head.seq;
                self.freeze(run.actor, format!("another process writes as this actor, up to entry {seq}"));
                Ok(())
            }
            Absorbed::New(entries) => self.add_up_to_its_end(run.actor, entries),
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
        self.held.freeze(actor, why);
    }

    /// An actor that was retired is read up to where it was retired, and no further.
    fn add_up_to_its_end(&mut self, actor: ActorId, mut entries: Vec<Entry>) -> Result<(), NotTaken> {
        let (Some(end), Some(last)) = (self.held.retired.get(&actor).copied(), entries.last()) else {
            return self.add(entries);
        };
        let beyond = last.head.seq;
        if beyond > end.seq {
            entries.retain(|entry| entry.head.seq <= end.seq);
            self.add(entries)?;
            self.freeze(actor, went_on(end.seq, beyond));
            return Ok(());
        }
        self.add(entries)
    }

    fn add(&mut self, entries: Vec<Entry>) -> Result<(), NotTaken> {
        let read = |entry: &Entry| {
            let (actor, seq) = (entry.actor, entry.head.seq);
            let op = entry.body.read();
            let op = op.map_err(|error| NotTaken::Unreadable { actor, seq, why: error.to_string() })?;
            Ok(Arrived { actor, seq, op })
        };
        let arrived = entries.iter().map(read).collect::<Result<Vec<Arrived<O>>, NotTaken>>()?;
        for entry in &entries {
            self.held.heads.insert(entry.actor, entry.head);
        }
        for (actor, end) in arrived.iter().filter_map(|entry| entry.op.retires()) {
            self.held.retire(actor, end);
        }
        self.arrived.extend(arrived);
        self.entries.extend(entries);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, Head};
    use serde::{Deserialize, Serialize};

    /// A number, or the end of the other actor after so many entries.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Note {
        Number(u64),
        End { end: Head },
    }

    impl Operation for Note {
        fn retires(&self) -> Option<(ActorId, Head)> {
            match self {
                Self::Number(_) => None,
                Self::End { end } => Some((OTHER, *end)),
            }
        }
    }

    const ME: ActorId = ActorId::from_bits(1);
    const OTHER: ActorId = ActorId::from_bits(2);

    fn run(actor: ActorId, numbers: &[u64]) -> Run {
        let bodies = numbers.iter().map(|n| Body::write(n).expect("a number is JSON")).collect();
        Run::following(actor, Head::genesis(actor), bodies)
    }

    fn draft() -> Draft<Note> {
        Draft::new(ME, Held::default())
    }

    fn retirement(after: &[u64]) -> Run {
        let third = ActorId::from_bits(3);
        let end = Note::End { end: run(OTHER, after).head };
        Run::following(third, Head::genesis(third), vec![Body::write(&end).expect("a note is JSON")])
    }

    #[test]
    fn runs_of_one_batch_follow_each_other() {
        let mut draft = draft();
        assert_eq!(draft.take(&run(OTHER, &[1, 2]), None), Ok(()));
        assert_eq!(draft.take(&run(OTHER, &[1, 2, 3]), None), Ok(()));
        assert_eq!(draft.arrived().iter().map(|entry| entry.op).collect::<Vec<_>>(), [1, 2, 3].map(Note::Number));
        assert_eq!(draft.held.heads[&OTHER], run(OTHER, &[1, 2, 3]).head);
    }

    #[test]
    fn two_histories_of_one_actor_in_one_batch_freeze_it_and_nobody_else() {
        let mut draft = draft();
        assert_eq!(draft.take(&run(OTHER, &[1, 2]), None), Ok(()));
        assert_eq!(draft.take(&run(OTHER, &[1, 9]), None), Ok(()));
        assert_eq!(draft.held().frozen.keys().collect::<Vec<_>>(), [&OTHER]);
        assert!(!draft.held().has_ended(ME));
        assert_eq!(draft.take(&run(OTHER, &[1, 2, 3]), None), Ok(()));
        assert_eq!(draft.arrived().len(), 2, "nothing more of it is believed");
    }

    #[test]
    fn entries_under_the_own_name_that_were_not_written_here_freeze_this_replica() {
        let mut draft = draft();
        assert_eq!(draft.take(&run(ME, &[1]), None), Ok(()));
        assert!(draft.held().has_ended(ME));
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
        assert!(!draft.held.heads.contains_key(&OTHER));
    }

    #[test]
    fn a_retired_actor_is_read_up_to_its_end_whatever_arrives_first() {
        let mut draft = draft();
        assert_eq!(draft.take(&retirement(&[1, 2]), None), Ok(()));
        assert_eq!(draft.take(&run(OTHER, &[1, 2]), None), Ok(()));
        assert_eq!(draft.held().head(OTHER), run(OTHER, &[1, 2]).head);
        assert!(draft.held().frozen.is_empty() && draft.held().has_ended(OTHER));
    }

    #[test]
    fn a_retired_actor_that_went_on_is_frozen_and_nothing_after_its_end_is_taken() {
        let mut draft = draft();
        assert_eq!(draft.take(&retirement(&[1]), None), Ok(()));
        assert_eq!(draft.take(&run(OTHER, &[1, 2]), None), Ok(()));
        assert_eq!(draft.held().head(OTHER).seq, 1);
        assert!(draft.held().frozen[&OTHER].contains("went on to entry 2"));
    }

    #[test]
    fn a_replica_that_learns_that_it_was_retired_decides_nothing_more() {
        let mut draft: Draft<Note> = Draft::new(OTHER, Held::default());
        assert_eq!(draft.take(&retirement(&[]), None), Ok(()));
        assert!(draft.held().has_ended(OTHER));
    }
}

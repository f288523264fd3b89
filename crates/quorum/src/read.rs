//! Reading a key: ask all who should have it, answer as soon as a quorum has, repair whoever differs.

use crate::{Copies, Join};
use std::collections::VecDeque;

/// What a read came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<V> {
    /// The join of all that was answered; `None` where nobody who answered has the key.
    pub value: Option<V>,
    /// How many replicas answered.
    pub answers: usize,
    /// Whether they were enough to have seen every write that met its quorum.
    pub quorum: bool,
}

/// The next thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadStep<R, V> {
    /// Ask this replica for its copy, then say what it answered.
    Ask(R),
    /// Tell whoever reads; answers that come later still lead to repairs.
    Tell(Found<V>),
    /// Send this to a replica that should have it and does not.
    Repair(R, V),
}

#[derive(Clone, Debug)]
enum Heard<V> {
    Waiting,
    Answer {
        copy: Option<V>,
        /// Whether it counts towards the quorum.
        counts: bool,
    },
    Nothing,
}

/// A read under way.
#[derive(Clone, Debug)]
pub struct Read<R, V> {
    copies: Copies<R>,
    spare: VecDeque<R>,
    heard: Vec<(R, Heard<V>)>,
    joined: Option<V>,
    told: bool,
}

impl<R: Clone + PartialEq, V: Join> Read<R, V> {
    /// Begins; `spare` are the replicas that come after those of `copies`, the nearest first. They are asked where others
    /// fail, since they may keep copies for them.
    pub fn begin(copies: Copies<R>, spare: Vec<R>) -> (Self, Vec<ReadStep<R, V>>) {
        let mut read = Self { copies, spare: spare.into(), heard: Vec::new(), joined: None, told: false };
        let mut steps: Vec<_> = read.copies.all().into_iter().map(|replica| read.ask(replica)).collect();
        if steps.is_empty() {
            steps.extend(read.next());
        }
        (read, steps)
    }

    /// A replica answered: its copy, or that it has none.
    pub fn answered(&mut self, replica: &R, copy: Option<V>) -> Vec<ReadStep<R, V>> {
        self.heard(replica, copy, true)
    }

    /// A replica answered that is still being filled: its copy is as good as any, and may have missed a write that met its
    /// quorum.
    pub fn answered_in_part(&mut self, replica: &R, copy: Option<V>) -> Vec<ReadStep<R, V>> {
        self.heard(replica, copy, false)
    }

    fn heard(&mut self, replica: &R, copy: Option<V>, counts: bool) -> Vec<ReadStep<R, V>> {
        let Some(heard) = self.waiting_for(replica) else { return Vec::new() };
        *heard = Heard::Answer { copy: copy.clone(), counts };
        match (&mut self.joined, copy) {
            (Some(joined), Some(copy)) => joined.join(&copy),
            (joined @ None, copy) => *joined = copy,
            (Some(_), None) => (),
        }
        self.next()
    }

    /// A replica did not answer, or not in time.
    pub fn failed(&mut self, replica: &R) -> Vec<ReadStep<R, V>> {
        let Some(heard) = self.waiting_for(replica) else { return Vec::new() };
        *heard = Heard::Nothing;
        match self.spare.pop_front() {
            // Whoever reads has an answer already: nobody else needs to be asked for them.
            Some(spare) if !self.told => vec![self.ask(spare)],
            _ => self.next(),
        }
    }

    fn ask(&mut self, replica: R) -> ReadStep<R, V> {
        self.heard.push((replica.clone(), Heard::Waiting));
        ReadStep::Ask(replica)
    }

    /// A reply that comes twice, or from a stranger, counts for nothing.
    fn waiting_for(&mut self, replica: &R) -> Option<&mut Heard<V>> {
        let asked = self.heard.iter_mut().find(|(asked, _)| asked == replica);
        asked.map(|(_, heard)| heard).filter(|heard| matches!(heard, Heard::Waiting))
    }

    fn next(&mut self) -> Vec<ReadStep<R, V>> {
        let over = !self.heard.iter().any(|(_, heard)| matches!(heard, Heard::Waiting));
        let counts = |heard: &Heard<V>| matches!(heard, Heard::Answer { counts: true, .. });
        let quorum =
            self.copies.are_enough(|replica| self.heard.iter().any(|(asked, heard)| asked == replica && counts(heard)));
        let mut steps = Vec::new();
        if !self.told && (quorum || over) {
            self.told = true;
            let answers = self.heard.iter().filter(|(_, heard)| matches!(heard, Heard::Answer { .. })).count();
            steps.push(ReadStep::Tell(Found { value: self.joined.clone(), answers, quorum }));
        }
        if over {
            steps.extend(self.repairs());
        }
        steps
    }

    /// Everyone who should have the key and answered something else than the join, also "nothing".
    fn repairs(&self) -> Vec<ReadStep<R, V>> {
        let Some(joined) = &self.joined else { return Vec::new() };
        let homes = self.copies.all();
        let differs = self.heard.iter().filter(|(replica, heard)| match heard {
            Heard::Answer { copy, .. } => homes.contains(replica) && copy.as_ref() != Some(joined),
            Heard::Waiting | Heard::Nothing => false,
        });
        differs.map(|(replica, _)| ReadStep::Repair(replica.clone(), joined.clone())).collect()
    }
}

//! Writing a key: send it to all who should have it, answer as soon as a quorum has stored it, remember who has not.

use crate::Copies;
use std::collections::VecDeque;

/// What a write came to: it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// On how many replicas, so far.
    pub acks: usize,
    /// Whether they are enough for every read that meets its quorum to see it.
    pub quorum: bool,
}

/// Nobody says that it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotStored {
    /// Whether it surely is not: nobody could be reached. Otherwise it may be.
    pub definite: bool,
}

/// The next thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteStep<R> {
    /// Send it to this replica, then say what became of it.
    Send {
        /// Whom.
        to: R,
        /// The replica that it is kept for, where it is not the receiver's own.
        keeps_for: Option<R>,
    },
    /// Tell `at`, which has stored it, that `missing` has not.
    Hint {
        /// Who keeps the hint.
        at: R,
        /// Who is owed the value.
        missing: R,
    },
    /// Tell whoever writes; what comes later may still lead to hints.
    Tell(Result<Written, NotStored>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    Waiting,
    Stored,
    Failed,
}

/// A write under way.
#[derive(Clone, Debug)]
pub struct Write<R> {
    copies: Copies<R>,
    spare: VecDeque<R>,
    heard: Vec<(R, Heard)>,
    /// Who has not stored it, and nobody keeps it for them yet.
    owed: Vec<R>,
    /// Whom the spare replicas keep it for.
    kept: Vec<(R, R)>,
    definite: bool,
    told: bool,
}

impl<R: Clone + PartialEq> Write<R> {
    /// Begins; `spare` are the replicas that come after those of `copies`, the nearest first: they keep the value for
    /// those who fail.
    pub fn begin(copies: Copies<R>, spare: Vec<R>) -> (Self, Vec<WriteStep<R>>) {
        let mut write = Self {
            copies,
            spare: spare.into(),
            heard: Vec::new(),
            owed: Vec::new(),
            kept: Vec::new(),
            definite: true,
            told: false,
        };
        let mut steps: Vec<_> = write.copies.all().into_iter().map(|replica| write.send(replica, None)).collect();
        if steps.is_empty() {
            steps.extend(write.next());
        }
        (write, steps)
    }

    /// A replica has stored it.
    pub fn stored(&mut self, replica: &R) -> Vec<WriteStep<R>> {
        if self.heard(replica, Heard::Stored) { self.next() } else { Vec::new() }
    }

    /// A replica did not say that it stored it; `definite` where it surely has not.
    pub fn failed(&mut self, replica: &R, definite: bool) -> Vec<WriteStep<R>> {
        if !self.heard(replica, Heard::Failed) {
            return Vec::new();
        }
        self.definite &= definite;
        // Whoever a spare replica should have kept it for is owed it again.
        let kept_for = self.kept.iter().position(|(spare, _)| spare == replica).map(|at| self.kept.remove(at).1);
        let missing = kept_for.unwrap_or_else(|| replica.clone());
        if let Some(spare) = self.spare.pop_front() {
            return vec![self.send(spare, Some(missing))];
        }
        self.owed.push(missing);
        self.next()
    }

    fn send(&mut self, to: R, keeps_for: Option<R>) -> WriteStep<R> {
        self.heard.push((to.clone(), Heard::Waiting));
        if let Some(missing) = &keeps_for {
            self.kept.push((to.clone(), missing.clone()));
        }
        WriteStep::Send { to, keeps_for }
    }

    /// Notes what was heard; false for a reply that comes twice, or from a stranger.
    fn heard(&mut self, replica: &R, what: Heard) -> bool {
        let sent = self.heard.iter_mut().find(|(sent, heard)| sent == replica && *heard == Heard::Waiting);
        sent.map(|(_, heard)| *heard = what).is_some()
    }

    fn next(&mut self) -> Vec<WriteStep<R>> {
        let stored = |replica: &R| self.heard.contains(&(replica.clone(), Heard::Stored));
        let over = !self.heard.iter().any(|(_, heard)| *heard == Heard::Waiting);
        let quorum = self.copies.are_enough(stored);
        let holders: Vec<R> = self
            .heard
            .iter()
            .filter(|(_, heard)| *heard == Heard::Stored)
            .map(|(replica, _)| replica.clone())
            .collect();
        let mut steps = Vec::new();
        if let Some(at) = holders.first() {
            let owed = self.owed.drain(..);
            steps.extend(owed.map(|missing| WriteStep::Hint { at: at.clone(), missing }));
        }
        if !self.told && (quorum || over) {
            self.told = true;
            steps.push(WriteStep::Tell(match holders.len() {
                0 => Err(NotStored { definite: self.definite }),
                acks => Ok(Written { acks, quorum }),
            }));
        }
        steps
    }
}

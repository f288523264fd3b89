//! What a run found: everything the page, the JSON file and the terminal show.

use crate::closing::Agreement;
use crate::fault::Replica;
use crate::inject::Deed;
use crate::judge::Verdict;
use crate::ledger::{Answer, Ask, Entry};
use crate::lists::{ListAnswer, ListEntry};
use client::outcome::Second;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The seed of the plan: the same seed and length are the same plan.
    pub seed: u64,
    /// When it began, Unix milliseconds.
    pub began_ms: u64,
    /// How long it was to last, in seconds.
    pub planned_s: f64,
    /// For how long customers were before the shop, in seconds.
    pub seconds: f64,
    /// Whether it was broken off before its time.
    pub broken_off: bool,
    /// What the customers met, a row for every second.
    pub timeline: Vec<Second>,
    /// What was done to the shop.
    pub deeds: Vec<Deed>,
    /// When replicas were not ready.
    pub absences: Vec<Absence>,
    /// How many questions were asked, and what became of them.
    pub tally: Tally,
    /// The same of lists.
    pub lists: ListTally,
    /// When all replicas were equal.
    pub agreement: Agreement,
    /// Whether the shop kept its word.
    pub verdict: Verdict,
}

/// A time in which a replica did not say that it is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// Who.
    pub replica: Replica,
    /// From when, milliseconds since the run began.
    pub from_ms: u64,
    /// Until when.
    pub to_ms: u64,
}

/// Questions by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// All questions.
    pub asked: u64,
    /// Purchases that were confirmed, repeated questions included.
    pub bought: u64,
    /// Looks that were answered.
    pub looked_up: u64,
    /// Deliveries that came in.
    pub delivered: u64,
    /// "No": sold out, mostly.
    pub refused: u64,
    /// "Not now".
    pub not_now: u64,
    /// No answer.
    pub silent: u64,
    /// Answers that make no sense.
    pub nonsense: u64,
}

impl Tally {
    /// Adds one question and its answer.
    pub fn add(&mut self, entry: &Entry) {
        self.asked += 1;
        *match &entry.answer {
            Answer::Bought { .. } => &mut self.bought,
            Answer::Left { .. } => &mut self.looked_up,
            Answer::Delivered => &mut self.delivered,
            Answer::No { .. } => &mut self.refused,
            Answer::NotNow { .. } => &mut self.not_now,
            Answer::Silence { .. } => &mut self.silent,
            Answer::Nonsense { .. } => &mut self.nonsense,
        } += 1;
    }

    /// Questions that were not answered as a customer would like.
    pub const fn failed(&self) -> u64 {
        self.not_now + self.silent + self.nonsense
    }
}

/// Questions about lists by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListTally {
    /// All questions.
    pub asked: u64,
    /// Writes that were acknowledged, lists that were made included.
    pub stored: u64,
    /// Looks that were answered.
    pub shown: u64,
    /// "It has not happened."
    pub refused: u64,
    /// Nobody knows.
    pub unknown: u64,
}

impl ListTally {
    /// Adds one question and its answer.
    pub fn add(&mut self, entry: &ListEntry) {
        self.asked += 1;
        *match &entry.answer {
            ListAnswer::Stored { .. } => &mut self.stored,
            ListAnswer::Shown(_) => &mut self.shown,
            ListAnswer::Refused { .. } => &mut self.refused,
            ListAnswer::Unknown { .. } => &mut self.unknown,
        } += 1;
    }
}

/// Purchases a second: confirmed ones, and those that failed.
pub(crate) fn timeline(entries: &[Entry], seconds: usize) -> Vec<Second> {
    let mut took: Vec<Vec<u64>> = vec![Vec::new(); seconds];
    let mut failed = vec![0_u64; seconds];
    for entry in entries.iter().filter(|entry| matches!(entry.ask, Ask::Buy { .. })) {
        let second = usize::try_from(entry.answered_ms() / 1000).unwrap_or(usize::MAX);
        match &entry.answer {
            _ if second >= seconds => {}
            Answer::Bought { .. } => took[second].push(entry.took_ms * 1000),
            Answer::NotNow { .. } | Answer::Silence { .. } | Answer::Nonsense { .. } => failed[second] += 1,
            Answer::No { .. } | Answer::Left { .. } | Answer::Delivered => {}
        }
    }
    let row = |(at, (mut took, failed)): (usize, (Vec<u64>, u64))| {
        took.sort_unstable();
        let percentile = |share: usize| took.get(took.len() * share / 100).copied().unwrap_or(0);
        Second {
            at: u32::try_from(at).unwrap_or(u32::MAX),
            answered: took.len() as u64,
            failed,
            p50: percentile(50),
            p99: percentile(99),
            max: took.last().copied().unwrap_or(0),
        }
    };
    took.into_iter().zip(failed).enumerate().map(row).collect()
}

/// Looks at who is ready, as absences. Each look is when, and who was.
pub(crate) fn absences(looks: &[(u64, BTreeSet<Replica>)]) -> Vec<Absence> {
    let mut absences: Vec<Absence> = Vec::new();
    for replica in Replica::ALL {
        let mut since = None;
        for (at_ms, ready) in looks {
            match (ready.contains(&replica), since) {
                (false, None) => since = Some(*at_ms),
                (true, Some(from_ms)) => {
                    absences.push(Absence { replica, from_ms, to_ms: *at_ms });
                    since = None;
                }
                _ => {}
            }
        }
        if let (Some(from_ms), Some((to_ms, _))) = (since, looks.last()) {
            absences.push(Absence { replica, from_ms, to_ms: *to_ms });
        }
    }
    absences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absence_lasts_from_the_first_look_that_misses_somebody_to_the_first_that_finds_them() {
        let all: BTreeSet<_> = Replica::ALL.into();
        let but = |replica| all.iter().copied().filter(|other| *other != replica).collect();
        let looks = [
            (0, all.clone()),
            (250, but(Replica::OrderA)),
            (500, but(Replica::OrderA)),
            (750, all.clone()),
            (1000, but(Replica::Frontend)),
        ];
        let expected = [
            Absence { replica: Replica::OrderA, from_ms: 250, to_ms: 750 },
            Absence { replica: Replica::Frontend, from_ms: 1000, to_ms: 1000 },
        ];
        assert_eq!(absences(&looks), expected);
    }
}

//! Lists: what was put on one is on it, and what was taken off stays off, at every replica.
//!
//! A write replaces exactly what it had seen. So an item is missing rightly only where some write that may have happened
//! had seen it there and left it out; and it is there rightly only where some write that may have happened put it on and no
//! write that surely happened has seen and replaced that. Which write has seen which is told by contexts: what a write
//! answered is all that had been seen with it, and whoever has seen a write has seen all of that. A write without an answer
//! is known by the item that it alone adds.
//!
//! An acknowledged write may be lost where no more replicas had stored it than lost data right afterwards; it is counted
//! then, and no promise.

mod served;
#[cfg(test)]
mod tests;

use super::{Case, Verdict};
use crate::fault::{Fault, Replica};
use crate::lists::{ListAnswer, ListAsk, ListEntry, Put};
use crdt::{Context, VersionVector};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How long before old data are put back they were copied, at most, beyond what the plan says.
const SLACK_MS: u64 = 500;

const PUT: &str = "what was put on a list is on it, unless somebody who had seen it left it out";
const OFF: &str = "what was taken off a list stays off, and nothing is on it that nobody put there";

/// A write that may have happened.
struct Write<'a> {
    entry: &'a ListEntry,
    put: &'a Put,
    /// All that had been seen with it, where it was acknowledged.
    after: Option<&'a Context>,
    /// Whether it must have lasted.
    lasts: bool,
}

/// What is known of one list.
#[derive(Default)]
struct List<'a> {
    /// Whether it must be there.
    made: bool,
    writes: Vec<Write<'a>>,
}

pub(super) fn judge(case: &Case, verdict: &mut Verdict) {
    let losses = losses(case);
    let (lists, fragile) = lists(case, &losses);
    let (mut missing, mut undead) = (Vec::new(), Vec::new());
    let nothing = BTreeSet::new();
    for view in &case.closing.carts {
        for (id, list) in &lists {
            let shown = view.lists.get(id);
            if list.made && shown.is_none() {
                missing.push(format!("the list {id} was made, and {} does not have it", view.replica));
            }
            let shown = shown.unwrap_or(&nothing);
            missing.extend(list.missing(shown).map(|what| format!("{what} is not on {id} at {}", view.replica)));
            undead.extend(list.undead(shown).map(|what| format!("{what}: on {id} at {}", view.replica)));
        }
    }
    missing.extend(unanswered(case));
    undead.extend(phantoms(case));
    let writes: usize = lists.values().map(|list| list.writes.iter().filter(|write| write.lasts).count()).sum();
    let looked = format!("{writes} acknowledged writes to {} lists", lists.len());
    verdict.check(PUT, &missing, looked.clone());
    verdict.check(OFF, &undead, looked);
    let open = lists.values().flat_map(|list| &list.writes).filter(|write| write.after.is_none()).count();
    verdict.count("writes to lists of which nobody knows whether they happened", open as u64);
    verdict.count(
        "acknowledged writes to lists that no more replicas had stored than lost data right afterwards",
        fragile,
    );
    served::judge(case, verdict);
}

/// When a replica forgot what had been stored: from when, until when.
fn losses(case: &Case) -> BTreeMap<Replica, Vec<(u64, u64)>> {
    let mut losses: BTreeMap<Replica, Vec<(u64, u64)>> = BTreeMap::new();
    for deed in &case.deeds {
        if let Fault::OldData { replica, age_ms } = deed.spell.fault {
            let from = deed.spell.from_ms.saturating_sub(age_ms + SLACK_MS);
            losses.entry(replica).or_default().push((from, deed.spell.to_ms));
        }
    }
    losses
}

/// Whether what this entry stored on so many replicas has outlasted the losses of data.
fn lasts(entry: &ListEntry, acks: u64, losses: &BTreeMap<Replica, Vec<(u64, u64)>>) -> bool {
    let forgets =
        |spans: &&Vec<(u64, u64)>| spans.iter().any(|(from, to)| entry.at_ms <= *to && *from <= entry.answered_ms());
    let forgetful = Replica::CARTS.iter().filter_map(|cart| losses.get(cart)).filter(forgets).count();
    forgetful < usize::try_from(acks).unwrap_or(usize::MAX)
}

/// All lists that anybody was told of, and how many acknowledged writes may have been lost.
fn lists<'a>(case: &'a Case, losses: &BTreeMap<Replica, Vec<(u64, u64)>>) -> (BTreeMap<Uuid, List<'a>>, u64) {
    let (mut lists, mut fragile): (BTreeMap<Uuid, List<'_>>, _) = (BTreeMap::new(), 0);
    for entry in &case.lists {
        match (&entry.ask, &entry.answer) {
            (ListAsk::Make, ListAnswer::Stored { list, acks, .. }) => {
                lists.entry(*list).or_default().made |= lasts(entry, *acks, losses);
            }
            (ListAsk::Put(put), ListAnswer::Stored { seen, acks, .. }) => {
                let stays = lasts(entry, *acks, losses);
                fragile += u64::from(!stays);
                let write = Write { entry, put, after: Some(&seen.context), lasts: stays };
                lists.entry(put.list).or_default().writes.push(write);
            }
            (ListAsk::Put(put), ListAnswer::Unknown { .. }) => {
                let write = Write { entry, put, after: None, lasts: false };
                lists.entry(put.list).or_default().writes.push(write);
            }
            _ => {}
        }
    }
    (lists, fragile)
}

impl Write<'_> {
    /// What it had seen.
    fn saw(&self) -> Option<&VersionVector> {
        self.put.saw.as_ref().map(|seen| seen.context.seen())
    }

    /// Whether it has surely seen, and so replaced, this other write.
    fn has_replaced(&self, other: &Write<'_>) -> bool {
        if std::ptr::eq(self.put, other.put) {
            return false;
        }
        match other.after {
            Some(after) => self.saw().is_some_and(|saw| saw.dominates(after.seen())),
            None => self.put.saw.as_ref().is_some_and(|seen| seen.items.contains(&other.put.adds)),
        }
    }

    fn words(&self, item: &str) -> String {
        let ms = self.entry.at_ms;
        let by = format!("writer {} at {} after {}.{:03} s", self.entry.writer, self.entry.of, ms / 1000, ms % 1000);
        format!("{item}, put by {by}")
    }
}

impl List<'_> {
    /// What should be on the list and is not.
    fn missing(&self, shown: &BTreeSet<String>) -> impl Iterator<Item = String> {
        let sure = self.writes.iter().filter(|write| write.lasts);
        sure.flat_map(move |write| {
            let absent = write.put.items.iter().filter(move |item| !shown.contains(*item));
            // Whoever replaced what replaced it has seen it too: one write that left it out is enough, and needed.
            let wrongly = absent.filter(move |item| {
                !self.writes.iter().any(|other| !other.put.items.contains(*item) && other.has_replaced(write))
            });
            wrongly.map(move |item| write.words(item))
        })
    }

    /// What is on the list and should not be.
    fn undead(&self, shown: &BTreeSet<String>) -> impl Iterator<Item = String> {
        shown.iter().filter_map(|item| {
            let mut of_it = self.writes.iter().filter(|write| write.put.items.contains(item)).peekable();
            if of_it.peek().is_none() {
                return Some(format!("{item}, which nobody put there"));
            }
            let is_replaced =
                |write: &Write<'_>| self.writes.iter().any(|other| other.lasts && other.has_replaced(write));
            let rightly = of_it.any(|write| !is_replaced(write));
            (!rightly).then(|| format!("{item}, which was taken off by those who had seen all that put it there"))
        })
    }
}

/// What was put and is not on the list that the same write was answered.
fn unanswered(case: &Case) -> Vec<String> {
    let answered = case.lists.iter().filter_map(|entry| match (&entry.ask, &entry.answer) {
        (ListAsk::Put(put), ListAnswer::Stored { seen, .. }) => Some((put, seen)),
        _ => None,
    });
    let lacks = answered.filter(|(put, seen)| !put.items.is_subset(&seen.items));
    lacks
        .map(|(put, _)| format!("the answer that {} is on {} lacks a part of what was put", put.adds, put.list))
        .collect()
}

/// What anybody was shown before somebody had begun to put it there.
fn phantoms(case: &Case) -> Vec<String> {
    let mut begun: BTreeMap<(Uuid, &str), u64> = BTreeMap::new();
    for entry in &case.lists {
        if let (ListAsk::Put(put), ListAnswer::Stored { .. } | ListAnswer::Unknown { .. }) = (&entry.ask, &entry.answer)
        {
            begun.entry((put.list, &put.adds)).or_insert(entry.at_ms);
        }
    }
    let shown = case.lists.iter().filter_map(|entry| match (&entry.ask, &entry.answer) {
        (ListAsk::Read { list }, ListAnswer::Shown(seen)) | (_, ListAnswer::Stored { list, seen, .. }) => {
            Some((entry, *list, seen))
        }
        _ => None,
    });
    let phantoms = shown.flat_map(|(entry, list, seen)| {
        let unborn = seen
            .items
            .iter()
            .filter(|item| begun.get(&(list, item.as_str())).is_none_or(|from| *from > entry.answered_ms()));
        unborn.map(|item| format!("{item} was shown on {list} before anybody had put it there")).collect::<Vec<_>>()
    });
    phantoms.collect()
}

//! Lists are always served: each question is answered as long as enough cart replicas are in reach of the frontend that is
//! asked.
//!
//! A look needs two of the three, so that one may be at fault; a write needs one. Each replica is allowed its time to come
//! back (`path.rs`), and nothing is allowed for finding out that it has gone. Unlike a purchase, every single answer counts.

use super::{Case, Verdict};
use crate::inject::Outcome;
use crate::lists::{ListAnswer, ListAsk, ListEntry};
use crate::path::{SLOT_MS, carts_in_reach};
use std::collections::BTreeSet;
use uuid::Uuid;

pub(super) const SERVED: &str =
    "every look at a list is answered while one cart replica is at fault, and every write while two are";

pub(super) fn judge(case: &Case, verdict: &mut Verdict) {
    let done = case.deeds.iter().filter(|deed| !matches!(deed.result, Outcome::Skipped(_)));
    let reach = carts_in_reach(&done.map(|deed| deed.spell.clone()).collect::<Vec<_>>(), case.seconds);
    let thin = made_thinly(case);
    let (mut judged, mut failed) = (0_u64, Vec::new());
    for entry in &case.lists {
        let needed = if matches!(entry.ask, ListAsk::Read { .. }) { 2 } else { 1 };
        let slots = slots(entry);
        let in_reach = reach.get(&entry.of).and_then(|of| of.get(slots)).unwrap_or_default();
        let excused = in_reach.iter().any(|count| *count < needed) || in_reach.is_empty() || stood_still(case, entry);
        if excused {
            continue;
        }
        judged += 1;
        match &entry.answer {
            ListAnswer::Stored { .. } | ListAnswer::Shown(_) => {}
            ListAnswer::Refused { status: 404, .. } if is_of(&thin, &entry.ask) => {}
            ListAnswer::Refused { status, says } => failed.push(words(entry, &format!("{status} {says}"))),
            ListAnswer::Unknown { says } => failed.push(words(entry, says)),
        }
    }
    verdict.check(SERVED, &failed, format!("{judged} of {} questions had enough replicas", case.lists.len()));
    let unserved = case.lists.iter().filter(|entry| !entry.answer.is_a_yes()).count();
    verdict.count("questions about lists that were not answered", unserved as u64);
    let few = case.lists.iter().filter(|entry| matches!(entry.answer, ListAnswer::Stored { acks: 1, .. })).count();
    verdict.count("writes to lists that one replica alone acknowledged", few as u64);
}

/// The slots of time in which a question was open.
fn slots(entry: &ListEntry) -> std::ops::RangeInclusive<usize> {
    let slot = |ms: u64| usize::try_from(ms / SLOT_MS).unwrap_or(usize::MAX);
    slot(entry.at_ms)..=slot(entry.answered_ms())
}

fn stood_still(case: &Case, entry: &ListEntry) -> bool {
    let second = |ms: u64| usize::try_from(ms / 1000).unwrap_or(usize::MAX);
    (second(entry.at_ms)..=second(entry.answered_ms())).any(|second| case.stalled.contains(&second))
}

/// Lists that one replica alone had when they were made: the others may not know them yet.
fn made_thinly(case: &Case) -> BTreeSet<Uuid> {
    let made = case.lists.iter().filter_map(|entry| match (&entry.ask, &entry.answer) {
        (ListAsk::Make, ListAnswer::Stored { list, acks: ..2, .. }) => Some(*list),
        _ => None,
    });
    made.collect()
}

fn is_of(lists: &BTreeSet<Uuid>, ask: &ListAsk) -> bool {
    matches!(ask, ListAsk::Read { list } if lists.contains(list))
}

fn words(entry: &ListEntry, says: &str) -> String {
    let what = match &entry.ask {
        ListAsk::Make => "making a list".to_owned(),
        ListAsk::Read { list } => format!("looking at {list}"),
        ListAsk::Put(put) => format!("putting {} on {}", put.adds, put.list),
    };
    let ms = entry.at_ms;
    format!("{what} at {} after {}.{:03} s: {says}", entry.of, ms / 1000, ms % 1000)
}

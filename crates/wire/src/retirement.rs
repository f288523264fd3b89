//! Retiring catalog replicas, as commands and the desk ask for it: what is wanted, what was done, and who does it.
//!
//! What a retirement means, and when there is none, is the catalogs' business.

use crate::OperatorName;
use crate::home;
use journal::ActorId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// All retirements have one home, so that no two take over the same units.
const KEY: &[u8] = b"retirement";

/// "These replicas will not come back."
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Replicas, as in env.cfg, or as they were there.
    pub replicas: BTreeSet<String>,
    /// Only says what would be done.
    pub dry_run: bool,
    /// Also ends the journal of one that is running.
    pub although_it_answers: bool,
    /// What whoever wants it calls themselves.
    #[serde(default)]
    pub by: OperatorName,
}

/// What was done in one call, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The actors that are retired, and the last entry of each that counts.
    pub actors: Vec<Ended>,
    /// Titles of which units were taken over.
    pub titles: u64,
    /// Those units, beside those in the sales.
    pub units: u64,
    /// Sales that were adopted.
    pub sales: u64,
    /// Sales that should have been taken back, since another replica had sold the same order: their units are back.
    pub twice: u64,
    /// Whether something is left to be done.
    pub unfinished: bool,
}

impl Done {
    /// What was done before, and now this.
    #[must_use]
    pub fn and(self, now: Self) -> Self {
        Self {
            titles: self.titles.saturating_add(now.titles),
            units: self.units.saturating_add(now.units),
            sales: self.sales.saturating_add(now.sales),
            twice: self.twice.saturating_add(now.twice),
            ..now
        }
    }
}

/// An actor that is retired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Which one.
    pub actor: ActorId,
    /// The replica that it was an incarnation of.
    pub replica: String,
    /// The last entry of its journal that counts.
    pub end: u64,
}

/// What an actor has that may never write again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stranded {
    /// Which one.
    pub actor: ActorId,
    /// The replica that it was an incarnation of.
    pub replica: String,
    /// What is known of its end, in words; empty where it has not ended.
    pub end: String,
    /// Titles of which it has units.
    pub titles: u64,
    /// Those units.
    pub units: u64,
}

/// Who takes over when these replicas are retired, of all catalogs in env.cfg: another one where there is one, else one of
/// them, which is somebody new by now.
pub fn taker<'a>(names: impl Iterator<Item = &'a str> + Clone, retired: &BTreeSet<String>) -> Option<&'a str> {
    let others = names.clone().filter(|name| !retired.contains(*name));
    home::home(KEY, others).or_else(|| home::home(KEY, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_retired_takes_over_only_where_nobody_else_is_there() {
        let retired = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let all = ["catalogA", "catalogB"];
        assert_eq!(taker(all.into_iter(), &retired(&["catalogA"])), Some("catalogB"));
        assert_eq!(taker(all.into_iter(), &retired(&["catalogB"])), Some("catalogA"));
        assert!(taker(all.into_iter(), &retired(&all)).is_some());
        assert_eq!(taker([].into_iter(), &retired(&all)), None);
    }

    #[test]
    fn what_was_done_in_several_calls_adds_up_and_the_last_one_says_whether_it_is_over() {
        let step = |units, unfinished| Done { titles: 1, units, unfinished, ..Done::default() };
        let all = step(3, true).and(step(4, false));
        assert_eq!((all.titles, all.units, all.unfinished), (2, 7, false));
        assert_eq!(step(u64::MAX, true).and(step(1, true)).units, u64::MAX);
    }
}

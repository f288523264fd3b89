//! What one state has beyond what another had seen. A delta says of everything that it covers what is still alive, for a
//! removal leaves nothing behind that could be sent.

use crate::counters::{Entry, Item, holds};
use crate::{Actor, CounterMap, Dot, VersionVector};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The delta begins after what is known here: something in between is missing, so ask for the whole object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the delta begins at edit {} of {}, of whom {known} are known here: ask for the whole object", .since.n, .since.actor)]
pub struct Gap {
    /// Of one actor of whom something is missing: up to where the delta takes its edits as known.
    pub since: Dot,
    /// Up to where they are known.
    pub known: u64,
}

/// What a state has beyond a version vector: the entries written since, and the dots of the older ones still alive.
///
/// In JSON `{"seen": [[actor, since, upto], …], "live": {id: [[index, n], …]}, "items": {id: [[index, n, net,
/// {field: [stamp, value]}], …]}}`, `index` being a place in `seen`. As with states, what is read is checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "crate::json::DeltaJson", into = "crate::json::DeltaJson")]
pub struct Delta {
    /// What the receiver must have seen; never more than `vv`.
    pub(crate) since: VersionVector,
    /// What it has seen afterwards.
    pub(crate) vv: VersionVector,
    /// The dots within `since` that are alive, by item.
    pub(crate) live: BTreeMap<String, BTreeMap<Actor, u64>>,
    /// The entries beyond `since`.
    pub(crate) items: BTreeMap<String, Item>,
}

impl Delta {
    /// What a receiver must have seen to take this.
    pub const fn since(&self) -> &VersionVector {
        &self.since
    }

    /// What the sender had seen, and so has a receiver who took this.
    pub const fn version(&self) -> &VersionVector {
        &self.vv
    }

    /// Of whom it brings edits that a receiver need not have seen.
    pub fn advanced(&self) -> impl Iterator<Item = Actor> + '_ {
        self.vv.iter().filter(|dot| !self.since.contains(*dot)).map(|dot| dot.actor)
    }

    /// The largest count that it brings, up or down; 0 if it brings none.
    pub fn largest_count(&self) -> u64 {
        self.entries().map(|entry| entry.net.unsigned_abs()).max().unwrap_or(0)
    }

    /// The latest stamp that it brings, 0 if there is none.
    pub fn latest_stamp(&self) -> u64 {
        self.entries().flat_map(|entry| entry.fields.values()).map(|field| field.stamp).max().unwrap_or(0)
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.items.values().flat_map(BTreeMap::values)
    }

    fn holds(&self, id: &str, dot: Dot) -> bool {
        let older = self.live.get(id).and_then(|live| live.get(&dot.actor));
        older == Some(&dot.n) || holds(&self.items, id, dot)
    }
}

impl CounterMap {
    /// What this state has beyond what `known` had seen; nothing if that is all.
    ///
    /// To merge it is the same as to merge the whole state, for everyone who has seen `known` or more.
    pub fn delta_since(&self, known: &VersionVector) -> Option<Delta> {
        if known.dominates(&self.vv) {
            return None;
        }
        let mut since = VersionVector::new();
        for dot in self.vv.iter() {
            // Less is asked of the receiver if what this state does not know itself is left out.
            since.observe(Dot { n: dot.n.min(known.get(dot.actor)), ..dot });
        }
        let mut delta = Delta { since, vv: self.vv.clone(), live: BTreeMap::new(), items: BTreeMap::new() };
        for (id, item) in &self.items {
            for (actor, entry) in item {
                if delta.since.contains(Dot { actor: *actor, n: entry.n }) {
                    delta.live.entry(id.clone()).or_default().insert(*actor, entry.n);
                } else {
                    delta.items.entry(id.clone()).or_default().insert(*actor, entry.clone());
                }
            }
        }
        Some(delta)
    }

    /// Joins with the state that the delta was made of; says whether that changed this one.
    ///
    /// # Errors
    /// [`Gap`] if this state has not seen all that the delta builds on. Then nothing is changed: what is missing in between
    /// would look like what was removed, and be deleted everywhere.
    pub fn merge_delta(&mut self, delta: &Delta) -> Result<bool, Gap> {
        if let Some(since) = delta.since.iter().find(|dot| !self.vv.contains(*dot)) {
            return Err(Gap { since, known: self.vv.get(since.actor) });
        }
        Ok(self.join(&delta.vv, |id, dot| delta.holds(id, dot), &delta.items))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delta_says_who_it_is_of_and_the_largest_numbers_it_brings() {
        let (first, second) = (Actor::from_bits(1), Actor::from_bits(2));
        let mut map = CounterMap::new();
        map.add(first, "a", 500).expect("an edit");
        let known = map.version().clone();
        map.add(second, "a", -7).expect("an edit");
        map.set(second, "a", "f", "v", 99).expect("an edit");
        map.add(second, "b", 3).expect("an edit");
        let delta = map.delta_since(&known).expect("news");
        assert_eq!(delta.advanced().collect::<Vec<_>>(), [second]);
        assert_eq!((delta.largest_count(), delta.latest_stamp()), (7, 99));
        let all = map.delta_since(&VersionVector::new()).expect("news");
        assert_eq!((all.advanced().count(), all.largest_count()), (2, 500));
    }
}

//! What a replica keeps for others: which keys, for whom, until they have them.

use std::collections::{BTreeMap, BTreeSet};

/// The most keys that are remembered for one replica; beyond that its copies are found by comparing.
const MOST: usize = 10_000;

/// Keys that one replica is owed, to be sent to it in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due<R, K> {
    /// Whom to send to.
    pub to: R,
    /// The keys; the number tells a hint from a later one for the same key.
    pub keys: Vec<(K, u64)>,
}

/// The hints of one replica. They only make healing quick: whatever is forgotten here is found by comparing digests.
#[derive(Clone, Debug)]
pub struct Hints<R, K> {
    owed: BTreeMap<R, BTreeMap<K, u64>>,
    under_way: BTreeSet<R>,
    noted: u64,
}

impl<R, K> Default for Hints<R, K> {
    fn default() -> Self {
        Self { owed: BTreeMap::new(), under_way: BTreeSet::new(), noted: 0 }
    }
}

impl<R: Clone + Ord, K: Clone + Ord> Hints<R, K> {
    /// `missing` has not got what was written to `key`. Says whether there was room for it.
    pub fn note(&mut self, missing: R, key: K) -> bool {
        let keys = self.owed.entry(missing).or_default();
        if keys.len() >= MOST && !keys.contains_key(&key) {
            return false;
        }
        self.noted += 1;
        keys.insert(key, self.noted);
        true
    }

    /// What to send now, at most `most` keys to each of those who are `up`; nothing to whom something is under way.
    pub fn due(&mut self, up: impl Fn(&R) -> bool, most: usize) -> Vec<Due<R, K>> {
        let idle = self.owed.iter().filter(|(to, keys)| !keys.is_empty() && up(to) && !self.under_way.contains(to));
        let due: Vec<_> = idle
            .map(|(to, keys)| Due {
                to: to.clone(),
                keys: keys.iter().take(most).map(|(key, noted)| (key.clone(), *noted)).collect(),
            })
            .collect();
        self.under_way.extend(due.iter().map(|due| due.to.clone()));
        due
    }

    /// They have it. A hint that was noted again meanwhile stays: what was sent may be older than that.
    pub fn delivered(&mut self, due: &Due<R, K>) {
        self.under_way.remove(&due.to);
        let Some(keys) = self.owed.get_mut(&due.to) else { return };
        for (key, noted) in &due.keys {
            if keys.get(key) == Some(noted) {
                keys.remove(key);
            }
        }
        if keys.is_empty() {
            self.owed.remove(&due.to);
        }
    }

    /// They did not get it; it is due again.
    pub fn failed(&mut self, to: &R) {
        self.under_way.remove(to);
    }

    /// How many hints there are, for all.
    pub fn len(&self) -> usize {
        self.owed.values().map(BTreeMap::len).sum()
    }

    /// Whether nobody is owed anything.
    pub fn is_empty(&self) -> bool {
        self.owed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up(_: &&str) -> bool {
        true
    }

    #[test]
    fn a_hint_is_due_once_until_it_is_known_what_became_of_it() {
        let mut hints = Hints::default();
        assert!(hints.note("C", 1));
        let due = hints.due(up, 10);
        assert_eq!(due, [Due { to: "C", keys: vec![(1, 1)] }]);
        assert_eq!(hints.due(up, 10), []);
        hints.failed(&"C");
        assert_eq!(hints.due(up, 10), due);
        hints.delivered(&due[0]);
        assert!(hints.is_empty());
    }

    #[test]
    fn a_key_written_while_its_hint_is_under_way_is_owed_again() {
        let mut hints = Hints::default();
        hints.note("C", 1);
        let due = hints.due(up, 10);
        hints.note("C", 1);
        hints.delivered(&due[0]);
        assert_eq!(hints.due(up, 10), [Due { to: "C", keys: vec![(1, 2)] }]);
    }

    #[test]
    fn nothing_is_sent_to_whom_is_down_and_not_more_than_fits() {
        let mut hints = Hints::default();
        for key in 0..5 {
            hints.note("B", key);
            hints.note("C", key);
        }
        let due = hints.due(|replica| *replica == "C", 3);
        assert_eq!(due.iter().map(|due| (due.to, due.keys.len())).collect::<Vec<_>>(), [("C", 3)]);
        assert_eq!(hints.len(), 10);
    }

    #[test]
    fn there_is_room_for_so_many_and_no_more() {
        let mut hints = Hints::default();
        assert!((0..MOST).all(|key| hints.note("C", key)));
        assert!(!hints.note("C", MOST));
        assert!(hints.note("C", 0), "a key that is there already takes no more room");
        assert_eq!(hints.len(), MOST);
    }
}

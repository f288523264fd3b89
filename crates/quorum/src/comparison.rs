//! Finding what another replica has and this one has not, or not alike, without sending what they have.

use std::collections::BTreeMap;

/// The keys that another has otherwise, or alone: what to ask it for. What it lacks it asks for itself.
pub fn lacking<K: Clone + Ord, D: PartialEq>(mine: &BTreeMap<K, D>, theirs: &BTreeMap<K, D>) -> Vec<K> {
    theirs.iter().filter(|(key, digest)| mine.get(*key) != Some(*digest)).map(|(key, _)| key.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_lacks_what_the_other_has_alone_and_both_lack_what_differs() {
        let mine = BTreeMap::from([("alike", 1), ("mine", 2), ("unlike", 3)]);
        let theirs = BTreeMap::from([("alike", 1), ("theirs", 5), ("unlike", 4)]);
        assert_eq!(lacking(&mine, &theirs), ["theirs", "unlike"]);
        assert_eq!(lacking(&theirs, &mine), ["mine", "unlike"]);
    }
}

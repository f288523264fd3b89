//! Finding what two replicas do not have alike, without sending what they have.

use std::collections::BTreeMap;

/// What has to be exchanged, by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference<K> {
    /// The other has these, and otherwise or alone: ask for them.
    pub ask: Vec<K>,
    /// I have these, and otherwise or alone: send them.
    pub send: Vec<K>,
}

/// Compares the digests of one bucket's keys. A key that both have, and not alike, goes both ways.
pub fn difference<K: Clone + Ord, D: PartialEq>(mine: &BTreeMap<K, D>, theirs: &BTreeMap<K, D>) -> Difference<K> {
    let unlike = |from: &BTreeMap<K, D>, to: &BTreeMap<K, D>| {
        from.iter().filter(|(key, digest)| to.get(*key) != Some(*digest)).map(|(key, _)| key.clone()).collect()
    };
    Difference { ask: unlike(theirs, mine), send: unlike(mine, theirs) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_lacks_goes_one_way_and_what_differs_goes_both() {
        let mine = BTreeMap::from([("alike", 1), ("mine", 2), ("unlike", 3)]);
        let theirs = BTreeMap::from([("alike", 1), ("theirs", 5), ("unlike", 4)]);
        let difference = difference(&mine, &theirs);
        assert_eq!(difference, Difference { ask: vec!["theirs", "unlike"], send: vec!["mine", "unlike"] });
    }
}

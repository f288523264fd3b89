//! Whose copies count, and how many of them are enough.

/// The replicas that hold a key: one set, or two while the layout changes. A quorum is one in every set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copies<R> {
    sets: Vec<Vec<R>>,
}

impl<R: Clone + PartialEq> Copies<R> {
    /// The replicas of one layout, the best first.
    pub fn of(replicas: Vec<R>) -> Self {
        Self { sets: vec![replicas] }
    }

    /// The same key's replicas in the layout that comes, or that goes.
    #[must_use]
    pub fn and(mut self, replicas: Vec<R>) -> Self {
        self.sets.push(replicas);
        self
    }

    /// Everyone who should have a copy, each once.
    pub fn all(&self) -> Vec<R> {
        let mut all: Vec<R> = Vec::new();
        for replica in self.sets.iter().flatten() {
            if !all.contains(replica) {
                all.push(replica.clone());
            }
        }
        all
    }

    /// Whether more than half of every set is among those for whom `has` holds. A set without members is never enough.
    pub fn are_enough(&self, has: impl Fn(&R) -> bool) -> bool {
        self.sets.iter().all(|set| set.iter().filter(|replica| has(replica)).count() > set.len() / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::Copies;

    #[test]
    fn more_than_half_is_enough_and_half_is_not() {
        for (of, enough) in [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)] {
            let copies = Copies::of((0..of).collect());
            assert!(copies.are_enough(|replica| *replica < enough), "{enough} of {of}");
            assert!(!copies.are_enough(|replica| *replica < enough - 1), "{} of {of}", enough - 1);
        }
        assert!(!Copies::<u8>::of(vec![]).are_enough(|_| true));
    }

    #[test]
    fn while_the_layout_changes_both_sets_have_to_have_a_quorum() {
        let copies = Copies::of(vec!["A", "B", "C"]).and(vec!["B", "C", "D"]);
        assert_eq!(copies.all(), ["A", "B", "C", "D"]);
        assert!(copies.are_enough(|replica| ["B", "C"].contains(replica)));
        assert!(!copies.are_enough(|replica| ["A", "B"].contains(replica)));
    }
}

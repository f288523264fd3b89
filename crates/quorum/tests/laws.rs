//! What holds for every order of answers.

use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, proptest};
use quorum::{Copies, Join, Read, ReadStep, Write, WriteStep};
use std::collections::BTreeMap;

/// The largest number wins: the smallest thing that joins.
#[derive(Clone, Debug, PartialEq)]
struct Largest(u32);

impl Join for Largest {
    fn join(&mut self, other: &Self) {
        self.0 = self.0.max(other.0);
    }
}

/// Which replicas answer, and in which order all are heard.
fn fates() -> impl Strategy<Value = (Vec<bool>, Vec<usize>)> {
    (1..8_usize)
        .prop_flat_map(|n| (prop::collection::vec(any::<bool>(), n), Just((0..n).collect::<Vec<_>>()).prop_shuffle()))
}

fn copies(n: usize) -> Copies<usize> {
    Copies::of((0..n).collect())
}

/// Plays a write to its end: what was told, and how often.
fn write(answers: &[bool], order: &[usize]) -> (Vec<WriteStep<usize>>, Vec<usize>) {
    let (mut write, mut steps) = Write::begin(copies(answers.len()), vec![]);
    for &replica in order {
        steps.extend(if answers[replica] { write.stored(&replica) } else { write.failed(&replica, false) });
    }
    (steps, (0..answers.len()).filter(|&replica| answers[replica]).collect())
}

proptest! {
    #[test]
    fn a_read_with_a_quorum_sees_every_write_that_had_one(
        (stored, order) in fates(),
        answered in prop::collection::vec(any::<bool>(), 8),
    ) {
        let n = stored.len();
        let (steps, holders) = write(&stored, &order);
        let written = steps.iter().any(|step| matches!(step, WriteStep::Tell(Ok(written)) if written.quorum));
        let (mut read, mut steps) = Read::begin(copies(n), vec![]);
        for &replica in order.iter().rev() {
            let copy = holders.contains(&replica).then_some(Largest(7));
            steps.extend(if answered[replica] { read.answered(&replica, copy) } else { read.failed(&replica) });
        }
        let found = steps.iter().find_map(|step| match step {
            ReadStep::Tell(found) => Some(found.clone()),
            _ => None,
        });
        let found = found.expect("everyone was heard");
        if written && found.quorum {
            prop_assert_eq!(found.value, Some(Largest(7)));
        }
    }

    #[test]
    fn whoever_asks_is_told_exactly_once_and_every_missing_copy_is_owed_by_someone_who_has_it((stored, order) in fates()) {
        let (steps, holders) = write(&stored, &order);
        let tells = steps.iter().filter(|step| matches!(step, WriteStep::Tell(_))).count();
        prop_assert_eq!(tells, 1);
        let hints = steps.iter().filter_map(|step| match step {
            WriteStep::Hint { at, missing } => Some((*at, *missing)),
            _ => None,
        });
        let hints: Vec<_> = hints.collect();
        prop_assert!(hints.iter().all(|(at, missing)| holders.contains(at) && !holders.contains(missing)));
        if !holders.is_empty() {
            prop_assert_eq!(hints.len(), stored.len() - holders.len());
        }
    }

    #[test]
    fn after_a_read_and_its_repairs_everyone_who_answered_has_the_same(
        before in prop::collection::vec(prop::option::of(0..5_u32), 1..8),
        silent in prop::collection::vec(any::<bool>(), 8),
    ) {
        let mut held: BTreeMap<usize, Option<Largest>> = before.iter().map(|copy| copy.map(Largest)).enumerate().collect();
        let (mut read, mut steps) = Read::begin(copies(held.len()), vec![]);
        for replica in 0..held.len() {
            steps.extend(if silent[replica] { read.failed(&replica) } else { read.answered(&replica, held[&replica].clone()) });
        }
        for step in steps {
            if let ReadStep::Repair(replica, value) = step {
                held.insert(replica, Some(value));
            }
        }
        let answered: Vec<_> = (0..held.len()).filter(|&replica| !silent[replica]).map(|replica| held[&replica].clone()).collect();
        prop_assert!(answered.windows(2).all(|pair| pair[0] == pair[1]), "{:?}", answered);
    }
}

//! Who gets an e-mail address that several want at once: the next thing to do for one who signs up. Pure.
//!
//! Copies can be read and written at a quorum, and nothing more, so nobody can simply be first. Each writes an attempt at
//! a quorum, and then reads at a quorum. Of two, at most one can find itself alone: whoever reads after the other's write
//! sees it, and both write before they read. Who is alone marks its attempt as sure, and reads once more; only then is it
//! told. Of those who are not alone the earliest waits, and the others withdraw. So two never both hear yes, however slow
//! one of them is.
//!
//! An attempt whose frontend died stays behind, and is no account. It is removed after [`ABANDONED_MS`]. Clocks decide
//! nothing else: should one be so wrong that a living attempt is removed, then both see the other's mark when they read
//! once more, and withdraw.

use super::record::Record;
use uuid::Uuid;

/// An attempt that is older than this and not sure was given up, in milliseconds: longer than any sign-up may take.
pub(super) const ABANDONED_MS: u64 = 30_000;

/// The next thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Write the own attempt.
    Write,
    /// Mark the own attempt as sure.
    Confirm,
    /// Look again a little later: somebody else is not yet through.
    Wait,
    /// Remove this attempt, which is the own one or one that was given up.
    Remove(Uuid),
    /// It is done: the account is ours.
    Done,
    /// Somebody else has it.
    Taken,
}

/// What `mine` does, having read these at a quorum.
pub(super) fn next(seen: &[Record], mine: Uuid, now_ms: u64) -> Step {
    let own = seen.iter().find(|one| one.id == mine);
    let others = || seen.iter().filter(|one| one.id != mine);
    if others().any(|other| other.sure) {
        return own.map_or(Step::Taken, |_| Step::Remove(mine));
    }
    if own.is_some_and(|own| own.sure) {
        return Step::Done;
    }
    if let Some(abandoned) = others().find(|other| other.created_ms + ABANDONED_MS <= now_ms) {
        return Step::Remove(abandoned.id);
    }
    match (own, seen.first()) {
        (None, None) => Step::Write,
        (Some(_), _) if seen.len() == 1 => Step::Confirm,
        // They are in their order.
        (Some(_), Some(first)) if first.id != mine => Step::Remove(mine),
        _ => Step::Wait,
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::testing::attempt;
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    const NOW: u64 = 1_000_000;

    fn sure(record: Record) -> Record {
        Record { sure: true, ..record }
    }

    fn next_of(seen: &[Record], mine: u128) -> Step {
        next(seen, Uuid::from_u128(mine), NOW)
    }

    #[test]
    fn who_is_alone_writes_then_confirms_then_is_done() {
        let mine = attempt(7, NOW);
        assert_eq!(next_of(&[], 7), Step::Write);
        assert_eq!(next_of(std::slice::from_ref(&mine), 7), Step::Confirm);
        assert_eq!(next_of(&[sure(mine)], 7), Step::Done);
    }

    #[test]
    fn of_two_the_earlier_waits_and_the_later_withdraws_and_both_end() {
        let (first, second) = (attempt(9, NOW - 5), attempt(7, NOW));
        let both = [first.clone(), second];
        assert_eq!((next_of(&both, 9), next_of(&both, 7)), (Step::Wait, Step::Remove(Uuid::from_u128(7))));
        assert_eq!(next_of(std::slice::from_ref(&first), 7), Step::Wait, "not yet sure, and not to be crowded");
        assert_eq!(next_of(&[sure(first)], 7), Step::Taken);
    }

    #[test]
    fn an_account_is_never_taken_over() {
        let account = sure(attempt(9, NOW));
        assert_eq!(next_of(std::slice::from_ref(&account), 7), Step::Taken);
        let mine = attempt(7, NOW - 5);
        assert_eq!(next_of(&[mine.clone(), account.clone()], 7), Step::Remove(mine.id));
        assert_eq!(next_of(&[sure(mine.clone()), account], 7), Step::Remove(mine.id), "neither was told");
        assert_eq!(next(&[sure(attempt(9, 0))], mine.id, NOW), Step::Taken, "however old it is");
    }

    #[test]
    fn what_was_given_up_is_cleared_away() {
        let left = attempt(9, NOW - ABANDONED_MS);
        assert_eq!(next_of(std::slice::from_ref(&left), 7), Step::Remove(left.id));
        assert_eq!(next_of(&[left.clone(), attempt(7, NOW)], 7), Step::Remove(left.id));
        assert_eq!(next_of(&[attempt(9, NOW - ABANDONED_MS + 1)], 7), Step::Wait);
    }

    /// One who signs up: what it read and has not yet acted on, and what it was told.
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct One {
        read: Option<Vec<(u128, bool)>>,
        told: Option<bool>,
    }

    /// Attempts by id, and whether they are sure; the earlier ids were begun earlier.
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct World {
        attempts: BTreeMap<u128, bool>,
        all: Vec<One>,
    }

    impl World {
        /// Everything that can come of the next move of one of them. `clocks` may be right, or wrong by any amount.
        fn moves(&self, who: usize, clocks: &[u64]) -> Vec<Self> {
            let mine = who as u128;
            let Some(read) = &self.all[who].read else {
                let mut next = self.clone();
                next.all[who].read = Some(self.attempts.clone().into_iter().collect());
                return vec![next];
            };
            let record =
                |(later, (id, sure)): (u64, &(u128, bool))| Record { sure: *sure, ..attempt(*id, NOW + later) };
            let seen: Vec<Record> = (0..).zip(read).map(record).collect();
            let acted = |now: &u64| {
                let mut next = self.clone();
                next.all[who].read = None;
                let mut worlds = Vec::new();
                match super::next(&seen, Uuid::from_u128(mine), *now) {
                    Step::Write => drop(next.attempts.insert(mine, false)),
                    Step::Confirm => {
                        // Somebody who removed it at the same time may not have seen the mark: then it is there again.
                        if !next.attempts.contains_key(&mine) {
                            worlds.push(next.clone());
                        }
                        next.attempts.insert(mine, true);
                    }
                    Step::Remove(id) if id.as_u128() == mine => drop(next.attempts.remove(&mine)),
                    // Only what is still not sure when it is removed.
                    Step::Remove(id) => next.attempts.retain(|one, sure| *one != id.as_u128() || *sure),
                    Step::Wait => (),
                    Step::Done => next.all[who].told = Some(true),
                    Step::Taken => next.all[who].told = Some(false),
                }
                worlds.push(next);
                worlds
            };
            clocks.iter().flat_map(acted).collect()
        }
    }

    /// Every world that any order of moves leads to; whoever does not move any more has died.
    fn worlds(how_many: usize, clocks: &[u64]) -> BTreeSet<World> {
        let begin = World { attempts: BTreeMap::new(), all: vec![One { read: None, told: None }; how_many] };
        let (mut found, mut open) = (BTreeSet::from([begin.clone()]), vec![begin]);
        while let Some(world) = open.pop() {
            for who in (0..how_many).filter(|who| world.all[*who].told.is_none()) {
                for next in world.moves(who, clocks) {
                    if found.insert(next.clone()) {
                        open.push(next);
                    }
                }
            }
        }
        found
    }

    fn winners(world: &World) -> Vec<u128> {
        let told = world.all.iter().enumerate().filter(|(_, one)| one.told == Some(true));
        told.map(|(who, _)| who as u128).collect()
    }

    #[test]
    fn in_no_order_of_events_are_two_told_that_it_is_theirs_and_whoever_was_told_has_it() {
        for (how_many, clocks) in [(3, vec![NOW]), (2, vec![NOW, u64::MAX])] {
            let worlds = worlds(how_many, &clocks);
            println!("{how_many} who sign up, clocks {clocks:?}: {} worlds", worlds.len());
            for world in &worlds {
                let winners = winners(world);
                assert!(winners.len() <= 1, "{world:?}");
                assert!(winners.iter().all(|winner| world.attempts.get(winner) == Some(&true)), "{world:?}");
            }
            assert!(worlds.iter().any(|world| winners(world).len() == 1), "somebody can win");
        }
    }
}

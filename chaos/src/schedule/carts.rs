//! What is done to the carts, and to the links to and among them, beside what is done to sales: a deck of its own, and
//! chance of its own, so that sales meet exactly what they would meet in a shop without carts.
//!
//! Most of the time one replica at a time is at fault, and everything must be answered then; now and then more are, and
//! the shop is parted into halves that both write.

use super::{Kind, Planner, meets};
use crate::fault::{Caller, Fault, Link, Replica, Spell};
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use std::ops::Range;

/// From one fault to the next, in milliseconds.
const PACE_MS: Range<u64> = 2_200..5_000;
/// What tells the chance of carts from that of sales, of one seed.
const OTHER_CHANCE: u64 = 0xCA27;

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Card {
    /// Trouble on one link, from a frontend or another cart replica.
    OneLink(Kind),
    /// Trouble on both links between two cart replicas.
    Apart(Kind),
    /// Trouble on all links from and to a replica.
    Island(Kind),
    /// One frontend and one replica on this side, everybody else of them on the other.
    Halves(Kind),
    Kill,
    Pause,
    OldData,
    Twice,
    FullDisk,
    Clock,
}

const DECK: [Card; 14] = [
    Card::OneLink(Kind::Cut),
    Card::OneLink(Kind::AnswersHeld),
    Card::OneLink(Kind::HalfOpen),
    Card::Apart(Kind::Blackhole),
    Card::Island(Kind::Cut),
    Card::Island(Kind::Blackhole),
    Card::Halves(Kind::Cut),
    Card::Kill,
    Card::Kill,
    Card::Pause,
    Card::OldData,
    Card::Twice,
    Card::FullDisk,
    Card::Clock,
];

/// What is done to the carts in a run in which `sales` meet this.
pub(super) fn plan(seed: u64, length_ms: u64, sales: &[Spell]) -> Vec<Spell> {
    let meets_no_sales = |_: &Planner, spell: &Spell| !sales.iter().any(|other| meets(spell, other));
    Planner::begin(seed ^ OTHER_CHANCE, length_ms).deal(&DECK, PACE_MS, Planner::spell_of_carts, meets_no_sales)
}

impl Planner {
    fn spell_of_carts(&mut self, card: Card, at: u64) -> Spell {
        let replica = self.one_of(&Replica::CARTS);
        let (fault, lasts_ms) = match card {
            Card::OneLink(kind) => {
                let callers = Replica::FRONTENDS.into_iter().chain(Replica::CARTS).filter(|from| *from != replica);
                let from = self.one_of(&callers.collect::<Vec<_>>());
                self.links_for(vec![Link::between(from, replica)], kind, 1_500..6_000)
            }
            Card::Apart(kind) => {
                let peer = replica.peer();
                self.links_for(vec![Link::between(replica, peer), Link::between(peer, replica)], kind, 2_000..7_000)
            }
            Card::Island(kind) => {
                let all = Link::all().into_iter();
                let around = all.filter(|link| link.to == replica || link.from == Caller::Replica(replica)).collect();
                self.links_for(around, kind, 2_000..5_000)
            }
            Card::Halves(kind) => {
                let frontend = self.one_of(&Replica::FRONTENDS);
                self.links_for(between_halves(frontend, replica), kind, 2_500..6_000)
            }
            Card::Kill => (Fault::Kill(replica), 0),
            Card::Pause => (Fault::Pause(replica), self.random.random_range(700..5_000)),
            Card::OldData => (Fault::OldData { replica, age_ms: self.random.random_range(1_500..8_000) }, 0),
            Card::Twice => (Fault::Twice(replica), 0),
            Card::FullDisk => (Fault::FullDisk(replica), self.random.random_range(2_000..5_000)),
            Card::Clock => (Fault::Clock(replica), self.random.random_range(3_000..6_000)),
        };
        Spell { fault, from_ms: at, to_ms: at + lasts_ms }
    }

    fn links_for(&mut self, links: Vec<Link>, kind: Kind, lasts_ms: Range<u64>) -> (Fault, u64) {
        (self.links(links, kind), self.random.random_range(lasts_ms))
    }

    fn one_of(&mut self, replicas: &[Replica]) -> Replica {
        *replicas.choose(&mut self.random).expect("not empty")
    }
}

/// The links between this frontend with this replica and everybody else of the two tiers.
fn between_halves(frontend: Replica, replica: Replica) -> Vec<Link> {
    let is_here = |one: Replica| one == frontend || one == replica;
    let to_carts = Link::all().into_iter().filter(|link| Replica::CARTS.contains(&link.to));
    let parted = to_carts.filter(|link| match link.from {
        Caller::Replica(from) if Replica::FRONTENDS.contains(&from) || Replica::CARTS.contains(&from) => {
            is_here(from) != is_here(link.to)
        }
        _ => false,
    });
    parted.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::carts_in_reach;
    use crate::schedule::{plan, sales};

    const MINUTES: u64 = 3 * 60_000;

    #[test]
    fn halves_leave_each_frontend_the_replicas_of_its_side_and_no_other() {
        let halves = between_halves(Replica::Frontend, Replica::CartB);
        // One frontend to two, the other to one, and two pairs of replicas both ways.
        assert_eq!(halves.len(), 2 + 1 + 2 * 2);
        assert!(!halves.contains(&Link::between(Replica::Frontend, Replica::CartB)));
        assert!(halves.contains(&Link::between(Replica::FrontendB, Replica::CartB)));
        assert!(halves.contains(&Link::between(Replica::CartB, Replica::CartA)));
        assert!(!halves.contains(&Link::between(Replica::CartA, Replica::CartC)));
    }

    #[test]
    fn sales_meet_what_they_would_meet_without_carts_and_carts_are_met_beside_it() {
        for seed in 0..3 {
            let (all, sales) = (plan(seed, MINUTES), sales(seed, MINUTES));
            assert!(sales.iter().all(|spell| all.contains(spell)), "seed {seed}");
            let of_carts: Vec<_> = all.iter().filter(|spell| !sales.contains(spell)).collect();
            assert!((30..80).contains(&of_carts.len()), "seed {seed}: {} faults", of_carts.len());
            assert!(of_carts.iter().any(|spell| matches!(spell.fault, Fault::OldData { .. })), "seed {seed}");
        }
    }

    #[test]
    fn most_of_the_time_two_replicas_are_in_reach_of_a_frontend_and_not_always() {
        let (mut slots, mut enough) = (0, 0);
        for seed in 3..6 {
            for reach in carts_in_reach(&plan(seed, MINUTES), 180).into_values() {
                slots += reach.len();
                enough += reach.iter().filter(|count| **count >= 2).count();
            }
        }
        assert!((slots / 2..slots * 9 / 10).contains(&enough), "{enough} of {slots}");
    }
}

//! What is done to the shop and when, as a function of a seed: the same seed and length are the same plan, always.
//!
//! Pure. Kinds of faults are drawn like cards, so that a run of a minute has nearly all of them. Faults may overlap, on
//! different links and replicas; a card that would leave buyers without any path for too long is put off.

mod carts;

use crate::fault::{Caller, Fault, Link, Replica, Spell, Trouble};
use crate::path::{KILL_BACK_MS, OLD_DATA_BACK_MS, longest_without, seconds_with_a_path};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{RngExt as _, SeedableRng as _};
use std::ops::Range;

/// The longest stretch without a path that is planned, in seconds.
pub const LONGEST_WITHOUT_A_PATH_S: usize = 6;
/// Before the first fault: customers have come in by then.
const CALM_MS: u64 = 2_500;
/// From the last fault to the end, at least.
const QUIET_END_MS: u64 = 3_000;
/// Between two losses of data: what the first one lost must have been found out by then.
const BETWEEN_LOSSES_MS: u64 = 25_000;
/// How often another place is tried for a card.
const TRIES: usize = 12;
/// From the end of a fault until the same replica may meet the next.
const BREATH_MS: u64 = 1_000;

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Card {
    /// Trouble on one link.
    OneLink(Kind),
    /// Trouble on both links between two replicas.
    Apart(Kind),
    /// Trouble on all links from and to a replica.
    Island(Kind),
    Kill,
    Pause,
    OldData,
    Twice,
    Copied,
    FullDisk,
    Clock,
}

/// Kinds of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Cut,
    Blackhole,
    ALittleSlow,
    VerySlow,
    AnswersHeld,
    RequestsHeld,
    HalfOpen,
}

const DECK: [Card; 18] = [
    Card::OneLink(Kind::Cut),
    Card::OneLink(Kind::Blackhole),
    Card::OneLink(Kind::AnswersHeld),
    Card::OneLink(Kind::RequestsHeld),
    Card::OneLink(Kind::HalfOpen),
    Card::Apart(Kind::Cut),
    Card::Apart(Kind::Blackhole),
    Card::Apart(Kind::ALittleSlow),
    Card::Island(Kind::Blackhole),
    Card::Island(Kind::VerySlow),
    Card::Kill,
    Card::Kill,
    Card::Pause,
    Card::OldData,
    Card::Twice,
    Card::Copied,
    Card::FullDisk,
    Card::Clock,
];

/// The plan of a run of `length_ms` milliseconds, in the order in which the faults begin.
pub fn plan(seed: u64, length_ms: u64) -> Vec<Spell> {
    let mut spells = sales(seed, length_ms);
    spells.extend(carts::plan(seed, length_ms, &spells));
    spells.sort_by_key(|spell| spell.from_ms);
    spells
}

/// What is done to those that a sale goes through, and to their links.
fn sales(seed: u64, length_ms: u64) -> Vec<Spell> {
    Planner::begin(seed, length_ms).deal(&DECK, 1_200..3_600, Planner::spell_of_sales, Planner::leaves_a_path)
}

/// A plan that is being made.
struct Planner {
    random: StdRng,
    length_ms: u64,
    spells: Vec<Spell>,
}

impl Planner {
    fn begin(seed: u64, length_ms: u64) -> Self {
        Self { random: StdRng::seed_from_u64(seed), length_ms, spells: Vec::new() }
    }

    /// Deals a deck again and again, a card every `pace` milliseconds: `spell` is what a card does from a moment on, and
    /// `may` says whether that may be, beside what is planned already.
    fn deal<Card: Copy>(
        mut self,
        deck: &[Card],
        pace: Range<u64>,
        spell: impl Fn(&mut Self, Card, u64) -> Spell,
        may: impl Fn(&Self, &Spell) -> bool,
    ) -> Vec<Spell> {
        let mut hand: Vec<Card> = Vec::new();
        let mut at = CALM_MS;
        while at + QUIET_END_MS < self.length_ms {
            if hand.is_empty() {
                hand = deck.to_vec();
                hand.shuffle(&mut self.random);
            }
            // The first card there is a place for; the others keep their turn.
            let drawn = (0..hand.len()).rev().find_map(|card| {
                let found = (0..TRIES).find_map(|_| {
                    let spell = spell(&mut self, hand[card], at);
                    (self.fits(&spell) && may(&self, &spell)).then_some(spell)
                });
                Some((card, found?))
            });
            match drawn {
                Some((card, spell)) => {
                    hand.remove(card);
                    self.spells.push(spell);
                }
                // What is left must wait; meanwhile there are the others.
                None => hand.clear(),
            }
            at += self.random.random_range(pace.clone());
        }
        self.spells
    }

    /// Whether there is time for it, and nothing that is planned gets into its way.
    fn fits(&self, spell: &Spell) -> bool {
        if after(spell) + QUIET_END_MS > self.length_ms && spell.fault.ends_an_incarnation() {
            return false;
        }
        if let Fault::OldData { age_ms, .. } = spell.fault
            && spell.from_ms < age_ms + CALM_MS / 2
        {
            return false;
        }
        !self.spells.iter().any(|other| meets(spell, other))
    }

    /// Whether buyers have a path again soon.
    fn leaves_a_path(&self, spell: &Spell) -> bool {
        let mut with = self.spells.clone();
        with.push(spell.clone());
        let seconds = usize::try_from(self.length_ms / 1000).unwrap_or(usize::MAX);
        longest_without(&seconds_with_a_path(&with, seconds)) <= LONGEST_WITHOUT_A_PATH_S
    }

    fn spell_of_sales(&mut self, card: Card, at: u64) -> Spell {
        let keeper = *Replica::KEEPERS.choose(&mut self.random).expect("not empty");
        let anyone = *Replica::SELLERS.choose(&mut self.random).expect("not empty");
        let (fault, lasts_ms) = match card {
            Card::OneLink(kind) => {
                let link = self.link();
                (self.links(vec![link], kind), self.random.random_range(1_500..6_000))
            }
            Card::Apart(kind) => {
                let (one, other) = self.pair();
                let links = vec![Link::between(one, other), Link::between(other, one)];
                (self.links(links, kind), self.random.random_range(2_000..7_000))
            }
            Card::Island(kind) => {
                let all = Link::all().into_iter();
                let around = all.filter(|link| link.to == anyone || link.from == Caller::Replica(anyone)).collect();
                (self.links(around, kind), self.random.random_range(2_000..5_000))
            }
            Card::Kill => (Fault::Kill(anyone), 0),
            Card::Pause => (Fault::Pause(anyone), self.random.random_range(700..5_000)),
            Card::OldData => (Fault::OldData { replica: keeper, age_ms: self.random.random_range(1_500..8_000) }, 0),
            Card::Twice => (Fault::Twice(keeper), 0),
            Card::Copied => (Fault::Copied(keeper), 4_000),
            Card::FullDisk => (Fault::FullDisk(keeper), self.random.random_range(3_000..6_000)),
            Card::Clock => (Fault::Clock(keeper), self.random.random_range(4_000..9_000)),
        };
        Spell { fault, from_ms: at, to_ms: at + lasts_ms }
    }

    fn links(&mut self, links: Vec<Link>, kind: Kind) -> Fault {
        Fault::Links { links, trouble: trouble(&mut self.random, kind) }
    }

    /// One link of those over which there is traffic.
    fn link(&mut self) -> Link {
        let busy = |link: &Link| !matches!(link.from, Caller::Operator) && is_busy(*link);
        let links: Vec<Link> = Link::all().into_iter().filter(busy).collect();
        *links.choose(&mut self.random).expect("not empty")
    }

    /// Two replicas of which at least one calls the other.
    fn pair(&mut self) -> (Replica, Replica) {
        let link = loop {
            let link = self.link();
            if let Caller::Replica(from) = link.from {
                break (from, link.to);
            }
        };
        if self.random.random_bool(0.4) {
            // Peers, more often than chance has it: between them stock moves and copies are made.
            let keeper = *Replica::KEEPERS.choose(&mut self.random).expect("not empty");
            return (keeper, keeper.peer());
        }
        link
    }
}

/// Trouble of this kind.
fn trouble(random: &mut StdRng, kind: Kind) -> Trouble {
    match kind {
        Kind::Cut => Trouble::Cut,
        Kind::Blackhole => Trouble::Blackhole,
        Kind::ALittleSlow => Trouble::Slow { ms: random.random_range(10..60), jitter_ms: 40 },
        Kind::VerySlow => Trouble::Slow { ms: random.random_range(200..600), jitter_ms: 300 },
        Kind::AnswersHeld => Trouble::AnswersHeld,
        Kind::RequestsHeld => Trouble::RequestsHeld,
        Kind::HalfOpen => Trouble::HalfOpen,
    }
}

/// Whether the two would get into each other's way.
fn meets(spell: &Spell, other: &Spell) -> bool {
    let (one, two) = (&spell.fault, &other.fault);
    let both_lose = one.ends_an_incarnation() && two.ends_an_incarnation() && is_of_carts(one) == is_of_carts(two);
    if both_lose && spell.from_ms < other.from_ms + BETWEEN_LOSSES_MS {
        return true;
    }
    if concerns_the_peer(spell, other) || concerns_the_peer(other, spell) {
        return true;
    }
    let at_once = before(spell) < after(other) + BREATH_MS && before(other) < after(spell) + BREATH_MS;
    if !at_once {
        return false;
    }
    match (one, two) {
        (Fault::Links { links: ours, .. }, Fault::Links { links: theirs, .. }) => {
            ours.iter().any(|link| theirs.contains(link))
        }
        _ => one.replica().is_some() && one.replica() == two.replica(),
    }
}

/// Whether it is done to a cart replica.
fn is_of_carts(fault: &Fault) -> bool {
    fault.replica().is_some_and(|replica| Replica::CARTS.contains(&replica))
}

/// Whether a copy of a replica could go unnoticed because of the other fault: its peer is who notices.
fn concerns_the_peer(copied: &Spell, other: &Spell) -> bool {
    let Fault::Copied(replica) = copied.fault else { return false };
    let at_once = before(copied) < after(other) + BREATH_MS && before(other) < after(copied) + BREATH_MS;
    let peer = replica.peer();
    at_once
        && match &other.fault {
            Fault::Links { links, .. } => {
                links.contains(&Link::between(replica, peer)) || links.contains(&Link::between(peer, replica))
            }
            other => other.replica() == Some(peer),
        }
}

/// When a fault first touches its replica.
fn before(spell: &Spell) -> u64 {
    match spell.fault {
        Fault::OldData { age_ms, .. } => spell.from_ms.saturating_sub(age_ms),
        _ => spell.from_ms,
    }
}

/// When its replica has come back from it.
fn after(spell: &Spell) -> u64 {
    match spell.fault {
        Fault::Links { .. } | Fault::Twice(_) | Fault::Pause(_) => spell.to_ms,
        Fault::Kill(_) | Fault::Copied(_) | Fault::FullDisk(_) | Fault::Clock(_) => spell.to_ms + KILL_BACK_MS,
        Fault::OldData { .. } => spell.to_ms + OLD_DATA_BACK_MS,
    }
}

/// Whether anything goes over a link in everyday life.
fn is_busy(link: Link) -> bool {
    let Caller::Replica(from) = link.from else { return true };
    matches!(
        (from.program(), link.to.program()),
        ("frontend" | "order", "order" | "catalog") | ("catalog", "catalog" | "frontend")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const MINUTES: u64 = 3 * 60_000;

    #[test]
    fn the_same_seed_is_the_same_plan_and_another_seed_another() {
        assert_eq!(plan(7, MINUTES), plan(7, MINUTES));
        assert_ne!(plan(7, MINUTES), plan(8, MINUTES));
    }

    #[test]
    fn no_plan_leaves_buyers_without_a_path_for_long_and_most_leave_one_nearly_always() {
        let mut without = 0;
        for seed in 0..12 {
            let path = seconds_with_a_path(&plan(seed, MINUTES), 180);
            assert!(longest_without(&path) <= LONGEST_WITHOUT_A_PATH_S, "seed {seed}");
            without += path.iter().filter(|there| !**there).count();
        }
        assert!((12..12 * 60).contains(&without), "{without} seconds of 2160 have no path");
    }

    #[test]
    fn three_minutes_have_every_kind_of_fault_and_one_every_few_seconds() {
        for seed in 0..6 {
            let spells = plan(seed, MINUTES);
            let kind = |spell: &Spell| match &spell.fault {
                Fault::Links { trouble, .. } => format!("{trouble:?}").split(' ').next().map(str::to_owned),
                other => format!("{other:?}").split(['(', ' ']).next().map(str::to_owned),
            };
            let kinds: BTreeSet<_> = spells.iter().map(kind).collect();
            assert_eq!(kinds.len(), 13, "seed {seed}: {kinds:?}");
            assert!((75..200).contains(&spells.len()), "seed {seed}: {} faults", spells.len());
        }
    }

    #[test]
    fn faults_overlap_but_never_on_one_replica_or_link() {
        let mut overlaps = 0;
        for seed in 0..6 {
            let spells = plan(seed, MINUTES);
            for (index, one) in spells.iter().enumerate() {
                for other in &spells[index + 1..] {
                    let at_once = one.from_ms < other.to_ms && other.from_ms < one.to_ms;
                    overlaps += usize::from(at_once);
                    let same = one.fault.replica().is_some() && one.fault.replica() == other.fault.replica();
                    assert!(!(at_once && same), "seed {seed}: {one:?} {other:?}");
                }
            }
        }
        assert!(overlaps > 40, "{overlaps}");
    }

    #[test]
    fn a_short_run_is_a_plan_too() {
        for seed in 0..40 {
            let spells = plan(seed, 30_000);
            assert!(spells.len() >= 10, "seed {seed}: {}", spells.len());
            assert!(spells.iter().all(|spell| spell.from_ms < 27_000));
        }
        assert_eq!(plan(1, 1_000), []);
    }
}

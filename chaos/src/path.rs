//! Whether a buyer could have got through: in which seconds there was a way from customers over a frontend and an order
//! replica to a catalog that has units; and how many cart replicas a frontend reached (`carts`).
//!
//! Pure, and the same for what is planned and for what was done. Time goes in slots of a tenth of a second; a second
//! counts as one with a path when one and the same chain of replicas was whole in every slot of it. What has just been
//! mended is allowed its time to come back (the constants below), and nothing is allowed for finding a way around what
//! has just been broken: that is what the shop promises.

mod carts;

pub(crate) use carts::carts_in_reach;

use crate::fault::{Caller, Fault, Link, Replica, Spell};
use std::collections::BTreeMap;

/// A slot, in milliseconds.
pub(crate) const SLOT_MS: u64 = 100;
/// Slots in a second.
const SECOND: usize = 10;
/// From the end of trouble on a link until probes have noticed: two probes, one of which may be waiting for its deadline.
const LINK_BACK_MS: u64 = 1_500;
/// From SIGCONT until probes have noticed.
const PAUSE_BACK_MS: u64 = 1_500;
/// From `kill -9` until probes have noticed that the replica is ready: 0.1 s until it is started, the start, reading what
/// was missed, a probe.
pub(crate) const KILL_BACK_MS: u64 = 3_000;
/// From the start on old data until it is ready: its witness says at once that they are old.
pub(crate) const OLD_DATA_BACK_MS: u64 = 1_000 + KILL_BACK_MS;
/// So long a catalog that came back owning nothing must be in touch with the other one until it counts as having units:
/// the first borrowing needs one sale, the spreading of the stock some rounds.
const STOCKED_AFTER_SLOTS: u32 = 50;

/// How the whole shop fares in every slot.
struct Picture {
    slots: usize,
    down: BTreeMap<Replica, Vec<bool>>,
    broken: BTreeMap<Link, Vec<bool>>,
    /// Slots in which a catalog comes back as an actor that owns nothing.
    emptied: BTreeMap<Replica, Vec<bool>>,
}

impl Picture {
    fn of(spells: &[Spell], seconds: usize) -> Self {
        let slots = seconds * SECOND;
        let mut picture = Self { slots, down: BTreeMap::new(), broken: BTreeMap::new(), emptied: BTreeMap::new() };
        for spell in spells {
            picture.add(spell);
        }
        picture
    }

    fn add(&mut self, spell: &Spell) {
        let Spell { fault, from_ms, to_ms } = spell;
        let (from, to) = (*from_ms, *to_ms);
        match fault {
            Fault::Links { trouble, .. } if trouble.is_bearable() => {}
            Fault::Links { links, .. } => {
                for link in links {
                    mark(self.broken.entry(*link).or_default(), self.slots, from, to + LINK_BACK_MS);
                }
            }
            Fault::Kill(replica) => self.is_down(*replica, from, from + KILL_BACK_MS),
            Fault::Pause(replica) => self.is_down(*replica, from, to + PAUSE_BACK_MS),
            Fault::Twice(_) => {}
            Fault::FullDisk(replica) => self.is_down(*replica, from, to + KILL_BACK_MS),
            // Started again with another clock, and again with the right one.
            Fault::Clock(replica) => {
                self.is_down(*replica, from, from + KILL_BACK_MS);
                self.is_down(*replica, to, to + KILL_BACK_MS);
            }
            Fault::OldData { replica, .. } => {
                self.is_down(*replica, from, to + OLD_DATA_BACK_MS);
                mark(self.emptied.entry(*replica).or_default(), self.slots, to, to + OLD_DATA_BACK_MS);
            }
            Fault::Copied(replica) => {
                self.is_down(*replica, from, to + KILL_BACK_MS);
                mark(self.emptied.entry(*replica).or_default(), self.slots, from, to + KILL_BACK_MS);
            }
        }
    }

    fn is_down(&mut self, replica: Replica, from: u64, to: u64) {
        mark(self.down.entry(replica).or_default(), self.slots, from, to);
    }

    fn up(&self, replica: Replica, slot: usize) -> bool {
        !is_marked(self.down.get(&replica), slot)
    }

    fn whole(&self, link: Link, slot: usize) -> bool {
        !is_marked(self.broken.get(&link), slot)
    }

    /// In which slots a catalog has units: always, but for a while after it came back owning nothing.
    fn stocked(&self, catalog: Replica) -> Vec<bool> {
        let peer = catalog.peer();
        let mut in_touch = STOCKED_AFTER_SLOTS;
        let slot = |slot| {
            if is_marked(self.emptied.get(&catalog), slot) {
                in_touch = 0;
            } else if self.up(catalog, slot)
                && self.up(peer, slot)
                && self.whole(Link::between(catalog, peer), slot)
                && self.whole(Link::between(peer, catalog), slot)
            {
                in_touch = (in_touch + 1).min(STOCKED_AFTER_SLOTS);
            }
            in_touch == STOCKED_AFTER_SLOTS
        };
        (0..self.slots).map(slot).collect()
    }

    /// In which slots a buyer gets through these three.
    fn chain(&self, frontend: Replica, order: Replica, catalog: Replica, stocked: &[bool]) -> Vec<bool> {
        let links = [
            Link { from: Caller::Customers, to: frontend },
            Link::between(frontend, order),
            Link::between(order, catalog),
        ];
        let through = |slot: usize| {
            stocked[slot]
                && [frontend, order, catalog].into_iter().all(|replica| self.up(replica, slot))
                && links.into_iter().all(|link| self.whole(link, slot))
        };
        (0..self.slots).map(through).collect()
    }
}

/// Whether there was a path, for each of the first `seconds` seconds.
pub(crate) fn seconds_with_a_path(spells: &[Spell], seconds: usize) -> Vec<bool> {
    let picture = Picture::of(spells, seconds);
    let mut found = vec![false; seconds];
    for catalog in Replica::CATALOGS {
        let stocked = picture.stocked(catalog);
        for (frontend, order) in Replica::FRONTENDS.into_iter().flat_map(|f| Replica::ORDERS.map(|o| (f, o))) {
            let chain = picture.chain(frontend, order, catalog, &stocked);
            for (second, slots) in chain.chunks(SECOND).enumerate() {
                found[second] |= slots.iter().all(|through| *through);
            }
        }
    }
    found
}

/// The longest stretch without a path, in seconds.
pub(crate) fn longest_without(path: &[bool]) -> usize {
    path.split(|there| *there).map(<[bool]>::len).max().unwrap_or(0)
}

fn mark(slots: &mut Vec<bool>, count: usize, from_ms: u64, to_ms: u64) {
    slots.resize(count, false);
    let index = |ms: u64| usize::try_from(ms / SLOT_MS).unwrap_or(usize::MAX).min(count);
    let (from, to) = (index(from_ms), index(to_ms + SLOT_MS));
    slots[from..to].fill(true);
}

fn is_marked(slots: Option<&Vec<bool>>, slot: usize) -> bool {
    slots.is_some_and(|slots| slots[slot])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Trouble;

    fn spell(fault: Fault, from_s: u64, to_s: u64) -> Spell {
        Spell { fault, from_ms: from_s * 1000, to_ms: to_s * 1000 }
    }

    fn cut(links: &[Link], from_s: u64, to_s: u64) -> Spell {
        spell(Fault::Links { links: links.to_vec(), trouble: Trouble::Cut }, from_s, to_s)
    }

    fn without(spells: &[Spell]) -> Vec<usize> {
        let path = seconds_with_a_path(spells, 30);
        (0..30).filter(|second| !path[*second]).collect()
    }

    #[test]
    fn one_of_two_leaves_a_path_whatever_happens_to_it() {
        for replica in Replica::KEEPERS {
            assert!(without(&[spell(Fault::Pause(replica), 5, 9)]).is_empty());
            assert!(without(&[spell(Fault::OldData { replica, age_ms: 1 }, 5, 5)]).is_empty());
        }
    }

    #[test]
    fn both_of_a_tier_leave_none_until_one_had_the_time_to_come_back() {
        let both = Replica::ORDERS.map(|order| spell(Fault::Kill(order), 5, 5));
        assert_eq!(without(&both), [5, 6, 7, 8]);
    }

    #[test]
    fn halves_that_do_not_fit_together_are_no_path() {
        let broken = [
            cut(&[Link::between(Replica::OrderA, Replica::CatalogA)], 5, 8),
            cut(&[Link::between(Replica::OrderA, Replica::CatalogB)], 5, 8),
            spell(Fault::Pause(Replica::OrderB), 5, 8),
        ];
        assert_eq!(without(&broken), [5, 6, 7, 8, 9]);
        assert!(without(&broken[..2]).is_empty());
    }

    #[test]
    fn a_link_that_only_answers_travel_late_on_is_broken_and_one_that_is_a_little_slow_is_not() {
        let to_frontends = Replica::FRONTENDS.map(|to| Link { from: Caller::Customers, to });
        let slow = |ms| Fault::Links { links: to_frontends.to_vec(), trouble: Trouble::Slow { ms, jitter_ms: 20 } };
        assert!(without(&[spell(slow(80), 5, 9)]).is_empty());
        assert!(!without(&[spell(slow(400), 5, 9)]).is_empty());
        let held = Fault::Links { links: to_frontends.to_vec(), trouble: Trouble::AnswersHeld };
        assert!(!without(&[spell(held, 5, 9)]).is_empty());
    }

    #[test]
    fn a_catalog_that_came_back_with_nothing_is_no_way_while_the_other_one_is_out_of_reach() {
        let lost = spell(Fault::OldData { replica: Replica::CatalogA, age_ms: 1 }, 1, 1);
        let away = spell(Fault::Pause(Replica::CatalogB), 6, 25);
        // Up again from second 5 on, but with nobody to borrow from.
        assert_eq!(without(&[lost, away]), (6..27).collect::<Vec<_>>());
    }

    #[test]
    fn the_longest_stretch_is_told() {
        assert_eq!(longest_without(&[true, false, false, true, false]), 2);
        assert_eq!(longest_without(&[true, true]), 0);
    }
}

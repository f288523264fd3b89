//! Sessions: who bought a book is never shown it as it was before, and no session goes back in time.
//!
//! Judged on the titles that one customer alone buys, of which no more come in: there the count can be reckoned exactly,
//! from below by what may have been bought and from above by what was. An answer that the shop itself marks as old may be
//! old; it is counted. A sale that went with lost data can't be shown: for so many units a count may be too high. An order
//! that two catalogs sold apart counts twice until one of them has taken it back: for so many it may be too low. So it does
//! where the first of the two was shown, and then went with lost data, so that nobody can take it back.

use super::{Case, Verdict};
use crate::fault::{Fault, Replica};
use crate::ledger::{Answer, Ask, Entry, Who};
use crate::wares;
use std::collections::{BTreeMap, BTreeSet};
use stock::Op;
use uuid::Uuid;

/// What one customer knows of one title of its own.
#[derive(Default)]
struct Known {
    /// Units of orders that were confirmed before now.
    bought: u64,
    confirmed: BTreeSet<Uuid>,
    /// Units of purchases that may have happened.
    open: BTreeMap<Uuid, u64>,
    /// The lowest count shown so far that was not marked as old.
    shown: Option<u64>,
}

pub(super) fn judge(case: &Case, verdict: &mut Verdict) {
    let (lost, taken_back, overtaken) = (lost_sales(case), taken_back(case), overtaken_by_loss(case));
    let mut known: BTreeMap<(u32, u32), Known> = BTreeMap::new();
    let (mut older, mut looked, mut marked) = (Vec::new(), 0_u64, 0);
    for entry in &case.entries {
        let Who::Customer(customer) = entry.who else { continue };
        let (Ask::Buy { item, .. } | Ask::Lookup { item } | Ask::Deliver { item, .. }) = entry.ask;
        if wares::owner(item) != Some(customer) {
            continue;
        }
        let stocked = case.closing.stock.get(&item).copied().unwrap_or(0);
        let known = known.entry((customer, item)).or_default();
        match (&entry.ask, &entry.answer) {
            (Ask::Buy { quantity, key, .. }, answer) => known.learns(*key, u64::from(*quantity), answer),
            (_, Answer::Left { stale: true, .. }) => marked += 1,
            (_, Answer::Left { count, .. }) => {
                looked += 1;
                let units = |of: &BTreeMap<u32, u64>| of.get(&item).copied().unwrap_or(0);
                let slack = Slack { lost: units(&lost), twice: units(&taken_back) + units(&overtaken) };
                older.extend(known.sees(*count, stocked, slack).map(|why| told(customer, entry, item, &why)));
            }
            _ => {}
        }
    }
    let twice = taken_back.values().sum();
    let says = "who bought a book is never shown it as it was before";
    verdict.check(says, &older, format!("{looked} looks at titles that nobody else buys"));
    verdict.count("units that were sold twice for one order while replicas were apart, and taken back", twice);
    let overtaken = overtaken.iter().filter(|(item, _)| wares::owner(**item).is_some()).map(|(_, units)| units).sum();
    let says = "units of such titles by which a count may be too low: they were being bought when a catalog lost data";
    verdict.count(says, overtaken);
    verdict.count("looks at such titles that the shop marked as possibly old", marked);
    let says = "units of such titles by which a count may be too high: their sale went with lost data";
    verdict.count(says, lost.iter().filter(|(item, _)| wares::owner(**item).is_some()).map(|(_, units)| units).sum());
}

/// By how many units a count may be wrong for reasons that are excepted.
#[derive(Clone, Copy)]
struct Slack {
    /// Too high: sold, and the sale went with lost data.
    lost: u64,
    /// Too low: sold twice for one order, and not yet taken back, or nobody is left to do it.
    twice: u64,
}

impl Known {
    fn learns(&mut self, key: Uuid, quantity: u64, answer: &Answer) {
        match answer {
            Answer::Bought { .. } => {
                self.open.remove(&key);
                if self.confirmed.insert(key) {
                    self.bought += quantity;
                }
            }
            Answer::No { .. } => {
                self.open.remove(&key);
            }
            _ => {
                if !self.confirmed.contains(&key) {
                    self.open.insert(key, quantity);
                }
            }
        }
    }

    /// Why this count can't be, if so.
    fn sees(&mut self, count: u64, stocked: u64, slack: Slack) -> Option<String> {
        let left = stocked.saturating_sub(self.bought);
        let least = left.saturating_sub(self.open.values().sum::<u64>() + slack.twice);
        let most = left + slack.lost;
        let before = self.shown;
        self.shown = Some(before.map_or(count, |before| before.min(count)));
        if count > most {
            return Some(format!("{count} left where it had bought all but {most}"));
        }
        if count < least {
            return Some(format!("{count} left where at least {least} must be"));
        }
        before
            .filter(|before| count > before + slack.twice + slack.lost)
            .map(|before| format!("{count} left after it had been {before}"))
    }
}

fn told(customer: u32, entry: &Entry, item: u32, why: &str) -> String {
    let ms = entry.at_ms;
    format!("customer {customer} at {} after {}.{:03} s, title {item}: {why}", entry.of, ms / 1000, ms % 1000)
}

/// Units of each title that were sold a second time for the same order, and taken back.
fn taken_back(case: &Case) -> BTreeMap<u32, u64> {
    let journals = || case.closing.catalogs.iter().flat_map(|view| &view.journal);
    let voids = journals().filter_map(|entry| match entry.body {
        Op::Void { order } => Some((entry.actor, order)),
        _ => None,
    });
    let voids: BTreeSet<_> = voids.collect();
    let sales = journals().filter_map(|entry| match &entry.body {
        Op::Sell(sale) if voids.contains(&(entry.actor, sale.order)) => Some(((entry.actor, sale.order), sale)),
        _ => None,
    });
    let mut units = BTreeMap::new();
    for sale in sales.collect::<BTreeMap<_, _>>().into_values() {
        for line in &sale.lines {
            *units.entry(line.item.0).or_default() += u64::from(line.quantity);
        }
    }
    units
}

/// Units of each title in purchases that were under way while a catalog lost data: it may have sold them, shown that, and lost
/// it before it could say so, and another one has then sold them.
fn overtaken_by_loss(case: &Case) -> BTreeMap<u32, u64> {
    let loses = |fault: &Fault| {
        fault.ends_an_incarnation() && fault.replica().is_some_and(|replica| Replica::CATALOGS.contains(&replica))
    };
    let spells: Vec<_> = case.deeds.iter().map(|deed| &deed.spell).filter(|spell| loses(&spell.fault)).collect();
    let mut overtaken: BTreeMap<Uuid, (u32, u64)> = BTreeMap::new();
    for entry in &case.entries {
        let Ask::Buy { item, quantity, key } = entry.ask else { continue };
        let over = entry.at_ms + entry.took_ms;
        if spells.iter().any(|loss| entry.at_ms <= loss.to_ms && loss.from_ms <= over) {
            overtaken.insert(key, (item, quantity.into()));
        }
    }
    let mut units = BTreeMap::new();
    for (item, quantity) in overtaken.into_values() {
        *units.entry(item).or_default() += quantity;
    }
    units
}

/// Units of each title in orders whose sale some catalog does not have, and will not get.
fn lost_sales(case: &Case) -> BTreeMap<u32, u64> {
    let mut lost: BTreeMap<u32, u64> = BTreeMap::new();
    let orders = case.listed();
    for view in &case.closing.catalogs {
        let sales = view.journal.iter().filter_map(|entry| entry.body.order().map(|order| order.0));
        let sold: BTreeSet<Uuid> = sales.collect();
        let mut here: BTreeMap<u32, u64> = BTreeMap::new();
        for (_, (item, quantity)) in orders.iter().filter(|(order, _)| !sold.contains(order)) {
            *here.entry(*item).or_default() += quantity;
        }
        for (item, units) in here {
            let most = lost.entry(item).or_default();
            *most = units.max(*most);
        }
    }
    lost
}

#[cfg(test)]
mod tests {
    use crate::fault::{Fault, Replica, Spell};
    use crate::inject::{Deed, Outcome};
    use crate::judge::testing::{Story, breaks, holds};
    use stock::Op;

    const OWN: u32 = 1_001;
    const OLD: &str = "who bought a book is never shown it as it was before";

    #[test]
    fn a_count_that_has_one_s_own_purchases_in_it_is_right() {
        let case = Story::of(10, |story| {
            story.sells(OWN, 2);
            story.shows(OWN, 8);
            story.sells(OWN, 1);
            story.shows(OWN, 7);
        });
        holds(&case.case());
    }

    #[test]
    fn a_count_from_before_one_s_own_purchase_is_found_out() {
        let case = Story::of(10, |story| {
            story.sells(OWN, 2);
            story.shows(OWN, 9);
        });
        breaks(&case.case(), OLD, "9 left where it had bought all but 8");
    }

    #[test]
    fn a_purchase_of_which_nobody_knows_may_or_may_not_show_but_must_not_come_and_go() {
        let case = Story::of(10, |story| {
            story.sells(OWN, 1);
            story.hears_nothing();
            story.shows(OWN, 10);
            story.shows(OWN, 9);
            story.shows(OWN, 9);
        });
        holds(&case.case());
        let case = Story::of(10, |story| {
            story.sells(OWN, 1);
            story.hears_nothing();
            story.shows(OWN, 9);
            story.shows(OWN, 10);
        });
        breaks(&case.case(), OLD, "10 left after it had been 9");
    }

    #[test]
    fn a_count_that_is_too_low_is_found_out() {
        let case = Story::of(10, |story| {
            story.sells(OWN, 1);
            story.shows(OWN, 5);
        });
        breaks(&case.case(), OLD, "5 left where at least 9 must be");
    }

    #[test]
    fn an_old_count_that_says_so_is_no_breach_and_is_told() {
        let case = Story::of(10, |story| {
            story.sells(OWN, 2);
            story.shows_as_old(OWN, 10);
        });
        let verdict = holds(&case.case());
        assert!(verdict.counts.iter().any(|count| count.says.contains("possibly old") && count.count == 1));
    }
    #[test]
    fn a_count_that_is_too_low_by_a_sale_that_is_taken_back_is_right() {
        let mut case = Story::of(10, |story| {
            story.sells(OWN, 2);
            story.shows(OWN, 7);
            story.shows(OWN, 8);
        })
        .case();
        breaks(&case, OLD, "7 left where at least 8 must be");
        let again = case.closing.catalogs[0].journal.last().expect("a sale").body.clone();
        let order = again.order().expect("a sale is of an order");
        let journal = &mut case.closing.catalogs[0].journal;
        for (seq, body) in [(2, again), (3, Op::Void { order })] {
            journal.push(crate::closing::Entry { actor: journal::ActorId::from_bits(2), seq, body });
        }
        holds(&case);
    }

    #[test]
    fn a_count_that_is_too_low_by_what_was_being_bought_when_a_catalog_lost_data_is_right_and_by_no_other() {
        let mut case = Story::of(10, |story| {
            story.sells(OWN, 2);
            story.shows(OWN, 7);
        })
        .case();
        let bought = case.entries[1].at_ms;
        let mut loss = |replica: Replica, from_ms: u64| {
            let spell = Spell { fault: Fault::OldData { replica, age_ms: 1 }, from_ms, to_ms: from_ms + 50 };
            case.deeds = vec![Deed { spell, result: Outcome::Done }];
            let checks = crate::judge::judge(&case).checks;
            checks.into_iter().find(|check| check.says == OLD).expect("it is judged").held
        };
        assert!(loss(Replica::CatalogB, bought + 5));
        assert!(!loss(Replica::CatalogB, bought + 20), "it was bought by then");
        assert!(!loss(Replica::OrderB, bought + 5), "an order replica sells nothing");
    }

    #[test]
    fn a_count_that_is_too_high_by_a_sale_that_was_lost_is_right_and_by_one_more_is_not() {
        let story = |shown| {
            let mut case = Story::of(10, |story| {
                story.sells(OWN, 3);
                story.shows(OWN, shown);
            })
            .case();
            let loses = |view: &mut crate::closing::CatalogView| assert!(view.journal.pop().is_some());
            case.closing.catalogs.iter_mut().for_each(loses);
            let checks = crate::judge::judge(&case).checks;
            checks.into_iter().find(|check| check.says == OLD).expect("it is judged").held
        };
        assert_eq!((story(8), story(9)), (true, false));
    }
}

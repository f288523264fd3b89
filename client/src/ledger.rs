//! What was bought, as the customers know it, and what must be true of it. Pure.

use crate::outcome::{Audit, Check};
use crate::question::{Failed, Purchase, Said};
use crate::wares::Stock;
use std::collections::{BTreeMap, HashSet};
use wire::ItemId;
use wire::classic::BoughtOrder;

/// So many cases are named of what does not hold.
const NAMED: usize = 3;

/// A purchase that was confirmed, and the order that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Confirmed {
    pub(crate) purchase: Purchase,
    pub(crate) order: BoughtOrder,
}

/// Every purchase of a run that happened or may have happened.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    confirmed: Vec<Confirmed>,
    unsure: Vec<Purchase>,
}

/// A confirmed order, and what the shop said when it was asked for it again.
pub(crate) type Replay = (Confirmed, Result<Said, Failed>);

impl Ledger {
    /// Notes what was answered to a purchase.
    pub(crate) fn note(&mut self, purchase: Purchase, said: &Result<Said, Failed>) {
        match said {
            Ok(Said::Bought(order)) => self.confirmed.push(Confirmed { purchase, order: *order }),
            Ok(Said::SoldOut | Said::Read) | Err(Failed { definite: true, .. }) => {}
            Err(Failed { definite: false, .. }) => self.unsure.push(purchase),
        }
    }

    /// Takes out the purchases of which nobody knows: they are to be asked for again, and noted again.
    pub(crate) fn take_unsure(&mut self) -> Vec<Purchase> {
        std::mem::take(&mut self.unsure)
    }

    /// At most `most` of the confirmed orders, from the first to the last.
    pub(crate) fn sample(&self, most: usize) -> Vec<Confirmed> {
        let step = self.confirmed.len().div_ceil(most.max(1)).max(1);
        self.confirmed.iter().step_by(step).copied().collect()
    }

    /// Whether what is left shows every unit that was sold.
    pub(crate) fn has_left(&self, before: &Stock, after: &Stock) -> bool {
        self.still_there(before, after).is_empty()
    }

    /// The verdict; of `wanted` orders that were to be asked for again, `replays` were answered.
    pub(crate) fn audit(&self, before: &Stock, after: &Stock, replays: &[Replay], wanted: usize) -> Audit {
        let count = |part: usize| u64::try_from(part).unwrap_or(u64::MAX);
        let orders = count(self.confirmed.len());
        Audit {
            orders,
            units: orders,
            replicated: count(self.confirmed.iter().filter(|bought| bought.order.copies > 1).count()),
            unsure: count(self.unsure.len()),
            checks: vec![self.told_apart(), self.enough(before), self.left(before, after), again(replays, wanted)],
        }
    }

    /// Units sold, by title.
    fn sold(&self) -> Stock {
        let mut sold = BTreeMap::new();
        for bought in &self.confirmed {
            *sold.entry(bought.purchase.item).or_default() += 1;
        }
        sold
    }

    fn told_apart(&self) -> Check {
        let (mut ids, mut numbers) = (HashSet::new(), HashSet::new());
        let twice = |bought: &&Confirmed| !(ids.insert(bought.order.uuid) & numbers.insert(bought.order.id));
        let twice: Vec<String> = self
            .confirmed
            .iter()
            .filter(twice)
            .map(|Confirmed { order, .. }| format!("order {} ({}) was told twice", order.id, order.uuid))
            .collect();
        let looked = format!("{} orders", self.confirmed.len());
        check("every purchase has an order of its own", &twice, looked)
    }

    fn enough(&self, before: &Stock) -> Check {
        let sold = self.sold();
        let had = |item: &ItemId| before.get(item).copied().unwrap_or(0);
        let much: Vec<String> = sold
            .iter()
            .filter(|(item, sold)| **sold > had(item))
            .map(|(item, sold)| format!("item {item}: {sold} sold, {} in stock", had(item)))
            .collect();
        check("no title sold more units than it had", &much, format!("{} titles sold", sold.len()))
    }

    fn left(&self, before: &Stock, after: &Stock) -> Check {
        let there = self.still_there(before, after);
        let total = |stock: &Stock| stock.values().sum::<u64>();
        let looked = format!(
            "{} units sold, {} fewer in stock",
            self.confirmed.len(),
            total(before).saturating_sub(total(after))
        );
        check("every unit sold has left the stock", &there, looked)
    }

    /// Titles of which more units are left than can be, in words.
    fn still_there(&self, before: &Stock, after: &Stock) -> Vec<String> {
        let of = |stock: &Stock, item: &ItemId| stock.get(item).copied().unwrap_or(0);
        let sold = self.sold();
        let more = |(item, sold): &(&ItemId, &u64)| of(after, item) > of(before, item).saturating_sub(**sold);
        let words = |(item, sold): (&ItemId, &u64)| {
            let (before, after) = (of(before, item), of(after, item));
            format!("item {item}: {before} in stock, {sold} sold, and {after} are left")
        };
        sold.iter().filter(more).map(words).collect()
    }
}

/// What the shop says of orders that it is asked for again. Where it says nothing of any, nothing is known to hold.
fn again(replays: &[Replay], wanted: usize) -> Check {
    let same = |(before, said): &&Replay| match said {
        Ok(Said::Bought(order)) => (order.id, order.uuid) == (before.order.id, before.order.uuid),
        _ => false,
    };
    let mut other: Vec<String> = replays
        .iter()
        .filter(|replay| !same(replay))
        .map(|(Confirmed { purchase, order }, said)| {
            let said = match said {
                Ok(Said::Bought(other)) => format!("order {} ({})", other.id, other.uuid),
                Ok(Said::SoldOut | Said::Read) => "sold out".to_owned(),
                Err(failed) => failed.why.clone(),
            };
            format!("key {}: order {} ({}) before, then {said}", purchase.key, order.id, order.uuid)
        })
        .collect();
    if replays.is_empty() && wanted > 0 {
        other.push(format!("none of {wanted} orders was answered when it was asked for again"));
    }
    let looked = format!("{} of {wanted} orders asked for again", replays.len());
    check("a purchase asked for again is the same order", &other, looked)
}

fn check(says: &str, broken: &[String], looked: String) -> Check {
    let named = broken.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
    let detail = match broken.len() {
        0 => looked,
        1..=NAMED => named,
        all => format!("{named}; and {} more", all - NAMED),
    };
    Check { says: says.to_owned(), held: broken.is_empty(), detail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;
    use wire::{OrderId, OrderNumber};

    fn purchase(key: u128, item: u32) -> Purchase {
        Purchase { key: Uuid::from_u128(key), item: ItemId(item) }
    }

    fn order(number: u64, copies: usize) -> BoughtOrder {
        BoughtOrder { id: OrderNumber(number), uuid: OrderId(Uuid::from_u128(number.into())), copies }
    }

    fn unclear() -> Result<Said, Failed> {
        Err(Failed { why: "connection reset".to_owned(), definite: false })
    }

    /// Two orders of title 1 and one of title 2, one of them with a single copy.
    fn ledger() -> Ledger {
        let mut ledger = Ledger::default();
        for (key, item, copies) in [(1, 1, 2), (2, 1, 1), (3, 2, 2)] {
            let number = u64::try_from(key).expect("small");
            ledger.note(purchase(key, item), &Ok(Said::Bought(order(number, copies))));
        }
        ledger.note(purchase(4, 1), &Ok(Said::SoldOut));
        ledger.note(purchase(5, 1), &Err(Failed { why: "422".to_owned(), definite: true }));
        ledger
    }

    fn stock(units: &[(u32, u64)]) -> Stock {
        units.iter().map(|(item, units)| (ItemId(*item), *units)).collect()
    }

    fn broken(audit: &Audit) -> Vec<&str> {
        audit.checks.iter().filter(|check| !check.held).map(|check| check.says.as_str()).collect()
    }

    #[test]
    fn a_shop_that_kept_its_word_holds() {
        let ledger = ledger();
        let replays: Vec<Replay> =
            ledger.sample(10).into_iter().map(|bought| (bought, Ok(Said::Bought(bought.order)))).collect();
        let audit = ledger.audit(&stock(&[(1, 5), (2, 1)]), &stock(&[(1, 3), (2, 0)]), &replays, 3);
        assert!(audit.holds(), "{audit:?}");
        assert_eq!((audit.orders, audit.replicated, audit.unsure, replays.len()), (3, 2, 0, 3));
    }

    #[test]
    fn a_title_that_sold_more_than_it_had_is_named() {
        let audit = ledger().audit(&stock(&[(1, 1), (2, 1)]), &stock(&[]), &[], 0);
        assert_eq!(broken(&audit), ["no title sold more units than it had"]);
        assert!(audit.checks.iter().any(|check| check.detail == "item 1: 2 sold, 1 in stock"), "{audit:?}");
    }

    #[test]
    fn a_unit_that_was_sold_and_is_still_there_is_named() {
        let (before, after) = (stock(&[(1, 5), (2, 1)]), stock(&[(1, 4), (2, 0)]));
        assert!(!ledger().has_left(&before, &after));
        assert_eq!(broken(&ledger().audit(&before, &after, &[], 0)), ["every unit sold has left the stock"]);
    }

    #[test]
    fn others_may_buy_meanwhile() {
        assert!(ledger().audit(&stock(&[(1, 5), (2, 9)]), &stock(&[(1, 0), (2, 2)]), &[], 0).holds());
    }

    #[test]
    fn one_order_told_to_two_buyers_is_named() {
        let mut ledger = ledger();
        ledger.note(purchase(9, 2), &Ok(Said::Bought(order(3, 2))));
        let audit = ledger.audit(&stock(&[(1, 5), (2, 5)]), &stock(&[(1, 3), (2, 3)]), &[], 0);
        assert_eq!(broken(&audit), ["every purchase has an order of its own"]);
    }

    #[test]
    fn a_replay_that_is_another_order_or_none_is_named() {
        let bought = ledger().sample(1).first().copied().expect("there are orders");
        let (before, after) = (stock(&[(1, 5), (2, 1)]), stock(&[(1, 3), (2, 0)]));
        for said in [Ok(Said::Bought(order(77, 2))), Ok(Said::SoldOut)] {
            let audit = ledger().audit(&before, &after, &[(bought, said)], 1);
            assert_eq!(broken(&audit), ["a purchase asked for again is the same order"]);
        }
        assert!(ledger().audit(&before, &after, &[], 0).holds(), "nothing was to be asked for");
        let silent = ledger().audit(&before, &after, &[], 3);
        assert_eq!(broken(&silent), ["a purchase asked for again is the same order"], "a silent shop shows nothing");
    }

    #[test]
    fn what_nobody_knows_is_asked_for_again_and_counted_until_it_is_known() {
        let mut ledger = Ledger::default();
        ledger.note(purchase(1, 1), &unclear());
        ledger.note(purchase(2, 1), &unclear());
        assert_eq!(ledger.audit(&stock(&[(1, 1)]), &stock(&[(1, 1)]), &[], 0).unsure, 2);
        let asked = ledger.take_unsure();
        assert_eq!(asked.len(), 2);
        ledger.note(purchase(1, 1), &Ok(Said::Bought(order(1, 2))));
        ledger.note(purchase(2, 1), &unclear());
        let audit = ledger.audit(&stock(&[(1, 1)]), &stock(&[(1, 0)]), &[], 0);
        assert_eq!((audit.orders, audit.unsure, audit.holds()), (1, 1, true));
    }

    #[test]
    fn a_sample_goes_from_the_first_order_to_the_last_and_is_no_larger_than_asked_for() {
        let mut ledger = Ledger::default();
        for number in 1..=1000_u64 {
            ledger.note(purchase(number.into(), 1), &Ok(Said::Bought(order(number, 2))));
        }
        let sample = ledger.sample(30);
        assert!((25..=30).contains(&sample.len()), "{}", sample.len());
        assert!(sample.last().is_some_and(|last| last.order.id.0 > 950));
        assert_eq!(Ledger::default().sample(30), []);
    }
}

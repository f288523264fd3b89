//! What a retirement takes over, and whether every unit of it is accounted for. Pure: what was read goes in.
//!
//! Units that one lost actor gave another in entries that nobody holds show as too many here and too few there. Taken
//! over from the first alone, they would be sold a second time. So every actor that is gone is looked at, with the last
//! sales of it that orders name, whoever of them is retired.

use crate::store::Rights;
use journal::ActorId;
use std::collections::{BTreeMap, BTreeSet};
use stock::NotConserved;
use wire::ItemId;
use wire::sale::PlacedSale;

/// What is known before anything is written.
#[derive(Debug)]
pub(super) struct Known<'a> {
    /// Who is retired.
    pub(super) group: &'a BTreeSet<ActorId>,
    /// What all actors have left that nobody writes as, those of the group included.
    pub(super) rights: &'a [Rights],
    /// Their sales that orders name and no catalog holds.
    pub(super) sales: &'a [PlacedSale],
    /// Units that the replica that takes over may sell, of the books in those sales.
    pub(super) own: &'a BTreeMap<ItemId, u64>,
}

/// What would be taken over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Titles of which units are left, beside those in the sales.
    pub(super) titles: u64,
    /// Those units.
    pub(super) units: u64,
    /// Sales.
    pub(super) sales: u64,
}

/// Why nothing is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotPlanned {
    /// Something that was written is not known.
    #[error(transparent)]
    NotConserved(#[from] NotConserved),
    /// Another lost actor has sold what it was given by one of these, as far as can be told.
    #[error(
        "item {item}: actor {actor}, which is gone too, made last sales of more units than it is known to have had, and may have had them from here"
    )]
    OthersFirst {
        /// Which book.
        item: ItemId,
        /// Whose replica is to be retired in the same call.
        actor: ActorId,
    },
}

/// Units of one book, over the actors of one side.
#[derive(Default)]
struct Sums {
    left: BTreeMap<ActorId, i128>,
    sold: BTreeMap<ActorId, i128>,
}

impl Sums {
    /// What the actors for which `of` holds have left, less than nothing counted as nothing.
    fn left(&self, of: impl Fn(&ActorId) -> bool) -> i128 {
        self.left.iter().filter(|(actor, _)| of(actor)).map(|(_, units)| (*units).max(0)).sum()
    }

    fn sold(&self, of: impl Fn(&ActorId) -> bool) -> i128 {
        self.sold.iter().filter(|(actor, _)| of(actor)).map(|(_, units)| *units).sum()
    }
}

/// What is taken over.
///
/// # Errors
/// [`NotPlanned`]: taking it over could sell a unit twice.
pub(super) fn plan(known: &Known<'_>) -> Result<Plan, NotPlanned> {
    let mut books: BTreeMap<ItemId, Sums> = BTreeMap::new();
    for Rights { item, actor, units } in known.rights {
        *books.entry(*item).or_default().left.entry(*actor).or_default() += i128::from(*units);
    }
    for PlacedSale { sale, at } in known.sales {
        for line in &sale.lines {
            let units = i128::from(line.quantity.units());
            *books.entry(line.item).or_default().sold.entry(at.actor).or_default() += units;
        }
    }
    let taken = |at: &&PlacedSale| known.group.contains(&at.at.actor);
    let mut plan = Plan { sales: known.sales.iter().filter(taken).count() as u64, ..Plan::default() };
    for (item, sums) in &books {
        let units = conserved(known, *item, sums)?;
        plan.titles += u64::from(units > 0);
        plan.units += units;
    }
    Ok(plan)
}

/// Units of one book that are left to be taken over, after the sales.
fn conserved(known: &Known<'_>, item: ItemId, sums: &Sums) -> Result<u64, NotPlanned> {
    let units = |units: i128| u64::try_from(units).unwrap_or(0);
    let (ours, theirs) =
        (|actor: &ActorId| known.group.contains(actor), |actor: &ActorId| !known.group.contains(actor));
    let (left, sold) = (sums.left(ours), sums.sold(ours));
    if left > 0 {
        if let Some(short) = sums.left.values().copied().find(|left| *left < 0) {
            return Err(NotConserved::Overdrawn { item, short: units(-short) }.into());
        }
        let has = |actor: &ActorId| sums.left.get(actor).copied().unwrap_or(0);
        if let Some((actor, _)) = sums.sold.iter().find(|(actor, sold)| theirs(actor) && **sold > has(actor)) {
            return Err(NotPlanned::OthersFirst { item, actor: *actor });
        }
    }
    let own = i128::from(known.own.get(&item).copied().unwrap_or(0));
    if sold > left + own {
        return Err(NotConserved::Oversold { item, wanted: units(sold), held: units(left + own) }.into());
    }
    Ok(units(left - sold))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::sale::{Sale, SaleRef, SoldLine};
    use wire::{Buyer, Money, OrderId, OrderNumber};

    const LOST: ActorId = ActorId::from_bits(1);
    const OTHER: ActorId = ActorId::from_bits(2);
    const BOOK: ItemId = ItemId(7);

    fn left(actor: ActorId, units: i64) -> Rights {
        Rights { item: BOOK, actor, units }
    }

    fn sold(actor: ActorId, units: u64) -> PlacedSale {
        let quantity = units.try_into().expect("a quantity");
        let sale = Sale {
            order: OrderId(uuid::Uuid::from_u128(u128::from(units))),
            number: OrderNumber(units),
            buyer: Buyer::default(),
            lines: vec![SoldLine { item: BOOK, quantity, cost: Money::default() }],
            at_ms: 0,
        };
        PlacedSale { sale, at: SaleRef { actor, seq: 9 } }
    }

    fn planned(group: &[ActorId], rights: &[Rights], sales: &[PlacedSale], own: u64) -> Result<Plan, NotPlanned> {
        let (group, own) = (group.iter().copied().collect(), BTreeMap::from([(BOOK, own)]));
        plan(&Known { group: &group, rights, sales, own: &own })
    }

    #[test]
    fn what_is_left_is_what_it_had_less_its_last_sales() {
        let found = planned(&[LOST], &[left(LOST, 9)], &[sold(LOST, 2), sold(LOST, 3)], 0);
        assert_eq!(found, Ok(Plan { titles: 1, units: 4, sales: 2 }));
    }

    #[test]
    fn units_that_another_lost_actor_may_have_had_from_it_are_not_taken_over() {
        let overdrawn = planned(&[LOST], &[left(LOST, 9), left(OTHER, -2)], &[], 0);
        assert_eq!(overdrawn, Err(NotConserved::Overdrawn { item: BOOK, short: 2 }.into()));
        let sold_more = planned(&[LOST], &[left(LOST, 9), left(OTHER, 1)], &[sold(OTHER, 2)], 0);
        assert_eq!(sold_more, Err(NotPlanned::OthersFirst { item: BOOK, actor: OTHER }));
        let together = planned(&[LOST, OTHER], &[left(LOST, 9), left(OTHER, 1)], &[sold(OTHER, 2)], 0);
        assert_eq!(together, Ok(Plan { titles: 1, units: 8, sales: 1 }));
    }

    #[test]
    fn last_sales_of_more_than_there_is_are_refused_and_own_units_help_out() {
        let short = planned(&[LOST], &[left(LOST, 1)], &[sold(LOST, 4)], 2);
        assert_eq!(short, Err(NotConserved::Oversold { item: BOOK, wanted: 4, held: 3 }.into()));
        let enough = planned(&[LOST], &[left(LOST, 1)], &[sold(LOST, 4)], 3);
        assert_eq!(enough, Ok(Plan { titles: 0, units: 0, sales: 1 }));
    }

    #[test]
    fn what_others_lack_of_a_book_of_which_nothing_is_taken_over_is_no_matter() {
        assert_eq!(planned(&[LOST], &[left(OTHER, -2)], &[], 0), Ok(Plan::default()));
    }
}

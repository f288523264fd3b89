//! What the shop has, and what customers want of it: titles of their own, hot ones with few units, and a long tail.
//!
//! A title that one customer alone buys tells what that customer must see: exactly what was there, less what it bought.

use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Titles that a customer has for itself.
const OWN: u32 = 2;
/// Units of each: more than any run sells, also when most of them are stranded with lost incarnations.
const OWN_UNITS: u64 = 1_000_000;
/// Where the titles of customers begin.
const FIRST_OWN: u32 = 1_001;
/// Titles that everybody wants.
const HOT: RangeInclusive<u32> = 1..=4;
/// Units of each, at the opening and with each delivery.
pub(crate) const HOT_UNITS: u64 = 25;
/// The title that is touched at copies of a replica, and that nobody else wants.
pub(crate) const OF_COPIES: u32 = 5;
/// Titles of which there are a few units and no more.
const TAIL: RangeInclusive<u32> = 101..=300;
const TAIL_UNITS: u64 = 3;

/// The opening stock for so many customers.
pub(crate) fn stock(customers: u32) -> BTreeMap<u32, u64> {
    let hot = HOT.map(|item| (item, HOT_UNITS));
    let tail = TAIL.map(|item| (item, TAIL_UNITS));
    let own = (0..customers).flat_map(own).map(|item| (item, OWN_UNITS));
    hot.chain(tail).chain(own).chain([(OF_COPIES, OWN_UNITS)]).collect()
}

/// The titles that this customer alone buys.
pub(crate) fn own(customer: u32) -> impl Iterator<Item = u32> {
    (0..OWN).map(move |nth| FIRST_OWN + customer * OWN + nth)
}

/// Whose title this is.
pub(crate) fn owner(item: u32) -> Option<u32> {
    item.checked_sub(FIRST_OWN).map(|index| index / OWN)
}

/// Whether more units of it come when it is sold out.
pub(crate) fn is_delivered(item: u32) -> bool {
    HOT.contains(&item)
}

/// Whether this customer buys nothing but its own titles, at one frontend: as long as anybody can buy, it can.
pub(crate) fn is_a_regular(customer: u32) -> bool {
    customer % 4 < 2
}

/// What this customer wants next, and how many units of it.
pub(crate) fn wish(customer: u32, random: &mut StdRng) -> (u32, u32) {
    match random.random_range(0..10) {
        6..8 if !is_a_regular(customer) => (random.random_range(HOT), random.random_range(1..=2)),
        8.. if !is_a_regular(customer) => (random.random_range(TAIL), 1),
        _ => {
            let own: Vec<u32> = own(customer).collect();
            (own.choose(random).copied().unwrap_or(FIRST_OWN), 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    #[test]
    fn everybody_wants_what_is_in_stock_and_nobody_what_belongs_to_another() {
        let (stock, mut random) = (stock(5), StdRng::seed_from_u64(1));
        for _ in 0..500 {
            let (item, quantity) = wish(3, &mut random);
            assert!(stock.contains_key(&item), "{item}");
            assert!(owner(item).is_none_or(|owner| owner == 3) && quantity > 0, "{item}");
        }
    }
}

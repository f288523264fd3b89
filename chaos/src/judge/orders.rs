//! Durability: every order that was confirmed is on every order replica, with the same id, title and units, and its number
//! leads to it.

use super::{Case, Verdict};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) fn judge(case: &Case, verdict: &mut Verdict) {
    let confirmed: Vec<_> = case.purchases().into_values().filter(|purchase| !purchase.confirmed.is_empty()).collect();
    let (mut missing, mut astray, mut aliases) = (Vec::new(), Vec::new(), 0);
    for view in &case.closing.orders {
        let (at, rows) = (view.replica, view.rows.iter().map(|row| (row.uuid, row)).collect::<BTreeMap<Uuid, _>>());
        for (purchase, (uuid, number)) in
            confirmed.iter().flat_map(|purchase| purchase.confirmed.iter().map(move |told| (purchase, *told)))
        {
            let Some(row) = rows.get(&uuid) else {
                missing.push(format!("{at} lacks order {uuid}, told as {number}"));
                continue;
            };
            let (bought, listed) = ((purchase.item, purchase.quantity), (row.item, row.quantity));
            if bought != listed {
                let units = |(item, units)| format!("{units} units of title {item}");
                missing.push(format!("{at}: order {uuid} is of {}, {} were bought", units(listed), units(bought)));
            } else if row.number != number && view.aliases.get(&number) == Some(&uuid) {
                aliases += 1;
            } else if row.number != number {
                let listed = row.number;
                astray.push(format!("{at}: order {uuid} was told as {number}, is listed as {listed} and not found so"));
            }
        }
    }
    let looked = format!("{} orders at {} order replicas", confirmed.len(), case.closing.orders.len());
    verdict.check("every confirmed order is on every order replica, as it was bought", &missing, looked.clone());
    verdict.check("the number that a buyer was told leads to the order everywhere", &astray, looked);
    verdict.count("numbers that lead to an order which is listed under another one", aliases);
    let refused: Vec<String> = case
        .closing
        .checks
        .iter()
        .filter(|(_, passed, _)| !passed)
        .map(|(replica, _, says)| format!("{replica}: {says}"))
        .collect();
    let looked = format!("{} replicas folded their journals again", case.closing.checks.len());
    verdict.check("every replica's tables are what its journals come to", &refused, looked);
}

#[cfg(test)]
mod tests {
    use crate::judge::testing::Story;

    const PRESENT: &str = "every confirmed order is on every order replica, as it was bought";
    const NUMBERS: &str = "the number that a buyer was told leads to the order everywhere";

    #[test]
    fn a_shop_that_keeps_its_orders_is_believed() {
        let case = Story::of(10, |story| story.sells(1, 3)).case();
        crate::judge::testing::holds(&case);
    }

    #[test]
    fn an_order_that_one_replica_lost_is_found_out() {
        let mut case = Story::of(10, |story| story.sells(1, 3)).case();
        case.closing.orders[1].rows.pop_first();
        crate::judge::testing::breaks(&case, PRESENT, "orderB lacks order");
    }

    #[test]
    fn an_order_with_other_units_is_found_out() {
        let mut case = Story::of(10, |story| story.sells(1, 3)).case();
        let mut row = case.closing.orders[0].rows.pop_first().expect("a row");
        row.quantity += 1;
        case.closing.orders[0].rows.insert(row);
        crate::judge::testing::breaks(&case, PRESENT, "is of 2 units of title 1, 1 units of title 1 were bought");
    }

    #[test]
    fn a_number_that_leads_nowhere_is_found_out_and_an_alias_is_not() {
        let mut case = Story::of(10, |story| story.sells(1, 3)).case();
        let row = case.closing.orders[0].rows.pop_first().expect("a row");
        case.closing.orders[0].rows.insert(crate::closing::OrderRow { number: 999, ..row });
        crate::judge::testing::breaks(&case, NUMBERS, "is listed as 999");
        case.closing.orders[0].aliases.insert(row.number, row.uuid);
        crate::judge::testing::holds(&case);
    }

    #[test]
    fn a_replica_whose_own_check_fails_is_found_out() {
        let mut case = Story::of(10, |story| story.sells(1, 1)).case();
        case.closing.checks[0].1 = false;
        crate::judge::testing::breaks(&case, "every replica's tables are what its journals come to", "catalogA");
    }
}

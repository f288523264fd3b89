//! Durability: every order that was confirmed is on every order replica, with the same id, title and units, and its number
//! leads to it.

use super::{Case, Verdict};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) fn judge(case: &Case, verdict: &mut Verdict) {
    let confirmed: Vec<_> = case.purchases().into_values().filter(|purchase| !purchase.confirmed.is_empty()).collect();
    let (mut missing, mut astray, mut aliases) = (Vec::new(), Vec::new(), 0);
    for view in &case.closing.orders {
        let rows: BTreeMap<Uuid, _> = view.rows.iter().map(|row| (row.uuid, row)).collect();
        for purchase in &confirmed {
            for (uuid, number) in &purchase.confirmed {
                match rows.get(uuid) {
                    Some(row) if (row.item, row.quantity) != (purchase.item, purchase.quantity) => {
                        missing.push(format!(
                            "{}: order {uuid} is of {} units of title {}, {} of title {} were bought",
                            view.replica, row.quantity, row.item, purchase.quantity, purchase.item
                        ))
                    }
                    Some(row) if row.number == *number => {}
                    Some(_) if view.aliases.get(number) == Some(uuid) => aliases += 1,
                    Some(row) => astray.push(format!(
                        "{}: order {uuid} was told as {number}, is listed as {} and not found as the other",
                        view.replica, row.number
                    )),
                    None => missing.push(format!("{} lacks order {uuid}, told as {number}", view.replica)),
                }
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
        crate::judge::testing::breaks(&case, PRESENT, "is of 2 units of title 1, 1 of title 1 were bought");
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

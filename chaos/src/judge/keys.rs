//! Exactly once: one key is one order, whatever was asked how often and where; who was told no has no order.
//!
//! One exception is counted and not judged: a question whose answer never came may still be on its way when the same key is
//! asked again elsewhere and refused; it may then be served, from units that came in meanwhile.

use super::{Case, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

pub(super) fn judge(case: &Case, verdict: &mut Verdict) {
    let (purchases, listed) = (case.purchases(), case.listed());
    let mut keys_of: BTreeMap<Uuid, Uuid> = BTreeMap::new();
    let (mut twice, mut denied, mut unsure, mut late) = (Vec::new(), Vec::new(), 0, 0);
    let mut known = BTreeSet::new();
    for (key, purchase) in &purchases {
        let order = case.order_of(*key);
        known.insert(order);
        let ids: BTreeSet<Uuid> = purchase.confirmed.iter().map(|(uuid, _)| *uuid).collect();
        if ids.len() > 1 || ids.iter().any(|uuid| *uuid != order) {
            twice.push(format!("key {key} is order {ids:?}, and should be {order}"));
        }
        for uuid in ids {
            if let Some(other) = keys_of.insert(uuid, *key).filter(|other| other != key) {
                twice.push(format!("order {uuid} was confirmed for two keys, {other} and {key}"));
            }
        }
        match &purchase.refused {
            Some((status, says)) if !purchase.confirmed.is_empty() => {
                denied.push(format!("key {key} was confirmed, and answered {status} {says}"));
            }
            Some(_) if listed.contains_key(&order) && purchase.in_doubt => late += 1,
            Some((status, says)) if listed.contains_key(&order) => {
                denied.push(format!("key {key} was answered {status} {says}, and its order is there"));
            }
            None if purchase.confirmed.is_empty() => unsure += 1,
            _ => {}
        }
    }
    let strange: Vec<String> = listed
        .keys()
        .filter(|order| !known.contains(order))
        .map(|order| format!("order {order} is there, and nobody asked for it"))
        .collect();
    let looked = format!("{} keys, {} questions", purchases.len(), case.entries.len());
    verdict.check("one key is one order, with one id", &twice, looked.clone());
    verdict.check("who was told no has no order, and who was told yes is not told no", &denied, looked);
    verdict.check("there are no orders that nobody asked for", &strange, format!("{} orders", listed.len()));
    verdict.count(
        "purchases refused while an earlier question for them was still on its way, which was then served",
        late,
    );
    verdict.count("purchases of which the customer never learnt whether they happened", unsure);
}

#[cfg(test)]
mod tests {
    use crate::judge::testing::{Story, breaks, holds};
    use crate::ledger::Answer;
    use uuid::Uuid;

    const ONE: &str = "one key is one order, with one id";
    const NO: &str = "who was told no has no order, and who was told yes is not told no";

    #[test]
    fn the_same_answer_to_the_same_key_is_as_it_should_be() {
        let case = Story::of(10, |story| {
            story.sells(1, 2);
            story.asks_again();
        });
        holds(&case.case());
    }

    #[test]
    fn a_key_that_became_two_orders_is_found_out() {
        let mut case = Story::of(10, |story| story.sells(1, 2)).case();
        let mut again = case.entries[0].clone();
        again.answer = Answer::Bought { uuid: Uuid::from_u128(77), number: 5, copies: 1 };
        case.entries.push(again);
        breaks(&case, ONE, "and should be");
    }

    #[test]
    fn a_yes_after_which_the_same_key_is_told_no_is_found_out() {
        let mut case = Story::of(10, |story| story.sells(1, 2)).case();
        let mut again = case.entries[0].clone();
        again.answer = Answer::No { status: 404, says: "sold out".to_owned() };
        case.entries.push(again);
        breaks(&case, NO, "was confirmed, and answered 404");
    }

    #[test]
    fn a_no_whose_order_is_there_is_found_out() {
        let mut case = Story::of(10, |story| story.sells(1, 2)).case();
        case.entries[0].answer = Answer::No { status: 404, says: "sold out".to_owned() };
        breaks(&case, NO, "and its order is there");
    }

    #[test]
    fn a_no_that_overtook_an_earlier_question_is_no_breach_and_is_told() {
        let mut case = Story::of(10, |story| story.sells(1, 2)).case();
        let mut earlier = case.entries[0].clone();
        earlier.answer = Answer::Silence { says: "no answer in time".to_owned() };
        case.entries[0].answer = Answer::No { status: 404, says: "sold out".to_owned() };
        case.entries.insert(0, earlier);
        let verdict = holds(&case);
        assert!(verdict.counts.iter().any(|count| count.says.contains("on its way") && count.count == 1));
        // The other way round the question came after the answer, and nothing was on its way.
        case.entries.swap(0, 1);
        breaks(&case, NO, "and its order is there");
    }

    #[test]
    fn an_order_out_of_nowhere_is_found_out() {
        let mut case = Story::of(10, |story| story.sells(1, 2)).case();
        case.entries.remove(0);
        breaks(&case, "there are no orders that nobody asked for", "nobody asked for it");
    }

    #[test]
    fn an_order_whose_buyer_never_learnt_of_it_is_no_breach_and_is_told() {
        let mut case = Story::of(10, |story| story.sells(1, 2)).case();
        case.entries[0].answer = Answer::Silence { says: "no answer in time".to_owned() };
        let verdict = holds(&case);
        assert!(verdict.counts.iter().any(|count| count.says.contains("never learnt") && count.count == 1));
    }
}

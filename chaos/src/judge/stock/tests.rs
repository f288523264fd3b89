//! Shops that sell twice, lose units or find some, each of which must be found out.

use crate::closing::Entry;
use crate::fault::{Fault, Replica, Spell};
use crate::inject::{Deed, Outcome};
use crate::judge::Case;
use crate::judge::testing::{SELLER, Story, breaks, holds};
use crate::ledger::{Answer, Ask};
use journal::ActorId;
use stock::Op;

const OVER: &str = "no title sold more units than came in";
const ADDS_UP: &str = "what was sold and what is left add up to what came in";

#[test]
fn a_shop_that_sells_out_and_takes_in_more_is_believed() {
    let story = Story::of(3, |story| {
        story.sells(1, 3);
        story.takes_in(1, 5);
        story.sells(1, 4);
    });
    let verdict = holds(&story.case());
    assert!(verdict.checks.iter().any(|check| check.says == OVER && check.detail.starts_with("7 orders, 7 units")));
}

#[test]
fn the_last_unit_sold_twice_is_found_out() {
    breaks(&Story::of(3, |story| story.sells(1, 4)).case(), OVER, "title 1: 4 units sold of 3");
}

#[test]
fn a_unit_sold_twice_is_found_out_also_when_only_buyers_know() {
    let mut case = Story::of(3, |story| story.sells(1, 4)).case();
    case.closing.orders.iter_mut().for_each(|view| view.rows.clear());
    breaks(&case, OVER, "title 1: 4 units sold of 3");
}

#[test]
fn a_unit_that_disappeared_is_found_out() {
    let mut case = Story::of(10, |story| story.sells(1, 2)).case();
    case.closing.catalogs[1].books[0].parts.get_mut(&SELLER).expect("a part").net -= 1;
    breaks(&case, ADDS_UP, "catalogB: title 1: 7 units are left, 8 should be");
}

#[test]
fn a_sale_that_no_order_stands_on_is_found_out() {
    let mut case = Story::of(10, |story| story.sells(1, 2)).case();
    case.closing.orders.iter_mut().for_each(|view| assert!(view.rows.pop_first().is_some()));
    breaks(&case, ADDS_UP, "which no order replica has");
}

#[test]
fn two_live_sales_of_one_order_are_found_out_and_one_that_was_taken_back_is_not() {
    let mut case = Story::of(10, |story| story.sells(1, 2)).case();
    let second = ActorId::from_bits(2);
    let sale = case.closing.catalogs[0].journal.last().expect("a sale").body.clone();
    let order = sale.order().expect("a sale is of an order");
    for view in &mut case.closing.catalogs {
        view.journal.push(Entry { actor: second, seq: 2, body: sale.clone() });
    }
    breaks(&case, ADDS_UP, "was sold 2 times");
    for view in &mut case.closing.catalogs {
        view.journal.push(Entry { actor: second, seq: 3, body: Op::Void { order } });
    }
    holds(&case);
}

#[test]
fn a_delivery_that_came_in_twice_is_found_out() {
    let mut case = Story::of(10, |story| story.takes_in(1, 5)).case();
    for view in &mut case.closing.catalogs {
        let mint = view.journal.last().expect("a delivery").clone();
        view.journal.push(mint);
        view.books[0].parts.get_mut(&SELLER).expect("a part").net += 5;
    }
    breaks(&case, ADDS_UP, "came in 2 times");
}

#[test]
fn a_delivery_of_which_nobody_heard_counts_if_it_is_there_and_does_not_if_it_is_not() {
    let mut case = Story::of(10, |story| story.takes_in(1, 5)).case();
    case.entries[0].answer = Answer::Silence { says: String::new() };
    holds(&case);
    let mut case = Story::of(10, |_| {}).case();
    let delivered = Story::of(10, |story| story.takes_in(1, 5)).case().entries.remove(0);
    case.entries.push(crate::ledger::Entry { answer: Answer::Silence { says: String::new() }, ..delivered });
    holds(&case);
}

#[test]
fn a_confirmed_delivery_that_is_not_there_is_found_out() {
    let mut case = Story::of(10, |_| {}).case();
    case.entries.push(Story::of(10, |story| story.takes_in(1, 5)).case().entries.remove(0));
    assert!(matches!(case.entries[0].ask, Ask::Deliver { .. }));
    breaks(&case, ADDS_UP, "was confirmed and is not there");
}

/// The seller's last sale is in the orders and in no catalog any more, and it shows its unit as left.
fn loses_a_sale(case: &mut Case) {
    for view in &mut case.closing.catalogs {
        view.journal.pop();
        view.books[0].parts.get_mut(&SELLER).expect("a part").net += 1;
    }
}

#[test]
fn a_sale_that_was_lost_is_a_breach_unless_its_seller_lost_its_data_and_then_it_is_a_number() {
    let mut case = Story::of(10, |story| story.sells(1, 3)).case();
    loses_a_sale(&mut case);
    breaks(&case, ADDS_UP, "has no sale, though nobody lost one");
    let fault = Fault::OldData { replica: Replica::CatalogA, age_ms: 1 };
    case.deeds.push(Deed { spell: Spell { fault, from_ms: 0, to_ms: 0 }, result: Outcome::Done });
    // Its actor is still there: it has lost nothing.
    breaks(&case, ADDS_UP, "has no sale, though nobody lost one");
    case.closing.catalogs[0].actor = ActorId::from_bits(9);
    let verdict = holds(&case);
    let count = |words: &str| verdict.counts.iter().find(|count| count.says.contains(words)).map(|count| count.count);
    assert_eq!(count("their sale went with lost data"), Some(1));
    assert_eq!(count("that nobody can sell"), Some(18));
    // Even then not one unit more.
    case.closing.catalogs[1].books[0].parts.get_mut(&SELLER).expect("a part").net += 1;
    breaks(&case, ADDS_UP, "catalogB: title 1: 9 units are left, 8 should be");
}

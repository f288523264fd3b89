//! Every interleaving of a small shop, by the product's own functions.

use proof::catalog::Fault;
use proof::explore::{Budget, Explored, Model, explore};
use std::time::Duration;

/// More than any of the small ones takes.
const LONG: Duration = Duration::from_mins(10);

fn look(model: &Model, within: Duration, until: Option<&'static str>) -> Explored {
    let explored = explore(model.clone(), within, until);
    println!("{} states{}: {model:?}", explored.states, if explored.exhausted { ", all there are" } else { "" });
    for (property, steps) in &explored.breaches {
        println!("  broken: {property}, by {steps:?}");
    }
    explored
}

fn holds(model: &Model) {
    let explored = look(model, LONG, None);
    assert!(explored.exhausted, "the checker was not finished");
    assert!(explored.breaches.is_empty(), "{:?}", explored.breaches);
    assert!(explored.unreached.is_empty(), "never reached: {:?}", explored.unreached);
}

/// Both ways in which a new actor can sort: of two that sold one order, the larger gives way.
fn holds_both_ways(model: &Model) {
    holds(model);
    holds(&Model { descending: true, ..model.clone() });
}

/// A rule left out must be missed.
fn is_found(model: &Model, breach: &'static str) {
    let explored = look(model, LONG, Some(breach));
    let names: Vec<_> = explored.breaches.iter().map(|(name, _)| *name).collect();
    assert!(names.contains(&breach), "the fault survived: {names:?}");
}

fn shop(budget: Budget) -> Model {
    Model { budget, ..Model::default() }
}

#[test]
fn two_replicas_that_lose_nothing_sell_every_unit_once() {
    holds_both_ways(&Model { units: 2, orders: 3, ..shop(Budget { gives: 3, ..Budget::default() }) });
}

#[test]
fn two_replicas_that_are_killed_sell_every_unit_once() {
    holds_both_ways(&shop(Budget { gives: 2, kills: 1, ..Budget::default() }));
}

#[test]
fn two_replicas_whose_old_data_is_put_back_sell_every_unit_once() {
    let budget = Budget { gives: 1, kills: 1, put_backs: 1, ..Budget::default() };
    holds_both_ways(&Model { units: 1, orders: 2, ..shop(budget) });
}

#[test]
fn a_lost_disk_that_is_retired_leaves_every_unit_to_be_sold_once() {
    holds_both_ways(&shop(Budget { gives: 1, losses: 1, retirements: 1, ..Budget::default() }));
}

#[test]
fn retiring_a_replica_that_is_alive_oversells_at_most_what_it_had() {
    let living = Model { retire_the_living: true, ..shop(Budget { gives: 1, retirements: 1, ..Budget::default() }) };
    holds_both_ways(&living);
}

#[test]
fn three_replicas_sell_every_unit_once_as_far_as_a_minute_and_a_half_goes() {
    let budget = Budget { gives: 2, kills: 1, put_backs: 1, ..Budget::default() };
    let three = Model { replicas: 3, units: 2, orders: 2, ..shop(budget) };
    let explored = look(&three, Duration::from_secs(90), None);
    assert!(explored.breaches.is_empty(), "{:?}", explored.breaches);
    assert!(explored.unreached.is_empty(), "never reached: {:?}", explored.unreached);
}

#[test]
fn without_the_fence_at_the_start_a_unit_is_sold_twice() {
    let budget = Budget { gives: 1, put_backs: 1, ..Budget::default() };
    is_found(&Model { fault: Fault::NoFence, ..shop(budget) }, "nothing is oversold");
}

#[test]
fn without_the_void_rule_an_order_keeps_two_sales() {
    let model = Model { fault: Fault::NoVoid, ..shop(Budget { gives: 1, ..Budget::default() }) };
    is_found(&model, "equal journals mean one live sale an order");
}

#[test]
fn with_gifts_to_oneself_a_unit_is_sold_twice() {
    let model = Model { fault: Fault::SelfGive, ..shop(Budget { gives: 1, ..Budget::default() }) };
    is_found(&model, "nothing is oversold");
}

#[test]
fn with_units_that_count_before_they_are_in_the_log_a_unit_is_sold_twice() {
    let model = Model { fault: Fault::CreditBeforeLog, ..shop(Budget { gives: 1, ..Budget::default() }) };
    is_found(&model, "nothing is oversold");
}

#[test]
fn with_rights_by_name_instead_of_incarnation_a_unit_is_sold_twice() {
    let budget = Budget { put_backs: 1, ..Budget::default() };
    is_found(&Model { fault: Fault::RightsByName, ..shop(budget) }, "nothing is oversold");
}

#[test]
fn without_the_orders_evidence_a_retirement_sells_a_unit_twice() {
    let budget = Budget { losses: 1, retirements: 1, ..Budget::default() };
    is_found(&Model { fault: Fault::NoEvidence, ..shop(budget) }, "nothing is oversold");
}

#[test]
fn with_evidence_while_answers_are_under_way_a_unit_is_sold_twice() {
    let budget = Budget { gives: 1, kills: 1, put_backs: 1, ..Budget::default() };
    is_found(&Model { fault: Fault::NoBarrier, units: 1, orders: 2, ..shop(budget) }, "nothing is oversold");
}

#[test]
fn without_a_witness_at_the_start_an_entry_is_written_twice() {
    let budget = Budget { gives: 1, kills: 1, put_backs: 1, ..Budget::default() };
    is_found(
        &Model { fault: Fault::NoWitnessAtStart, units: 1, orders: 2, ..shop(budget) },
        "held journals are prefixes",
    );
}

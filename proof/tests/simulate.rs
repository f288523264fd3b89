//! Many lives of a whole shop, the seeds that once failed, and the faults that must be noticed.

use proof::catalog::Fault;
use proof::simulation::{live, live_many};

/// Seeds of lives in which something once did not hold. What it was stands beside them.
const ONCE_BROKEN: &[(u64, &str)] = &[
    (375, "data older than its witness was believed, since those who knew better had been rolled back as well"),
    (1632, "data of a witness that was lost was believed, since those who knew better had been rolled back as well"),
    (1866, "a unit that one lost disk had given to another was inherited, and the sale that it was in was not adopted"),
    (3363, "units were inherited, the process died, and the last sales of the lost disk were not adopted"),
    (12271, "data of an actor that had been given up was believed, since those who knew better had been rolled back"),
];

#[test]
fn a_thousand_lives_keep_every_promise_and_reach_every_state_worth_reaching() {
    let lived = live_many(0..1000, Fault::None, |_, _| ());
    println!("{} lives, {} steps audited, {} confirmed orders", lived.lives, lived.steps, lived.orders);
    for life in &lived.broken {
        println!("seed {}: {}; tell it: ./runme.sh simulate --seed {0}", life.seed, life.breaches.join("; "));
        let told = live(life.seed, Fault::None, true).trace;
        println!("{}", told[told.len().saturating_sub(40)..].join("\n"));
    }
    assert!(lived.broken.is_empty(), "something did not hold");
    assert!(lived.unreached().is_empty(), "never reached: {:?}", lived.unreached());
}

#[test]
fn lives_that_once_failed_are_whole() {
    for (seed, why) in ONCE_BROKEN {
        let life = live(*seed, Fault::None, false);
        assert!(life.breaches.is_empty(), "seed {seed} ({why}): {:?}", life.breaches);
    }
}

#[test]
fn one_seed_is_one_life_step_by_step() {
    let (one, other) = (live(7, Fault::None, true), live(7, Fault::None, true));
    assert!(!one.trace.is_empty());
    assert_eq!((one.trace, one.steps), (other.trace, other.steps));
}

/// Lives until one is broken, as a fault must make one sooner or later.
fn is_noticed(fault: Fault) {
    let lived = live_many(0..3000, fault, |_, _| ());
    let first = lived.broken.first().unwrap_or_else(|| panic!("{fault:?} survived {} lives", lived.lives));
    println!("{fault:?}, seed {}, after {} lives: {}", first.seed, lived.lives, first.breaches.join("; "));
}

#[test]
fn a_shop_without_the_fence_at_the_start_is_noticed() {
    is_noticed(Fault::NoFence);
}

#[test]
fn a_shop_without_the_void_rule_is_noticed() {
    is_noticed(Fault::NoVoid);
}

#[test]
fn a_shop_with_rights_by_name_is_noticed() {
    is_noticed(Fault::RightsByName);
}

#[test]
fn a_shop_that_retires_without_the_orders_evidence_is_noticed() {
    is_noticed(Fault::NoEvidence);
}

#[test]
fn a_shop_whose_frontends_forget_what_a_session_has_seen_is_noticed() {
    is_noticed(Fault::NoMemory);
}

#[test]
fn a_shop_that_tells_a_buyer_before_it_keeps_the_order_is_noticed() {
    is_noticed(Fault::TellBeforeKeeping);
}

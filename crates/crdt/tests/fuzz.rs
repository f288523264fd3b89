//! Random histories against the reference model. `CRDT_SEED` and `CRDT_ROUNDS` choose others than the usual ones.

mod reference;

use reference::mutants::MUTANTS;
use reference::world::{PRODUCT, round};
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, thread};

/// A type that nearly was this one held for 3,000 rounds, and broke in one of the next 3,000.
const ROUNDS: u64 = 120_000;
/// Every mutant shows itself within fewer.
const MUTANT_ROUNDS: u64 = 2_000;

fn number(name: &str, usual: u64) -> u64 {
    env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

#[test]
fn all_replicas_show_what_the_model_shows_after_every_step_and_converge() {
    let (seed, rounds) = (number("CRDT_SEED", 1), number("CRDT_ROUNDS", ROUNDS));
    println!("CRDT_SEED={seed} CRDT_ROUNDS={rounds}");
    let threads = thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let broken = AtomicBool::new(false);
    thread::scope(|scope| {
        for first in 0..threads {
            let broken = &broken;
            scope.spawn(move || {
                for number in (first..rounds).step_by(usize::try_from(threads).expect("few")) {
                    let seed = seed.wrapping_add(number);
                    if broken.load(Ordering::Relaxed) {
                        return;
                    }
                    if let Err(why) = round(seed, &PRODUCT) {
                        broken.store(true, Ordering::Relaxed);
                        println!("CRDT_SEED={seed} CRDT_ROUNDS=1: {why}");
                    }
                }
            });
        }
    });
    assert!(!broken.load(Ordering::Relaxed), "a round broke; its seed is above");
}

#[test]
fn every_merge_that_is_wrong_on_purpose_is_noticed() {
    for (name, rules) in &MUTANTS {
        let noticed = (0..MUTANT_ROUNDS).find_map(|seed| round(seed, rules).err().map(|why| (seed, why)));
        let (seed, why) = noticed.unwrap_or_else(|| panic!("{name}: not noticed in {MUTANT_ROUNDS} rounds"));
        println!("{name}: noticed in round {seed}: {why}");
    }
}

//! What it costs to read, join, show and route the values that travel.
//!
//! A frontend does these for every answer it reads and every page it shows, a catalog writes the state of a book for
//! every sale of it. So they bound how many requests one core can serve.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use journal::ActorId;
use std::collections::BTreeMap;
use wire::home::home;
use wire::{ItemId, ItemState, Money, Part, Register, Stamp};

const AT_MS: u64 = 1_767_225_600_000;
const NAMES: [&str; 5] = ["catalogA", "catalogB", "catalogC", "catalogD", "catalogE"];
/// Actors that have sold of a book: two replicas, and two that have been through some lost disks.
const ACTORS: [u64; 2] = [2, 8];

fn main() {
    divan::main();
}

/// A book of which so many actors have sold, as it was after entry `seq` of each.
fn state(actors: u64, seq: u64) -> ItemState {
    fn register<T>(value: T) -> Register<T> {
        Register { value, stamp: Stamp(AT_MS, ActorId::from_bits(1)) }
    }
    let part = |actor: u64| (ActorId::from_bits(u128::from(actor) << 64 | 0x0011_2233), Part { seq, net: 499_000 });
    ItemState {
        title: register("The Measured Bookseller, Volume 7".to_owned()),
        authors: register("Ada Example; Ben Example".to_owned()),
        year: register(Some(1998)),
        language: register("en".to_owned()),
        topic: register("measuring 0".to_owned()),
        cost: register(price()),
        parts: (0..actors).map(part).collect::<BTreeMap<_, _>>(),
        ..ItemState::unknown(ItemId(7))
    }
}

fn price() -> Money {
    Money::from_cents(1250).expect("12.50 is a price")
}

/// A newer state joins the one in a frontend's cache: for every book in every answer of a catalog.
#[divan::bench(args = ACTORS)]
fn join_states(bencher: Bencher<'_, '_>, actors: u64) {
    let inputs = bencher.counter(ItemsCount::new(1_u32)).with_inputs(|| (state(actors, 100), state(actors, 101)));
    inputs.bench_values(|(mut cached, heard)| {
        cached.join(heard);
        cached
    });
}

/// The state of a book is written as JSON: for the row of a book at each sale, and for each answer that tells of it.
#[divan::bench(args = ACTORS)]
fn state_to_json(bencher: Bencher<'_, '_>, actors: u64) {
    let state = state(actors, 100);
    let json = serde_json::to_string(&state).expect("a state has a JSON form");
    bencher.counter(BytesCount::of_str(&json)).bench(|| serde_json::to_string(black_box(&state)));
}

/// The state of a book is read from JSON: when a catalog loads it for a sale, and when a frontend hears of it.
#[divan::bench(args = ACTORS)]
fn state_from_json(bencher: Bencher<'_, '_>, actors: u64) {
    let json = serde_json::to_string(&state(actors, 100)).expect("a state has a JSON form");
    bencher.counter(BytesCount::of_str(&json)).bench(|| serde_json::from_str::<ItemState>(black_box(&json)));
}

/// A price is read, as in a form or a CSV file; a price in JSON is read this way too.
#[divan::bench]
fn parse_money(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(1_u32)).bench(|| black_box("12.50").parse::<Money>());
}

/// A price is shown, as on every page for every book.
#[divan::bench]
fn show_money(bencher: Bencher<'_, '_>) {
    let price = price();
    bencher.counter(ItemsCount::new(1_u32)).bench(|| black_box(price).to_string());
}

/// The home of a book is found among so many replicas by rendezvous hashing: before every call about one book.
#[divan::bench(args = [2, 3, 5])]
fn find_a_home(bencher: Bencher<'_, '_>, replicas: usize) {
    let key = ItemId(7).key();
    let names = &NAMES[..replicas];
    bencher.counter(ItemsCount::new(1_u32)).bench(|| home(black_box(&key), black_box(names).iter().copied()));
}

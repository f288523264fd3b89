//! What one entry costs the thread that writes a journal, and what the same entry costs each of its readers.
//!
//! A replica has one writer, so every buy waits for these steps of all buys before it in its batch. Bodies are as long
//! as that of a sale of one book. Nothing here stores or sends.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use journal::{Absorbed, ActorId, Body, Entry, Head, Run, Tail, absorb};
use serde::Serialize;

const ACTOR: ActorId = ActorId::from_bits(0x0123_4567_89ab_cdef_0011_2233_4455_6677);
/// As many entries as a replica keeps in memory for peers that keep up.
const KEPT: usize = 4096;

/// A body as long as that of a sale.
#[derive(Serialize)]
struct Sell {
    op: &'static str,
    order: String,
    number: u64,
    buyer: &'static str,
    lines: Vec<Line>,
    at_ms: u64,
}

#[derive(Serialize)]
struct Line {
    item: u32,
    quantity: u32,
    cost: f64,
}

fn main() {
    divan::main();
}

fn sell(number: u64) -> Sell {
    let order = format!("582b1c05-5f67-47f6-a2a0-{number:012x}");
    let lines = vec![Line { item: 1, quantity: 1, cost: 12.5 }];
    Sell { op: "sell", order, number, buyer: "", lines, at_ms: 1_767_225_600_000 }
}

fn body(number: u64) -> Body {
    Body::write(&sell(number)).expect("a sale has a JSON form")
}

/// The first `length` entries of a journal, as they travel.
fn run(length: u64) -> Run {
    Run::following(ACTOR, Head::genesis(ACTOR), (1..=length).map(body).collect())
}

fn entries(length: u64) -> Vec<Entry> {
    match absorb(&run(length), Head::genesis(ACTOR), None) {
        Absorbed::New(entries) => entries,
        other => panic!("a journal from its beginning is new, not {other:?}"),
    }
}

/// The hash of one entry: the part of an append that grows with the body.
#[divan::bench]
fn hash_an_entry(bencher: Bencher<'_, '_>) {
    let head = Head::genesis(ACTOR);
    bencher.counter(ItemsCount::new(1_u32)).with_inputs(|| body(1)).bench_refs(|body| black_box(head).next(body));
}

/// A whole append: the operation is written down as JSON, hashed, and made an entry. Once for each sale, in the writer.
#[divan::bench]
fn append_an_entry(bencher: Bencher<'_, '_>) {
    let head = Head::genesis(ACTOR);
    bencher.counter(ItemsCount::new(1_u32)).with_inputs(|| sell(1)).bench_refs(|sell| {
        let body = Body::write(sell).expect("a sale has a JSON form");
        Entry { actor: ACTOR, head: black_box(head).next(&body), body }
    });
}

/// A run of another replica is checked and taken: its writer does this between the batches of its own buyers.
#[divan::bench(args = [1, 100, 1000])]
fn absorb_a_run(bencher: Bencher<'_, '_>, length: u64) {
    let run = run(length);
    let mine = Head::genesis(ACTOR);
    bencher.counter(ItemsCount::new(length)).bench(|| absorb(black_box(&run), black_box(mine), None));
}

/// What a peer lacks is cut from the end of the journal in memory, once for each push; the writer waits for the lock.
#[divan::bench(args = [1, 100, 1000])]
fn cut_from_the_tail(bencher: Bencher<'_, '_>, lacking: u64) {
    let mut tail = Tail::new(ACTOR, Head::genesis(ACTOR), KEPT);
    tail.extend(entries(KEPT as u64));
    let held = KEPT as u64 - lacking;
    bencher.counter(ItemsCount::new(lacking)).bench(|| tail.after(black_box(held), KEPT));
}

//! How many placements a second: CRUSH by the map of the vectors, and the ring of as many members, three replicas each.
//!
//! A replica asks at every read and write, and a layout change asks for all buckets at once. Lists are reused, as
//! there.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use placement::{Bucket, Map, Member, Placement, Scratch, Strategy, Weight, bucket_of};
use serde_json::Value;

const VECTORS: &str = include_str!("../tests/vectors/crush.json");
/// Inputs of one turn, so that the loop around it costs nothing.
const INPUTS: u32 = 1024;
const REPLICAS: usize = 3;

fn main() {
    divan::main();
}

fn map(name: &str) -> Map {
    let vectors: Value = serde_json::from_str(VECTORS).expect("the vectors are JSON");
    Map::parse(&vectors["maps"][name].to_string()).expect("the map of the vectors is good")
}

fn members() -> Vec<Member> {
    let member = |number| Member { name: format!("cart{number}"), host: format!("host{number}"), weight: Weight::ONE };
    (0..6).map(member).collect()
}

fn by_ring() -> Strategy {
    Strategy::Ring { tokens: placement::Ring::TOKENS }
}

fn by_crush() -> Strategy {
    Strategy::crush_of(&members()).expect("the members are good")
}

/// The map alone: six hosts with a device each, of equal or unequal weight.
#[divan::bench(args = ["seed001", "uneq2"])]
fn crush_map(bencher: Bencher<'_, '_>, name: &str) {
    let map = map(name);
    let rule = map.rule("data").expect("the map has this rule");
    let mut scratch = Scratch::default();
    bencher.counter(ItemsCount::new(INPUTS)).bench_local(|| {
        let place = |input| map.place_into(rule, black_box(input), REPLICAS, &mut scratch).sum::<i32>();
        (0..INPUTS).map(place).sum::<i32>()
    });
}

/// Any bucket's replicas, by either strategy.
#[divan::bench(args = ["ring", "crush"])]
fn replicas_of_a_bucket(bencher: Bencher<'_, '_>, strategy: &str) {
    let strategy = if strategy == "ring" { by_ring() } else { by_crush() };
    let placement = Placement::new(members(), strategy).expect("the members are good");
    let (mut found, mut scratch) = (Vec::new(), Scratch::default());
    bencher.counter(ItemsCount::new(INPUTS)).bench_local(|| {
        let mut place = |bucket| {
            placement.replicas_into(black_box(bucket), REPLICAS, &mut found, &mut scratch);
            found.iter().map(|index| index.get()).sum::<usize>()
        };
        Bucket::all().map(&mut place).sum::<usize>()
    });
}

/// A key's bucket: one MD5.
#[divan::bench]
fn bucket_of_a_key(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(1_u32)).bench(|| bucket_of(black_box("cart:582b1c05-5f67-47f6-a2a0-000000000001")));
}

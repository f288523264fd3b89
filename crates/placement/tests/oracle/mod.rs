//! CRUSH once more, slowly: read from the JSON as it stands, recursive, in wide integers, with lists that are really
//! permuted, and the logarithm's figures taken from the vectors' file. No code of the crate is used.

use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What a step chose, with the devices that `chooseleaf` means.
type Chosen<'a> = Vec<(&'a Value, &'a Value)>;

/// One question to a map.
pub(crate) struct Oracle<'a> {
    pub(crate) map: &'a Value,
    pub(crate) input: u32,
    /// What `reweight` said, by device.
    pub(crate) kept: BTreeMap<i64, u64>,
}

static FIGURES: LazyLock<Value> = LazyLock::new(|| {
    let vectors: Value = serde_json::from_str(include_str!("../vectors/crush.json")).expect("JSON");
    vectors["straw2_ln"].clone()
});

impl Oracle<'_> {
    /// The ids that a rule gives, by the paper's Algorithm 1.
    pub(crate) fn place(&self, rule: &str, replicas: usize) -> Vec<i64> {
        let mut working: Vec<&Value> = Vec::new();
        let mut result = Vec::new();
        for step in self.map["rules"][rule].as_array().expect("a list of steps") {
            match step[0].as_str().expect("a word") {
                "take" => working = vec![self.taken(&step[1])],
                "emit" => result.append(&mut working.iter().map(|item| id(item)).collect()),
                word => {
                    let mut chosen: Chosen<'_> = Vec::new();
                    for bucket in working.iter().filter(|item| is_bucket(item)) {
                        let room = replicas - chosen.len();
                        chosen.extend(self.choose(bucket, step, replicas, room));
                    }
                    let leaf = word == "chooseleaf";
                    working = chosen.into_iter().map(|(item, below)| if leaf { below } else { item }).collect();
                }
            }
        }
        result.truncate(replicas);
        result
    }

    fn taken(&self, wanted: &Value) -> &Value {
        let trees = self.map["trees"].as_array().expect("trees");
        trees.iter().flat_map(all).find(|item| item["name"] == *wanted || item["id"] == *wanted).expect("it is there")
    }

    fn choose<'a>(&self, bucket: &'a Value, step: &Value, replicas: usize, room: usize) -> Chosen<'a> {
        let asked = step[2].as_i64().expect("a number");
        let count = if asked > 0 { asked } else { asked + replicas as i64 };
        let kind = if step[4] == 0 { "device" } else { step[4].as_str().expect("a type") };
        let mut chosen: Chosen<'a> = Vec::new();
        for replica in 0..count.max(0) as u64 {
            if chosen.len() < room {
                chosen.extend(self.attempt(bucket, kind, step[0] == "chooseleaf", (replica, 0), &chosen));
            }
        }
        chosen
    }

    /// One replica; if it can't be had, again with one more failure.
    fn attempt<'a>(
        &self,
        bucket: &'a Value,
        kind: &str,
        leaf: bool,
        (replica, failures): (u64, u64),
        chosen: &[(&'a Value, &'a Value)],
    ) -> Option<(&'a Value, &'a Value)> {
        let tries = self.map["tunables"]["choose_total_tries"].as_u64().unwrap_or(50) + 1;
        if failures == tries {
            return None;
        }
        let again = || self.attempt(bucket, kind, leaf, (replica, failures + 1), chosen);
        let number = replica + failures;
        let Some(item) = self.walk(bucket, kind, number) else { return again() };
        if kind_of(item) != kind {
            return None;
        }
        if chosen.iter().any(|(other, _)| id(other) == id(item)) {
            return again();
        }
        let below = if leaf && is_bucket(item) { self.walk(item, "device", number) } else { Some(item) };
        match below {
            Some(device) if is_bucket(item) && leaf && chosen.iter().any(|(_, other)| id(other) == id(device)) => {
                again()
            }
            Some(device) if !is_bucket(device) && self.is_out(device) => again(),
            Some(device) => Some((item, device)),
            None => again(),
        }
    }

    /// From a bucket down to the type or a device; nothing if a bucket on the way has nothing to give.
    fn walk<'a>(&self, bucket: &'a Value, kind: &str, number: u64) -> Option<&'a Value> {
        let items = bucket["children"].as_array().expect("a bucket");
        if weight(bucket) == 0 {
            return None;
        }
        let uniform = bucket["algorithm"] == "uniform";
        let item = &items[if uniform { self.permuted(bucket, number) } else { self.longest(items, number) }];
        if kind_of(item) == kind || !is_bucket(item) { Some(item) } else { self.walk(item, kind, number) }
    }

    /// Straw2: the longest of all straws, which are below zero.
    fn longest(&self, items: &[Value], number: u64) -> usize {
        let straw = |item: &Value| match weight(item) {
            0 => i128::MIN,
            weight => {
                let random = hash(&[u64::from(self.input), word(item), number]) % 65_536;
                -(((1 << 48) - logarithm(random)) / i128::from(weight))
            }
        };
        let straws: Vec<i128> = items.iter().map(straw).collect();
        let longest = straws.iter().max().expect("there are items");
        straws.iter().position(|straw| straw == longest).expect("it is one of them")
    }

    /// Uniform: the whole permutation, then its place.
    fn permuted(&self, bucket: &Value, number: u64) -> usize {
        let size = bucket["children"].as_array().expect("a bucket").len();
        let mut places: Vec<usize> = (0..size).collect();
        for place in 0..size - 1 {
            let random = hash(&[u64::from(self.input), word(bucket), place as u64]);
            places.swap(place, place + random as usize % (size - place));
        }
        places[number as usize % size]
    }

    fn is_out(&self, device: &Value) -> bool {
        let kept = self.kept.get(&id(device)).copied().unwrap_or(65_536);
        hash(&[u64::from(self.input), word(device)]) % 65_536 >= kept
    }
}

/// An item and all below it.
pub(crate) fn all(item: &Value) -> Vec<&Value> {
    let below = item["children"].as_array().into_iter().flatten().flat_map(all);
    std::iter::once(item).chain(below).collect()
}

/// Whether this is a bucket: a device has no children.
pub(crate) fn is_bucket(item: &Value) -> bool {
    item["children"].is_array()
}

/// An item's id.
pub(crate) fn id(item: &Value) -> i64 {
    item["id"].as_i64().expect("an id")
}

fn word(item: &Value) -> u64 {
    id(item).rem_euclid(1 << 32) as u64
}

fn kind_of(item: &Value) -> &str {
    if is_bucket(item) { item["type"].as_str().expect("a type") } else { "device" }
}

fn weight(item: &Value) -> u64 {
    match item["children"].as_array() {
        Some(children) => children.iter().map(weight).sum(),
        None => item["weight"].as_u64().expect("a weight"),
    }
}

/// 2^44 · log₂(`random` + 1) from the figures.
fn logarithm(random: u64) -> i128 {
    let figure = |table: &str, index: u128| i128::from(FIGURES[table][index as usize].as_u64().expect("a figure"));
    let (mut x, mut exponent) = (u128::from(random) + 1, 15);
    while x < 1 << 15 {
        (x, exponent) = (x * 2, exponent - 1);
    }
    let k = x / 256 * 2;
    let low = x * figure("rh_lh", k - 256) as u128 / (1 << 48) % 256;
    exponent * (1 << 44) + (figure("rh_lh", k - 255) + figure("ll", low)) / 16
}

/// The hash of two or three words, by the list of its mixes.
fn hash(words: &[u64]) -> u64 {
    // Where in the state the words, the two paddings and the hash are.
    let (mut state, mixes): (Vec<u64>, &[[usize; 3]]) = match *words {
        [a, b] => (vec![a, b, 231_232, 1232, 0], &[[0, 1, 4], [2, 0, 4], [1, 3, 4]]),
        [a, b, c] => (vec![a, b, 231_232, 1232, 0, c], &[[0, 1, 4], [5, 2, 4], [3, 0, 4], [1, 2, 4], [3, 5, 4]]),
        _ => panic!("two or three words"),
    };
    state[4] = words.iter().fold(1_315_423_911, |hash, word| hash ^ word);
    for mix in mixes {
        // A shift to the right is below zero.
        for (turn, shift) in [-13_i32, 8, -13, -12, 16, -5, -3, 10, -15].into_iter().enumerate() {
            let [into, one, other] = [0, 1, 2].map(|place| mix[(turn + place) % 3]);
            let difference =
                (i128::from(state[into]) - i128::from(state[one]) - i128::from(state[other])).rem_euclid(1 << 32);
            let shifted = u128::from(state[other]) << 32 >> (32 - shift) as u32;
            state[into] = difference as u64 ^ (shifted % (1 << 32)) as u64;
        }
    }
    state[4]
}

//! CRUSH against vectors of other implementations, and against an oracle that is slow and goes another way.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "the oracle counts in whatever is wide enough"
)]

mod oracle;

use oracle::{Oracle, all, id, is_bucket};
use placement::{Map, Scratch, Weight};
use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const GIVEN: &str = include_str!("vectors/crush.json");
const NESTED: &str = include_str!("vectors/nested.json");

fn read(map: &Value, kept: &BTreeMap<i64, u64>) -> Map {
    let mut read = Map::parse(&map.to_string()).expect("a good map");
    for (device, kept) in kept {
        let kept = Weight::from_fixed(u32::try_from(*kept).expect("a weight"));
        read.reweight(i32::try_from(*device).expect("an id"), kept).expect("a device of the map");
    }
    read
}

/// Every vector of a file: its name, map, rule, replicas, what is kept, and the answers.
fn vectors(
    file: &Value,
    answers: &str,
    mut check: impl FnMut(&str, &Value, &str, usize, BTreeMap<i64, u64>, &[Value]),
) {
    for (name, vector) in file["vectors"].as_object().expect("vectors") {
        let kept = vector["kept"].as_object().into_iter().flatten();
        let kept = kept.map(|(id, kept)| (id.parse().expect("an id"), kept.as_u64().expect("a weight"))).collect();
        let map = &file["maps"][vector["map"].as_str().expect("a name")];
        let rule = vector["rule"].as_str().expect("a name");
        let replicas = vector["replicas"].as_u64().expect("a number") as usize;
        check(name, map, rule, replicas, kept, vector[answers].as_array().expect("a list"));
    }
}

#[test]
fn every_vector_is_met_by_the_crate_and_by_the_oracle() {
    let mut checked = 0;
    for (file, answers) in [(GIVEN, "devices"), (NESTED, "items")] {
        let file: Value = serde_json::from_str(file).expect("JSON");
        vectors(&file, answers, |name, map, rule, replicas, kept, answers| {
            let read = read(map, &kept);
            let index = read.rule(rule).expect("a rule of the map");
            for (input, answer) in (0..).zip(answers) {
                assert_eq!(json!(read.place(index, input, replicas)), *answer, "{name}, input {input}");
                let oracle = Oracle { map, input, kept: kept.clone() };
                assert_eq!(json!(oracle.place(rule, replicas)), *answer, "{name}, input {input}: the oracle");
                checked += 1;
            }
        });
    }
    assert_eq!(checked, 6 * 20 + 92 * 24, "vectors");
}

/// Ids that were given already.
struct Ids {
    bucket: i32,
    device: i32,
    /// From a device's to the next.
    apart: i32,
}

impl Ids {
    fn bucket(&mut self, kind: &str, algorithm: &str, children: &[Value]) -> Value {
        self.bucket -= 1;
        let (id, name) = (self.bucket, format!("bucket{}", self.bucket));
        json!({"type": kind, "name": name, "id": id, "algorithm": algorithm, "children": children})
    }

    fn device(&mut self, weight: u32) -> Value {
        self.device += self.apart;
        json!({"name": format!("device{}", self.device), "id": self.device, "weight": weight})
    }

    /// A host; all its devices weigh as much as the first if it is uniform.
    fn host(&mut self, (weights, uniform): (Vec<u32>, bool)) -> Value {
        let weight = |weight| if uniform { weights[0] } else { weight };
        let devices: Vec<Value> = weights.iter().map(|own| self.device(weight(*own))).collect();
        self.bucket("host", if uniform { "uniform" } else { "straw2" }, &devices)
    }
}

/// A map with racks, hosts and devices of any weight, some hosts of it uniform, and rules of every form.
fn maps() -> impl Strategy<Value = Value> {
    let weight = prop_oneof![Just(0_u32), Just(1), Just(65_536), 1_u32..400_000];
    let host = (prop::collection::vec(weight, 1..5), prop::bool::weighted(0.3));
    let rack = prop::collection::vec(host, 1..4);
    let apart = prop_oneof![Just(1), Just(70_001)];
    (prop::collection::vec(rack, 1..5), 1_u32..60, apart).prop_map(|(racks, tries, apart)| {
        let mut ids = Ids { bucket: -1, device: -1, apart };
        let mut rack = |hosts: Vec<(Vec<u32>, bool)>| {
            let hosts: Vec<Value> = hosts.into_iter().map(|host| ids.host(host)).collect();
            ids.bucket("rack", "straw2", &hosts)
        };
        let racks: Vec<Value> = racks.into_iter().map(&mut rack).collect();
        let root = json!({"type": "root", "name": "top", "id": -1, "children": racks});
        json!({"trees": [root], "rules": rules(), "tunables": {"choose_total_tries": tries}})
    })
}

fn rules() -> Value {
    json!({
        "hosts": [["take", "top"], ["choose", "firstn", 0, "type", "host"], ["emit"]],
        "leaves": [["take", "top"], ["chooseleaf", "firstn", 0, "type", "host"], ["emit"]],
        "fewer": [["take", "top"], ["chooseleaf", "firstn", -1, "type", "rack"], ["emit"]],
        "pairs": [["take", "top"], ["choose", "firstn", 2, "type", "rack"],
                  ["chooseleaf", "firstn", 2, "type", "host"], ["emit"]],
        "devices": [["take", "top"], ["choose", "firstn", 0, "type", 0], ["emit"]],
        "twice": [["take", -1], ["choose", "firstn", 1, "type", "device"], ["emit"],
                  ["take", "top"], ["choose", "firstn", 1, "type", "rack"],
                  ["chooseleaf", "firstn", 0, "type", "device"], ["emit"]],
    })
}

fn devices(map: &Value) -> Vec<&Value> {
    all(&map["trees"][0]).into_iter().filter(|item| !is_bucket(item)).collect()
}

proptest! {
    #[test]
    fn every_map_rule_and_input_gives_what_the_oracle_gives(
        map in maps(),
        input: u32,
        replicas in 0_usize..7,
        out in prop::collection::vec(prop_oneof![Just(0_u64), 0_u64..80_000], 0..4),
    ) {
        let kept: BTreeMap<i64, u64> = devices(&map).into_iter().rev().map(id).zip(out).collect();
        let read = read(&map, &kept);
        for rule in map["rules"].as_object().expect("rules").keys() {
            let given = read.place(read.rule(rule).expect("a rule"), input, replicas);
            let given: Vec<i64> = given.into_iter().map(i64::from).collect();
            let oracle = Oracle { map: &map, input, kept: kept.clone() };
            prop_assert_eq!(given, oracle.place(rule, replicas), "rule {}", rule);
        }
    }

    #[test]
    fn no_item_is_chosen_twice_and_none_that_weighs_nothing_or_is_out(
        map in maps(),
        input: u32,
        replicas in 0_usize..9,
    ) {
        let first = id(devices(&map)[0]);
        let read = read(&map, &BTreeMap::from([(first, 0)]));
        for rule in ["hosts", "leaves", "devices", "pairs"] {
            let mut given = read.place(read.rule(rule).expect("a rule"), input, replicas);
            prop_assert!(given.len() <= replicas);
            for device in devices(&map).into_iter().filter(|device| device["weight"] == 0 || id(device) == first) {
                prop_assert!(given.iter().all(|given| i64::from(*given) != id(device)), "{device} by rule {rule}");
            }
            let count = given.len();
            given.sort_unstable();
            given.dedup();
            prop_assert_eq!(given.len(), count, "rule {}", rule);
        }
    }

    #[test]
    fn a_list_that_was_used_before_changes_no_answer(
        map in maps(),
        inputs in prop::collection::vec(any::<u32>(), 1..20),
    ) {
        let read = read(&map, &BTreeMap::new());
        let mut scratch = Scratch::default();
        for (input, rule) in inputs.into_iter().zip(["hosts", "pairs", "twice", "leaves"].into_iter().cycle()) {
            let rule = read.rule(rule).expect("a rule");
            let reused: Vec<i32> = read.place_into(rule, input, 3, &mut scratch).collect();
            prop_assert_eq!(reused, read.place(rule, input, 3));
        }
    }
}

#[test]
fn whoever_is_reweighted_to_nothing_gives_up_its_copies_and_no_other_moves_for_one_copy() {
    let given: Value = serde_json::from_str(GIVEN).expect("JSON");
    let (before, after) = (&given["maps"]["seed001"], BTreeMap::from([(3, 0)]));
    let (before, after) = (read(before, &BTreeMap::new()), read(before, &after));
    let rule = before.rule("data").expect("a rule");
    for input in 0..1000 {
        let (was, is) = (before.place(rule, input, 1), after.place(rule, input, 1));
        assert!(is != [3] && is.len() == 1, "input {input}: {is:?}");
        assert!(was == is || was == [3], "input {input}: {was:?} to {is:?}");
    }
}

#[test]
fn ids_have_names_and_a_missing_rule_names_those_that_are_there() {
    let given: Value = serde_json::from_str(GIVEN).expect("JSON");
    let mut map = read(&given["maps"]["uneq2"], &BTreeMap::new());
    assert_eq!((map.name(5), map.name(-2), map.name(77)), (Some("device_5"), Some("host1"), None));
    assert_eq!(map.rule("date").expect_err("it is missing").to_string(), "`rules`: there is no `date`, only: data");
    let missing = map.reweight(77, Weight::ONE).expect_err("it is missing").to_string();
    assert_eq!(missing, "`device`: there is no device of the id 77");
}

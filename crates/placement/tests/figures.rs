//! The figures about placements against a naive count, and lists that fit no placement.

use placement::{
    BadMembers, Balance, Bucket, Map, Member, Moves, Placement, Ring, Strategy, Weight, balance, bucket_of, movement,
};
use std::collections::BTreeMap;

fn member(name: &str, host: &str, weight: f64) -> Member {
    Member { name: name.to_owned(), host: host.to_owned(), weight: Weight::from_units(weight).expect("a weight") }
}

/// So many members of weight 1, each on a host of its own.
fn apart(count: u32) -> Vec<Member> {
    (0..count).map(|number| member(&format!("cart{number}"), &format!("host{number}"), 1.0)).collect()
}

fn ring(members: &[Member]) -> Placement {
    Placement::new(members.to_vec(), Strategy::Ring { tokens: Ring::TOKENS }).expect("a good list")
}

fn crush(members: &[Member]) -> Placement {
    Placement::new(members.to_vec(), Strategy::crush_of(members).expect("a good list")).expect("a good list")
}

/// Which members hold which bucket, by name.
fn holders(placement: &Placement, replicas: usize) -> Vec<Vec<String>> {
    let names = |bucket| {
        let row = placement.replicas(bucket, replicas).into_iter();
        row.map(|index| placement.members()[index.get()].name.clone()).collect()
    };
    Bucket::all().map(names).collect()
}

#[test]
fn movement_counts_the_copies_at_members_that_did_not_hold_them() {
    for make in [ring, crush] {
        for (before, after) in [(5, 6), (6, 5), (3, 3), (2, 4), (1, 9)] {
            let (before, after) = (make(&apart(before)), make(&apart(after)));
            let (was, is) = (holders(&before, 3), holders(&after, 3));
            let new = |(was, is): (&Vec<String>, &Vec<String>)| is.iter().filter(|name| !was.contains(name)).count();
            let moves = movement(&before, &after, 3);
            assert_eq!(moves.moved, was.iter().zip(&is).map(new).sum::<usize>());
            assert_eq!(moves.copies, is.iter().map(Vec::len).sum::<usize>());
        }
    }
}

#[test]
fn the_least_share_is_what_weights_ask_for() {
    let least = |before: &[Member], after: &[Member]| movement(&ring(before), &ring(after), 2).least_share;
    let near = |one: f64, other: f64| assert!((one - other).abs() < 1e-9, "{one}, not {other}");
    near(least(&apart(5), &apart(6)), 1.0 / 6.0);
    near(least(&apart(6), &apart(5)), 1.0 / 6.0);
    near(least(&apart(5), &apart(5)), 0.0);
    // From one copy each to two: the second one has to be made somewhere.
    near(least(&apart(1), &apart(4)), 0.75);
    let mut drained = apart(4);
    drained[0].weight = Weight::ZERO;
    near(least(&apart(4), &drained), 0.25);
}

#[test]
fn nothing_moves_when_nothing_changes() {
    for placement in [ring(&apart(5)), crush(&apart(5))] {
        let Moves { moved, share, .. } = movement(&placement, &placement, 3);
        assert_eq!((moved, share), (0, 0.0));
    }
}

#[test]
fn balance_counts_the_copies_of_each_member() {
    let mut members = apart(6);
    members[2].weight = Weight::from_units(2.0).expect("a weight");
    members[4].weight = Weight::ZERO;
    for placement in [ring(&members), crush(&members)] {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for name in holders(&placement, 2).into_iter().flatten() {
            *counts.entry(name).or_default() += 1;
        }
        let Balance { loads, mean, largest_over_mean, largest_over_fair } = balance(&placement, 2);
        for load in &loads {
            assert_eq!(load.copies, counts.get(&load.member).copied().unwrap_or(0), "{load:?}");
        }
        assert!((mean - 2048.0 / 5.0).abs() < 1e-9 && loads[4].copies == 0 && loads[4].over_fair() == 0.0);
        assert!((loads[2].fair - 2048.0 / 3.0).abs() < 1e-9, "{:?}", loads[2]);
        // Twice the weight is not quite twice the copies, where nobody holds a bucket twice.
        assert!(largest_over_mean > 1.3 && largest_over_mean < 1.9, "{largest_over_mean}");
        assert!(largest_over_fair > 1.0 && largest_over_fair < 1.35, "{largest_over_fair}");
    }
}

#[test]
fn members_of_one_host_hold_all_copies_together() {
    let members: Vec<Member> = (0..3).map(|number| member(&format!("cart{number}"), "here", 1.0)).collect();
    for placement in [ring(&members), crush(&members)] {
        assert!(placement.table(3).rows().all(|(_, row)| row.len() == 3));
        // The copies that the rule did not find are spread as well.
        let Balance { largest_over_fair, .. } = balance(&placement, 2);
        assert!(largest_over_fair < 1.25, "{largest_over_fair}");
    }
}

#[test]
fn a_member_that_weighs_almost_nothing_is_still_a_third_replica() {
    let mut members = apart(3);
    members[1].weight = Weight::from_fixed(1);
    for placement in [ring(&members), crush(&members)] {
        assert!(placement.table(3).rows().all(|(_, row)| row.len() == 3));
    }
}

#[test]
fn keys_are_held_by_who_holds_their_bucket() {
    let placement = crush(&apart(5));
    let bucket = bucket_of("cart:alice");
    assert_eq!(placement.table(3).get(bucket), placement.replicas(bucket, 3));
}

#[test]
fn a_placement_by_a_map_is_what_the_map_says_and_its_weights_count() {
    let text = r#"{"trees": [{"type": "root", "name": "dc", "id": -1, "children": [
        {"type": "host", "name": "h0", "id": -2, "children": [
            {"name": "b", "id": 9}, {"name": "c", "id": 4, "weight": 0}]},
        {"type": "host", "name": "h1", "id": -3, "children": [{"name": "a", "id": 7, "weight": 2.0}]}]}],
        "rules": {"data": [["take", "dc"], ["chooseleaf", "firstn", 0, "type", "host"], ["emit"]],
                  "hosts": [["take", "dc"], ["choose", "firstn", 0, "type", "host"], ["emit"]],
                  "twice": [["take", "a"], ["emit"], ["take", "a"], ["emit"]]}}"#;
    let map = Map::parse(text).expect("a good map");
    let members = |names: &[&str]| names.iter().map(|name| member(name, "anywhere", 1.0)).collect::<Vec<_>>();
    let of = |names: &[&str], rule: &str| {
        Placement::new(members(names), Strategy::Crush { map: map.clone(), rule: rule.to_owned() })
    };
    let placement = of(&["c", "b", "a"], "data").expect("it fits");
    assert_eq!(placement.members().iter().map(|member| member.weight.units()).collect::<Vec<_>>(), [2.0, 1.0, 0.0]);
    let rule = map.rule("data").expect("a rule");
    for (bucket, row) in placement.table(2).rows() {
        let ids: Vec<i32> = row.iter().map(|index| [7, 9, 4][index.get()]).collect();
        assert_eq!(ids, map.place(rule, u32::from(bucket.number()), 2));
    }
    // A device that a rule emits twice is one replica, and another one follows.
    let twice = of(&["a", "b", "c"], "twice").expect("it fits");
    assert_eq!(map.place(map.rule("twice").expect("a rule"), 1, 2), [7, 7]);
    assert!(twice.table(2).rows().all(|(_, row)| row.iter().map(|index| index.get()).eq([0, 1])));
    let error = |names: &[&str], rule: &str| of(names, rule).expect_err("it does not fit").to_string();
    assert_eq!(error(&["a", "b"], "data"), "map: the device `c` is no member");
    assert_eq!(error(&["a", "b", "c", "d"], "data"), "map: there is no device `d`, but it is a member");
    assert_eq!(error(&["a", "b", "c"], "hosts"), "map: the rule `hosts` does not end at devices");
    assert_eq!(error(&["a", "b", "c"], "none"), "map: `rules`: there is no `none`, only: data, hosts, twice");
}

#[test]
fn lists_that_fit_no_placement_are_refused_with_the_reason() {
    let by_ring = |members: Vec<Member>, tokens| Placement::new(members, Strategy::Ring { tokens }).expect_err("bad");
    assert_eq!(by_ring(Vec::new(), 64), BadMembers::Nobody);
    assert_eq!(by_ring(vec![member("a", "h", 0.0)], 64), BadMembers::Nobody);
    assert_eq!(by_ring(vec![member("", "h", 1.0)], 64), BadMembers::Nameless);
    assert_eq!(by_ring(vec![member("a", "h", 1.0), member("a", "g", 1.0)], 64), BadMembers::Twice("a".to_owned()));
    assert_eq!(by_ring(apart(4097), 1), BadMembers::TooMany(4097));
    assert_eq!(by_ring(apart(1), 0), BadMembers::Tokens(0, 1));
    let heavy = by_ring(vec![member("a", "h", 60_000.0)], 64).to_string();
    assert_eq!(heavy, "tokens: 64 for a member of weight 1 make 3840000 in all: from 1 to 1048576");
    assert!(matches!(Strategy::crush_of(&[member("a", "h", 1.0), member("a", "g", 1.0)]), Err(BadMembers::Map(_))));
}

#[test]
fn a_weight_is_read_in_units() {
    let read = |text: &str| text.parse::<Weight>();
    assert_eq!(read("1"), Ok(Weight::ONE));
    assert_eq!(read("0.5").map(Weight::fixed), Ok(1 << 15));
    assert_eq!(read("0"), Ok(Weight::ZERO));
    for bad in ["", "-1", "heavy", "NaN", "inf", "65536"] {
        assert_eq!(read(bad).expect_err(bad).to_string(), format!("{bad} is no weight: from 0 to 65535.99"));
    }
}

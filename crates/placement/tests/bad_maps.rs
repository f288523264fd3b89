//! Maps that nobody can place by: each is refused, and the error names the field.

use placement::Map;
use proptest::prelude::{prop_assert, proptest};
use serde_json::{Value, json};

/// A good map, to be spoilt.
fn good() -> Value {
    json!({
        "trees": [{"type": "root", "name": "top", "id": -1, "children": [
            {"type": "host", "name": "one", "id": -2, "children": [{"name": "a", "id": 0, "weight": 65536}]},
            {"type": "host", "name": "two", "id": -3, "algorithm": "uniform", "children": [
                {"name": "b", "id": 1, "weight": 1.5},
                {"name": "c", "id": 2, "weight": 98304, "type": "device"},
            ]},
            {"type": "host", "name": "none", "id": -4, "children": []},
        ]}],
        "rules": {"data": [["take", "top"], ["chooseleaf", "firstn", 0, "type", "host"], ["emit"]]},
    })
}

/// What is said of the good map with something else at that place.
fn said_of(place: &str, value: Value) -> String {
    let mut map = good();
    let (parent, name) = place.rsplit_once('/').expect("a pointer");
    let parent = map.pointer_mut(parent).expect("it is there");
    match name.parse::<usize>() {
        Ok(index) => parent[index] = value,
        Err(_) => parent[name] = value,
    }
    Map::parse(&map.to_string()).expect_err(place).to_string()
}

#[test]
fn the_map_that_the_others_are_made_of_is_good() {
    let map = Map::parse(&good().to_string()).expect("a good map");
    assert_eq!(map.place(map.rule("data").expect("a rule"), 5, 9).len(), 2);
}

#[test]
fn items_that_are_wrong_are_named() {
    let host = json!({"type": "host", "name": "in", "id": -2, "children": []});
    let cases = [
        ("/trees/0/children/0/children/0", host, "`trees[0].children[0].children[0].id`: a cycle: -2 is in itself"),
        ("/trees/0/children/1/id", json!(-2), "`trees[0].children[1].id`: -2 is there twice"),
        ("/trees/0/children/1/children/1/id", json!(0), "`trees[0].children[1].children[1].id`: 0 is there twice"),
        ("/trees/0/children/1/name", json!("a"), "`trees[0].children[1].name`: `a` is there twice"),
        ("/trees/0/children/1/name", json!(""), "`trees[0].children[1].name`: empty"),
        (
            "/trees/0/children/1/type",
            json!("device"),
            "`trees[0].children[1].type`: a bucket has one, and it is not `device`",
        ),
        (
            "/trees/0/children/1/type",
            json!(null),
            "`trees[0].children[1].type`: a bucket has one, and it is not `device`",
        ),
        ("/trees/0/children/1/id", json!(7), "`trees[0].children[1].id`: that of a bucket is below 0"),
        (
            "/trees/0/children/0/children/0/id",
            json!(-7),
            "`trees[0].children[0].children[0].id`: below 0: that is for what has `children`",
        ),
        (
            "/trees/0/children/0/children/0/type",
            json!("host"),
            "`trees[0].children[0].children[0].children`: missing: only a device has none",
        ),
        (
            "/trees/0/children/0/children/0/algorithm",
            json!("straw2"),
            "`trees[0].children[0].children[0].algorithm`: a device chooses nothing",
        ),
        (
            "/trees/0/children/0/weight",
            json!(1),
            "`trees[0].children[0].weight`: a bucket weighs as much as its children",
        ),
        ("/trees/0", json!({"name": "a", "id": 0}), "`trees[0].children`: missing: a tree begins with a bucket"),
    ];
    for (place, value, error) in cases {
        assert_eq!(said_of(place, value), error);
    }
}

#[test]
fn weights_below_nothing_or_beyond_all_are_named() {
    let at = "/trees/0/children/0/children/0/weight";
    for weight in ["-1", "-0.5", "4294967296", "65536.0", "1e300"] {
        let said = said_of(at, serde_json::from_str(weight).expect("a number"));
        assert!(said.starts_with("`trees[0].children[0].children[0].weight`: "), "{said}");
        assert!(said.contains("is no weight: from 0 to 65535.99"), "{said}");
    }
    assert_eq!(said_of(at, json!(u32::MAX)), "`trees[0].children`: their weights add up to more than 65535.99");
    let uneven = said_of("/trees/0/children/1/children/0/weight", json!(2.5));
    assert_eq!(uneven, "`trees[0].children[1].children[1].weight`: not that of the others: uniform");
}

#[test]
fn fields_of_another_form_or_name_are_named() {
    for (place, value, error) in [
        ("/trees/0/children/0/id", json!("x"), "`trees[0].children[0].id`: invalid type: string"),
        ("/trees/0/children/0/id", json!(1_u64 << 40), "`trees[0].children[0].id`: invalid value"),
        ("/trees/0/children/0/algorithm", json!("list"), "`trees[0].children[0].algorithm`: unknown variant `list`"),
        ("/trees/0/children/0/weigth", json!(1), "`trees[0].children[0].weigth`: unknown field"),
        ("/tunables", json!({"straw_calc_version": 1}), "`tunables.straw_calc_version`: unknown"),
        ("/tunables", json!({"choose_total_tries": 0}), "`tunables.choose_total_tries`: 0 is not supported: from 1"),
        ("/tunables", json!({"chooseleaf_stable": 0}), "`tunables.chooseleaf_stable`: 0 is not supported: from 1 to 1"),
        ("/rules", json!([]), "`rules`: invalid type: sequence"),
    ] {
        let said = said_of(place, value);
        assert!(said.starts_with(error), "{said}");
    }
    let trailing = Map::parse(&format!("{} 1", good())).expect_err("more than a map").to_string();
    assert!(trailing.starts_with("`.`: trailing characters"), "{trailing}");
}

#[test]
fn rules_that_cannot_be_followed_are_named() {
    let steps = |steps: &str| -> Value { serde_json::from_str(steps).expect("JSON") };
    for (rule, error) in [
        (r#"[["take", "dc9"], ["emit"]]"#, "`rules.data[0]`: there is no \"dc9\" to take"),
        (r#"[["take", -9], ["emit"]]"#, "`rules.data[0]`: there is no -9 to take"),
        (
            r#"[["take", "top"], ["choose", "firstn", 0, "type", "rack"], ["emit"]]"#,
            "`rules.data[1]`: there is no type \"rack\"",
        ),
        (
            r#"[["take", "one"], ["choose", "firstn", 0, "type", "root"], ["emit"]]"#,
            "`rules.data[1]`: there is no `root` below what is chosen before",
        ),
        (
            r#"[["take", "top"], ["chooseleaf", "firstn", 1, "type", "host"],
                ["choose", "firstn", 1, "type", "host"], ["emit"]]"#,
            "`rules.data[2]`: there is no `host` below what is chosen before",
        ),
        (
            r#"[["take", "none"], ["choose", "firstn", 0, "type", "device"], ["emit"]]"#,
            "`rules.data[1]`: there is no `device` below what is chosen before",
        ),
        (r#"[["choose", "firstn", 0, "type", "host"], ["emit"]]"#, "`rules.data[0]`: nothing was taken before"),
        (r#"[["take", "top"], ["emit"], ["emit"]]"#, "`rules.data[2]`: nothing was taken before"),
        (r#"[["take", "top"]]"#, "`rules.data`: does not end with `emit`"),
        ("[]", "`rules.data`: does not end with `emit`"),
        (
            r#"[["take", "top"], ["choose", "firstn", 1.5, "type", "host"], ["emit"]]"#,
            "`rules.data[1]`: 1.5 is no number of items: at most 4096",
        ),
    ] {
        assert_eq!(said_of("/rules/data", steps(rule)), error);
    }
    for unknown in
        [r#"[["take", "top"], ["choose", "indep", 0, "type", "host"], ["emit"]]"#, r#"[["take", "top"], [], ["emit"]]"#]
    {
        let said = said_of("/rules/data", steps(unknown));
        assert!(said.starts_with("`rules.data[1]`: ") && said.contains("is none of"), "{said}");
    }
}

#[test]
fn maps_that_are_too_deep_large_or_long_are_refused() {
    let nest = |depth: i32| {
        let device = json!({"name": "a", "id": 0});
        (1..=depth).fold(
            device,
            |inner, id| json!({"type": format!("t{id}"), "name": format!("b{id}"), "id": -id, "children": [inner]}),
        )
    };
    let map = |tree: Value| json!({"trees": [tree], "rules": {}}).to_string();
    Map::parse(&map(nest(10))).expect("ten deep");
    let deep = Map::parse(&map(nest(11))).expect_err("eleven deep").to_string();
    assert!(deep.ends_with(".children`: deeper than 10 buckets"), "{deep}");
    Map::parse(&map(nest(60))).expect_err("sixty deep");
    Map::parse(&"[".repeat(100_000)).expect_err("no end of nesting");

    let devices: Vec<Value> = (0..=1 << 16).map(|id| json!({"name": id.to_string(), "id": id, "weight": 1})).collect();
    let many = map(json!({"type": "root", "name": "top", "id": -1, "children": devices}));
    let many = Map::parse(&many).expect_err("too many").to_string();
    assert!(many.ends_with("id`: more than 65536 items"), "{many}");

    let long = " ".repeat(Map::MOST_BYTES + 1);
    assert!(Map::parse(&long).expect_err("too long").to_string().contains("longer than"));
    let steps = vec![json!(["take", "top"]); 65];
    assert_eq!(said_of("/rules/data", json!(steps)), "`rules.data`: more than 64 steps");
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(text: String, at in 0_usize..700, by: String) {
        // Text that means nothing, and the good map with something else in the middle.
        let _ = Map::parse(&text);
        let good = good().to_string();
        let at = at.min(good.len());
        if good.is_char_boundary(at)
            && let Ok(map) = Map::parse(&format!("{}{by}{}", &good[..at], &good[at..]))
            && let Ok(rule) = map.rule("data")
        {
            prop_assert!(map.place(rule, 1, 3).len() <= 3);
        }
    }
}

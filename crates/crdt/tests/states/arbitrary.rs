//! Whatever JSON arrives: it is refused with a word on what is wrong, or it is a state like any other.

use super::forged::{damage, damaged, delta, elements, state};
use crdt::{Actor, Content, Context, CounterMap, Delta, Limits, Line, Object};
use proptest::prelude::*;
use serde_json::{Value, json};

const ME: Actor = Actor::from_bits(1);

/// An object that is right, or wrong in one place.
fn object() -> impl Strategy<Value = Value> {
    let tagged = |kind: &'static str| {
        move |mut object: Value| {
            object["type"] = json!(kind);
            object
        }
    };
    let either = prop_oneof![3 => state().prop_map(tagged("counters")), 1 => elements().prop_map(tagged("elements"))];
    (either, damage()).prop_map(|(object, damage)| damaged(object, damage))
}

/// Everything that is done with an object, so that a state that should have been refused would be noticed.
fn use_everything(object: &mut Object) {
    let text = serde_json::to_string(object).expect("an object is JSON");
    assert_eq!(serde_json::from_str::<Object>(&text).expect("what was written is read"), *object);
    let _ = (object.canonical_bytes(), object.digest(), object.latest_stamp());
    let _ = object.fits(&Limits::default());
    assert_eq!(object.context().to_string().parse(), Ok(object.context()));
    let content = object.content();
    let _ = object.put(ME, &object.context(), &content, 1);
    if let Object::Counters(map) = object {
        for item in ["", "a", "b"] {
            let _ = map.set(ME, item, "f", "z", 1);
            let _ = map.add(ME, item, 1);
            let _ = map.add(ME, item, i64::MIN);
            let _ = map.remove(ME, item);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_object_makes_a_merge_panic_or_break_its_laws(one in object(), other in object()) {
        let read = [one, other].map(serde_json::from_value::<Object>);
        let [Ok(one), Ok(other)] = read else { return Ok(()) };
        let (mut left, mut right) = (one.clone(), other.clone());
        if left.merge(&other).is_ok() {
            right.merge(&one).expect("of one type");
            prop_assert_eq!(&left, &right);
        }
        use_everything(&mut left);
        use_everything(&mut right);
    }

    #[test]
    fn no_delta_makes_a_merge_panic_or_a_state_that_can_not_be_read(object in object(), delta in delta(), wrong in damage()) {
        let delta = damaged(delta, wrong);
        if let (Ok(Object::Counters(mut map)), Ok(delta)) = (serde_json::from_value(object), serde_json::from_value(delta)) {
            let delta: Delta = delta;
            let _ = delta.fits(&Limits::default());
            let before = map.clone();
            if let Ok(changed) = map.merge_delta(&delta) {
                prop_assert_eq!(changed, map != before);
            } else {
                prop_assert_eq!(&map, &before);
            }
            use_everything(&mut Object::Counters(map));
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in r#"[\[\]{},:"a0-9\\.-]{0,40}"#) {
        let _ = serde_json::from_str::<Object>(&text);
        let _ = serde_json::from_str::<Delta>(&text);
        let _ = serde_json::from_str::<Content>(&text);
        let _ = serde_json::from_str::<Context>(&text);
    }
}

#[test]
fn states_that_break_a_rule_are_refused_with_the_place_where_they_do() {
    let (a, b) = (Actor::from_bits(1), Actor::from_bits(2));
    let cases = [
        (json!({"vv": [[b, 1], [a, 1]], "items": {}}), "vv: actors stand in order"),
        (json!({"vv": [[a, 1], [a, 2]], "items": {}}), "vv: actors stand in order"),
        (json!({"vv": [[a, 0]], "items": {}}), "vv: a version is"),
        (json!({"vv": [[a, 1_u64 << 53]], "items": {}}), "vv: a version is"),
        (json!({"vv": [[a, 1]], "items": {"x": [[1, 1, 1]]}}), "items.x: no actor has that place"),
        (json!({"vv": [[a, 1]], "items": {"x": [[0, 2, 1]]}}), "items.x: an entry's number"),
        (json!({"vv": [[a, 1]], "items": {"x": [[0, 0, 1]]}}), "items.x: an entry's number"),
        (json!({"vv": [[a, 1]], "items": {"x": [[0, 1, 1_000_001]]}}), "items.x: a count is"),
        (json!({"vv": [[a, 1]], "items": {"x": [[0, 1, 1, {"f": [1_u64 << 53, ""]}]]}}), "items.x: a stamp is"),
        (json!({"vv": [[a, 2]], "items": {"x": [[0, 1, 1], [0, 2, 1]]}}), "items.x: an actor has one entry"),
        (json!({"vv": [[a, 1]], "items": {"x": []}}), "items.x: an item has an entry"),
        (json!({"vv": [], "items": {}, "more": 1}), "unknown field"),
        (json!({"vv": [[a, 1]], "items": {"x": [[0, 1, 1, {}, 5]]}}), "invalid length"),
    ];
    for (state, wanted) in cases {
        let error = serde_json::from_value::<CounterMap>(state.clone()).expect_err("a rule is broken").to_string();
        assert!(error.contains(wanted), "{state}: {error}");
        let mut object = state;
        object["type"] = json!("counters");
        serde_json::from_value::<Object>(object.clone()).expect_err(&object.to_string());
    }
    let cases = [
        (json!({"seen": [[a, 2, 1]], "live": {}, "items": {}}), "seen: a delta begins"),
        (json!({"seen": [[a, 1, 2]], "live": {}, "items": {"x": [[0, 1, 1]]}}), "items.x: an entry's number"),
        (json!({"seen": [[a, 1, 2]], "live": {"x": [[0, 2]]}, "items": {}}), "live.x: an older entry's number"),
        (
            json!({"seen": [[a, 1, 2]], "live": {"x": [[0, 1]]}, "items": {"x": [[0, 2, 1]]}}),
            "live.x: an actor has one",
        ),
        (json!({"seen": [[a, 1, 2]], "live": {"x": [[0, 1], [0, 1]]}, "items": {}}), "live.x: an actor has one"),
        (json!({"seen": [[a, 1, 2]], "live": {"x": []}, "items": {}}), "live.x: an item has an entry"),
    ];
    for (delta, wanted) in cases {
        let error = serde_json::from_value::<Delta>(delta.clone()).expect_err("a rule is broken").to_string();
        assert!(error.contains(wanted), "{delta}: {error}");
    }
}

#[test]
fn unknown_fields_of_what_people_put_are_refused() {
    for text in [
        r#"{"type":"counters","items":{"a":{"count":1,"colour":2}}}"#,
        r#"{"type":"counters","items":{},"more":1}"#,
        r#"{"type":"elements","items":{}}"#,
        r#"{"type":"other"}"#,
        r#"{"items":{}}"#,
    ] {
        serde_json::from_str::<Content>(text).expect_err(text);
    }
    let text = r#"{"type":"counters","items":{"a":{"count":1}}}"#;
    let items = [("a".to_owned(), Line::of(1))].into();
    assert_eq!(serde_json::from_str::<Content>(text).expect("content"), Content::Counters { items });
}

//! What an object of either type promises: element sets, types that don't mix, limits.

use crdt::{
    Actor, Content, Context, CounterMap, EditError, ElementSet, Limits, Line, Object, OtherType, PutError, TooLarge,
};
use std::collections::BTreeSet;

const A: Actor = Actor::from_bits(0xa);
const B: Actor = Actor::from_bits(0xb);

fn texts(all: &[&str]) -> BTreeSet<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

fn set(actor: Actor, stamp: u64, all: &[&str]) -> ElementSet {
    let mut set = ElementSet::new();
    for element in all {
        set.add(actor, element, stamp).expect("an early stamp");
    }
    set
}

fn counters(items: usize) -> Object {
    let mut map = CounterMap::new();
    for item in 0..items {
        map.add(A, &format!("item {item}"), 1).expect("small numbers");
    }
    Object::Counters(map)
}

#[test]
fn the_later_word_on_an_element_wins_whatever_it_says() {
    let shared = set(A, 1, &["x", "y"]);
    let (mut early, mut late) = (shared.clone(), shared);
    assert_eq!(early.remove(A, "x", 5), Ok(true));
    late.add(B, "x", 6).expect("an early stamp");
    assert_eq!(late.remove(B, "y", 7), Ok(true));
    early.merge(&late);
    assert_eq!(early.elements(), texts(&["x"]));
    assert_eq!(early.remove(A, "y", 8), Ok(false));
}

#[test]
fn on_a_tie_of_stamps_the_larger_actor_wins_and_on_a_tie_of_both_the_addition() {
    let word = |actor: Actor, present: bool| -> ElementSet {
        let text = format!(r#"{{"actors":["{actor}"],"elements":{{"x":[3,0,{present}]}}}}"#);
        serde_json::from_str(&text).expect("a set")
    };
    for (one, other, contained) in [
        (word(A, true), word(B, false), false),
        (word(A, false), word(B, true), true),
        (word(A, false), word(A, true), true),
    ] {
        let (mut left, mut right) = (one.clone(), other.clone());
        left.merge(&other);
        right.merge(&one);
        assert_eq!((left.contains("x"), &left), (contained, &right));
    }
}

#[test]
fn an_element_that_was_changed_though_the_clock_was_behind_is_as_it_was_left() {
    let mut set = set(A, 1_000, &["x"]);
    assert_eq!(set.remove(B, "x", 3), Ok(true));
    assert!(set.is_empty_of_content());
    assert_eq!(set.latest_stamp(), 1_001);
    set.add(B, "x", 3).expect("an early stamp");
    assert!(set.contains("x"));
}

#[test]
fn a_put_of_elements_overwrites_what_its_context_had_seen() {
    let mut here = set(A, 1, &["x", "y"]);
    let seen = here.context();
    here.merge(&set(B, 9, &["z"]));
    here.add(A, "w", 2).expect("an early stamp");
    here.put(B, &seen, &texts(&["y"]), 3).expect("an early stamp");
    assert_eq!(here.elements(), texts(&["w", "y", "z"]));
    here.put(B, &here.context(), &texts(&["v"]), 3).expect("an early stamp");
    assert_eq!(here.elements(), texts(&["v"]));
}

#[test]
fn a_put_says_nothing_new_of_what_was_removed_before() {
    let mut here = set(A, 1, &["x"]);
    assert_eq!(here.remove(A, "x", 5), Ok(true));
    let elsewhere = set(B, 6, &["x"]);
    here.put(A, &here.context(), &texts(&["y"]), 7).expect("an early stamp");
    here.merge(&elsewhere);
    assert_eq!(here.elements(), texts(&["x", "y"]));
}

#[test]
fn a_set_without_a_later_stamp_refuses_edits_and_stays_as_it_is() {
    let text = format!(r#"{{"actors":["{A}"],"elements":{{"x":[9007199254740991,0,true]}}}}"#);
    let mut set: ElementSet = serde_json::from_str(&text).expect("a set");
    assert_eq!(set.add(B, "y", 1), Err(EditError::Stamp));
    assert_eq!(set.remove(B, "x", 1), Err(EditError::Stamp));
    assert_eq!(set.put(B, &Context::default(), &texts(&[]), 1), Err(EditError::Stamp));
    assert_eq!(set.elements(), texts(&["x"]));
}

#[test]
fn objects_of_two_types_do_not_mix_and_stay_as_they_are() {
    let (mut map, mut set) = (counters(1), Object::Elements(set(A, 1, &["x"])));
    let before = (map.clone(), set.clone());
    let refused = OtherType { here: "counters", given: "elements" };
    assert_eq!(map.merge(&set), Err(refused));
    assert_eq!(map.put(A, &map.context(), &set.content(), 1), Err(PutError::OtherType(refused)));
    assert_eq!(set.merge(&map), Err(OtherType { here: "elements", given: "counters" }));
    assert_eq!((map, set), before);
}

#[test]
fn either_type_is_read_shown_and_put_in_the_same_way() {
    for mut object in [counters(2), Object::Elements(set(A, 1, &["x"]))] {
        assert!(!object.is_empty_of_content());
        let nothing = match object.content() {
            Content::Counters { .. } => Content::Counters { items: [].into() },
            Content::Elements { .. } => Content::Elements { elements: [].into() },
        };
        let shown = object.content();
        let read = object.context();
        object.put(B, &read, &nothing, 2).expect("an early stamp");
        assert!(object.is_empty_of_content());
        object.put(B, &object.context(), &shown, 3).expect("an early stamp");
        assert_eq!(object.content(), shown);
        let json = serde_json::to_value(&object).expect("JSON");
        assert_eq!(json["type"], object.kind());
        assert!(!object.context().to_string().is_empty() && object.latest_stamp() <= 3);
    }
}

#[test]
fn every_limit_is_named_when_it_is_passed_and_holds_up_to_its_end() {
    let limits = Limits { items: 3, actors: 2, fields: 2, name: 8, value: 4, bytes: 160 };
    let build = |items: usize, actors: u128, fields: usize, name: &str, value: &str| {
        let mut map = CounterMap::new();
        for item in 0..items {
            map.add(A, &format!("{item}"), 1).expect("small numbers");
        }
        for actor in 0..actors {
            map.add(Actor::from_bits(actor), "0", 1).expect("small numbers");
        }
        for field in 0..fields {
            map.set(Actor::from_bits(0), "0", &format!("{field}{name}"), value, 1).expect("it is there");
        }
        Object::Counters(map)
    };
    let named = |object: &Object| object.fits(&limits).map_err(|TooLarge { field, size, most }| (field, size, most));
    assert_eq!(named(&build(3, 1, 2, "1234567", "1234")), Ok(()));
    assert_eq!(named(&build(4, 1, 2, "", "")), Err(("items", 4, 3)));
    assert_eq!(named(&build(1, 2, 0, "", "")), Err(("actors", 3, 2)));
    assert_eq!(named(&build(1, 1, 3, "", "")), Err(("fields", 3, 2)));
    assert_eq!(named(&build(1, 1, 1, "12345678", "")), Err(("name", 9, 8)));
    assert_eq!(named(&build(1, 1, 1, "", "12345")), Err(("value", 5, 4)));
    let tight = Limits { bytes: 10, ..limits };
    assert_eq!(counters(1).fits(&tight).map_err(|error| error.field), Err("bytes"));
    let elements = Object::Elements(set(A, 1, &["a", "b", "c", "d"]));
    assert_eq!(named(&elements), Err(("items", 4, 3)));
    assert_eq!(elements.fits(&Limits::default()), Ok(()));
}

#[test]
fn what_is_put_and_what_a_delta_brings_are_held_against_the_same_limits() {
    let limits = Limits { items: 2, actors: 1, fields: 1, name: 4, value: 4, bytes: 1_000 };
    let line = |fields: &[(&str, &str)]| {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Line { count: 1, fields }
    };
    let content = |id: &str, line: Line| Content::Counters { items: [(id.to_owned(), line)].into() };
    let field = |content: Content| content.fits(&limits).map_err(|error| error.field);
    assert_eq!(field(content("1234", line(&[("1234", "1234")]))), Ok(()));
    assert_eq!(field(content("12345", line(&[]))), Err("name"));
    assert_eq!(field(content("1", line(&[("12345", "")]))), Err("name"));
    assert_eq!(field(content("1", line(&[("1", "12345")]))), Err("value"));
    assert_eq!(field(content("1", line(&[("1", ""), ("2", "")]))), Err("fields"));
    assert_eq!(field(Content::Elements { elements: texts(&["1", "2", "3"]) }), Err("items"));
    assert_eq!(field(Content::Elements { elements: texts(&["12345"]) }), Err("name"));
    let Object::Counters(map) = counters(3) else { panic!("counters") };
    let whole = map.delta_since(&crdt::VersionVector::new()).expect("more");
    assert_eq!(whole.fits(&limits).map_err(|error| error.field), Err("items"));
    let mut later = map.clone();
    later.add(B, "x", 1).expect("small numbers");
    let delta = later.delta_since(map.version()).expect("more");
    assert_eq!(delta.fits(&limits).map_err(|error| error.field), Err("actors"));
    assert_eq!(delta.fits(&Limits { actors: 2, ..limits }).map_err(|error| error.field), Err("items"));
    assert_eq!(delta.fits(&Limits { actors: 2, items: 3, ..limits }).map_err(|error| error.field), Err("name"));
    assert_eq!(delta.fits(&Limits::default()), Ok(()));
}

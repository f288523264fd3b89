//! What carts do, one sentence each.

use crdt::{Actor, CounterMap, EditError, Line, Lines, MAX_COUNT, Object};
use std::collections::BTreeMap;

const A: Actor = Actor::from_bits(0xa);
const B: Actor = Actor::from_bits(0xb);
const C: Actor = Actor::from_bits(0xc);

fn lines(all: &[(&str, i64)]) -> Lines {
    all.iter().map(|(item, count)| ((*item).to_owned(), Line::of(*count))).collect()
}

/// A map in which an actor counted these items.
fn map(actor: Actor, all: &[(&str, i64)]) -> CounterMap {
    let mut map = CounterMap::new();
    for (item, count) in all {
        map.add(actor, item, *count).expect("small numbers");
    }
    map
}

fn joined(all: &[&CounterMap]) -> CounterMap {
    let mut map = CounterMap::new();
    for one in all {
        map.merge(one);
    }
    for one in all.iter().rev() {
        assert!(!map.merge(one), "once is enough");
    }
    map
}

#[test]
fn two_that_add_one_offline_have_two() {
    let both = joined(&[&map(A, &[("book", 1)]), &map(B, &[("book", 1)])]);
    assert_eq!(both.lines(), lines(&[("book", 2)]));
}

#[test]
fn a_removed_item_stays_removed_when_an_old_copy_comes_back() {
    let old = map(A, &[("book", 2), ("pen", 1)]);
    let mut new = old.clone();
    new.remove(B, "book").expect("few edits");
    assert_eq!(joined(&[&old, &new, &old]).lines(), lines(&[("pen", 1)]));
}

#[test]
fn a_concurrent_addition_wins_over_a_removal_with_all_that_its_actor_had_counted() {
    let shared = joined(&[&map(A, &[("book", 2)]), &map(B, &[("book", 1)])]);
    let (mut removed, mut added) = (shared.clone(), shared);
    removed.remove(C, "book").expect("few edits");
    added.add(B, "book", 1).expect("small numbers");
    assert_eq!(added.count("book"), 4);
    // The two of A had been seen and were not touched again.
    assert_eq!(joined(&[&removed, &added]).count("book"), 2);
}

#[test]
fn a_decrement_that_reaches_zero_is_a_removal_and_none_goes_below() {
    let mut cart = joined(&[&map(A, &[("book", 2)]), &map(B, &[("book", 1)])]);
    cart.add(C, "book", -2).expect("small numbers");
    assert_eq!(cart.count("book"), 1);
    cart.add(C, "book", -7).expect("small numbers");
    assert_eq!(cart.count("book"), 0);
    assert!(cart.is_empty_of_content());
    let text = serde_json::to_string(&cart).expect("JSON");
    assert!(text.ends_with("\"items\":{}}"), "nothing of it is left: {text}");
    assert_eq!(cart.add(C, "book", -1), Ok(None));
    assert_eq!(cart.add(C, "book", 0), Ok(None));
    assert_eq!(cart.remove(C, "book"), Ok(None));
}

#[test]
fn an_item_that_is_added_is_shown_even_after_concurrent_decrements_below_zero() {
    let shared = map(A, &[("book", 3)]);
    let (mut first, mut second) = (shared.clone(), shared);
    first.add(B, "book", -2).expect("small numbers");
    second.add(C, "book", -2).expect("small numbers");
    let mut both = joined(&[&first, &second]);
    assert_eq!(both.count("book"), 0);
    assert_eq!(both.field("book", "note"), None);
    let mut again = both.clone();
    again.add(B, "book", 1).expect("small numbers");
    assert_eq!(again.count("book"), 1);
    // Who adds at the same time, elsewhere, does not heal what is already healed a second time.
    both.add(C, "book", 1).expect("small numbers");
    assert_eq!(joined(&[&both, &again]).count("book"), 2);
}

#[test]
fn a_put_overwrites_exactly_what_its_context_had_seen() {
    let mut shop = map(A, &[("book", 1), ("pen", 1)]);
    let seen = shop.context();
    shop.add(B, "pen", 2).expect("small numbers");
    shop.add(A, "ink", 1).expect("small numbers");
    shop.put(C, &seen, &lines(&[("book", 5)]), 1).expect("small numbers");
    assert_eq!(shop.lines(), lines(&[("book", 5), ("ink", 1), ("pen", 2)]));
}

#[test]
fn two_blind_puts_of_one_actor_under_one_context_are_both_there() {
    let mut shop = map(A, &[("book", 7)]);
    let seen = shop.context();
    shop.put(A, &seen, &lines(&[("book", 3)]), 1).expect("small numbers");
    shop.put(A, &seen, &lines(&[("book", 1)]), 2).expect("small numbers");
    assert_eq!(shop.lines(), lines(&[("book", 4)]));
}

#[test]
fn a_put_overwrites_also_what_its_context_had_seen_and_this_copy_had_not() {
    let elsewhere = map(A, &[("book", 1), ("pen", 1)]);
    let mut here = CounterMap::new();
    here.put(B, &elsewhere.context(), &lines(&[("pen", 2)]), 1).expect("small numbers");
    assert_eq!(joined(&[&here, &elsewhere]).lines(), lines(&[("pen", 2)]));
}

#[test]
fn a_put_of_an_actor_whose_edits_its_context_had_seen_elsewhere_takes_a_later_dot() {
    let elsewhere = map(A, &[("book", 1), ("pen", 1)]);
    let mut here = CounterMap::new();
    let dot = here.put(A, &elsewhere.context(), &lines(&[("ink", 1)]), 1).expect("small numbers");
    assert_eq!(dot.n, 3);
}

#[test]
fn of_two_values_of_a_field_the_later_wins_and_on_a_tie_the_larger_actor() {
    let shared = map(A, &[("book", 1)]);
    let set = |actor, value, stamp| {
        let mut map = shared.clone();
        map.set(actor, "book", "note", value, stamp).expect("it is there");
        map
    };
    let (early, late, tied) = (set(C, "early", 1), set(A, "late", 2), set(B, "tied", 2));
    assert_eq!(joined(&[&early, &late]).field("book", "note"), Some("late"));
    assert_eq!(joined(&[&early, &late, &tied]).field("book", "note"), Some("tied"));
}

#[test]
fn a_field_that_is_set_is_shown_though_the_clock_is_behind() {
    let mut map = map(A, &[("book", 1)]);
    map.set(B, "book", "note", "first", 1_000).expect("it is there");
    map.set(A, "book", "note", "second", 10).expect("it is there");
    assert_eq!(map.field("book", "note"), Some("second"));
    assert_eq!(map.latest_stamp(), 1_001);
}

#[test]
fn the_fields_of_a_removed_item_do_not_come_back_with_it() {
    let mut map = map(A, &[("book", 1)]);
    map.set(A, "book", "note", "gift", 5).expect("it is there");
    map.remove(B, "book").expect("few edits");
    assert_eq!(map.set(A, "book", "note", "gift", 6), Err(EditError::NotThere));
    map.add(A, "book", 1).expect("small numbers");
    assert_eq!(map.field("book", "note"), None);
}

#[test]
fn a_field_protects_the_units_of_its_actor_from_a_concurrent_removal_and_no_others() {
    let shared = map(A, &[("book", 1)]);
    for (actor, left) in [(A, 1), (B, 0)] {
        let (mut removed, mut noted) = (shared.clone(), shared.clone());
        removed.remove(C, "book").expect("few edits");
        noted.set(actor, "book", "note", "gift", 1).expect("it is there");
        let both = joined(&[&removed, &noted]);
        assert_eq!(both.count("book"), left);
        assert_eq!(both.field("book", "note"), (left > 0).then_some("gift"));
    }
}

#[test]
fn a_value_that_was_replaced_does_not_come_back_when_its_successor_is_removed() {
    let mut shop = joined(&[&map(A, &[("book", 1)]), &map(B, &[("book", 1)])]);
    shop.set(B, "book", "note", "old", 1).expect("it is there");
    shop.set(A, "book", "note", "new", 2).expect("it is there");
    let mut removed = shop.clone();
    removed.remove(C, "book").expect("few edits");
    shop.add(B, "book", 1).expect("small numbers");
    let both = joined(&[&shop, &removed]);
    assert_eq!((both.count("book"), both.field("book", "note")), (2, None));
}

#[test]
fn a_delta_that_comes_too_early_deletes_nothing() {
    let mut sender = map(A, &[("book", 1)]);
    let first = sender.context();
    sender.add(A, "pen", 1).expect("small numbers");
    let second = sender.context();
    sender.add(A, "ink", 1).expect("small numbers");
    let mut receiver = CounterMap::new();
    receiver.merge_delta(&sender.delta_since(first.seen()).expect("more")).expect_err("it begins after the book");
    assert_eq!(receiver, CounterMap::new());
    let mut receiver = map(A, &[("book", 1)]);
    let gap = receiver.merge_delta(&sender.delta_since(second.seen()).expect("more")).expect_err("the pen is missing");
    assert_eq!((gap.since.n, gap.known), (2, 1));
    assert_eq!(receiver.lines(), lines(&[("book", 1)]));
    receiver.merge_delta(&sender.delta_since(first.seen()).expect("more")).expect("nothing is missing");
    assert_eq!(receiver, sender);
    assert_eq!(sender.delta_since(receiver.version()), None);
}

#[test]
fn counts_beyond_the_limit_are_refused_and_change_nothing() {
    let mut map = map(A, &[("book", MAX_COUNT)]);
    let before = map.clone();
    for by in [1, i64::MAX] {
        assert_eq!(map.add(A, "book", by), Err(EditError::Count));
        assert_eq!(map.add(B, "book", by), Err(EditError::Count));
    }
    for count in [i64::MIN, -1, 0, MAX_COUNT + 1, i64::MAX] {
        let items = lines(&[("ink", 1), ("pen", count)]);
        assert_eq!(map.put(A, &before.context(), &items, 1), Err(EditError::Count));
    }
    // The entry of A is not one that the empty context had seen.
    assert_eq!(map.put(A, &CounterMap::new().context(), &lines(&[("book", 1)]), 1), Err(EditError::Count));
    assert_eq!(map.set(A, "book", "note", "", 1 << 53), Err(EditError::Stamp));
    assert_eq!(map.put(A, &before.context(), &Lines::new(), 1 << 53), Err(EditError::Stamp));
    assert_eq!(map, before);
    assert!(map.add(B, "book", i64::MIN).expect("a removal").is_some());
}

#[test]
fn an_actor_without_numbers_and_a_field_without_a_later_stamp_are_refused() {
    let text =
        format!(r#"{{"vv":[["{A}",9007199254740991]],"items":{{"book":[[0,1,1,{{"note":[9007199254740991,""]}}]]}}}}"#);
    let mut map: CounterMap = serde_json::from_str(&text).expect("a state");
    let before = map.clone();
    assert_eq!(map.add(A, "book", 1), Err(EditError::Exhausted));
    assert_eq!(map.remove(A, "book"), Err(EditError::Exhausted));
    assert_eq!(map.put(A, &before.context(), &Lines::new(), 1), Err(EditError::Exhausted));
    assert_eq!(map.set(A, "book", "other", "", 1), Err(EditError::Exhausted));
    assert_eq!(map.set(B, "book", "note", "", 1), Err(EditError::Stamp));
    assert_eq!(map, before);
    map.add(B, "book", 1).expect("another actor can");
}

#[test]
fn ten_thousand_edits_of_a_ten_item_cart_by_three_actors_stay_under_two_kilobytes() {
    let mut copies = [CounterMap::new(), CounterMap::new(), CounterMap::new()];
    let mut largest = (0, 0);
    for edit in 0_u64..10_000 {
        let at = usize::try_from(edit % 3).expect("small");
        let (actor, item) = ([A, B, C][at], format!("978-0-13-468599-{}", edit * 7 % 10));
        match edit % 11 {
            9 => drop(copies[at].add(actor, &item, -1).expect("small numbers")),
            10 if edit % 5 == 0 => drop(copies[at].remove(actor, &item).expect("few edits")),
            // Of an item that is not there it is refused.
            8 => drop(copies[at].set(actor, &item, "note", "gift wrap, please", edit)),
            _ => drop(copies[at].add(actor, &item, 1).expect("small numbers")),
        }
        let other = copies[(at + 1) % 3].clone();
        copies[at].merge(&other);
        let object = Object::Counters(copies[at].clone());
        let size = (object.canonical_bytes().len(), serde_json::to_string(&object).expect("JSON").len());
        largest = (largest.0.max(size.0), largest.1.max(size.1));
    }
    println!("at most {} canonical bytes, {} of JSON", largest.0, largest.1);
    assert_eq!(copies[0].lines().len(), 10);
    assert!(largest.0 < 2_000 && largest.1 < 2_000, "{largest:?}");
}

#[test]
fn an_empty_text_is_a_value_and_a_line_without_fields_needs_none() {
    let mut map = map(A, &[("book", 1)]);
    map.set(A, "book", "note", "", 1).expect("it is there");
    assert_eq!(map.field("book", "note"), Some(""));
    let line: Line = serde_json::from_str(r#"{"count": 2}"#).expect("a line");
    assert_eq!(line, Line { count: 2, fields: BTreeMap::new() });
}

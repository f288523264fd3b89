//! The laws of a join, over states that grew by edits and over states that nobody honest could have made.

use super::forged::{elements, state};
use crdt::{Actor, Content, Context, CounterMap, Delta, EditError, Line, Lines, Object};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

const REPLICAS: usize = 3;

fn actor(at: usize) -> Actor {
    Actor::from_bits(at as u128 + 1)
}

/// One step of a history: somebody edits, or reads what another has.
#[derive(Clone, Copy, Debug)]
enum Step {
    Add(usize, &'static str, i64),
    Remove(usize, &'static str),
    Set(usize, &'static str, u64),
    Put(usize, usize, Option<&'static str>),
    Take(usize, u8, &'static str),
    Sweep(usize),
    Read(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let at = || 0..REPLICAS;
    let item = || prop::sample::select(vec!["a", "b"]);
    prop_oneof![
        4 => (at(), item(), -2_i64..3).prop_map(|(at, item, by)| Step::Add(at, item, by)),
        1 => (at(), item()).prop_map(|(at, item)| Step::Remove(at, item)),
        2 => (at(), item(), 0_u64..5).prop_map(|(at, item, stamp)| Step::Set(at, item, stamp)),
        1 => (at(), at(), prop::option::of(item())).prop_map(|(at, seen, item)| Step::Put(at, seen, item)),
        1 => (at(), 0_u8..3, item()).prop_map(|(at, order, item)| Step::Take(at, order, item)),
        1 => at().prop_map(Step::Sweep),
        3 => (at(), at()).prop_map(|(at, from)| Step::Read(at, from)),
    ]
}

/// What an order takes: the same whoever says it.
fn sold(order: u8, item: &str) -> CounterMap {
    let actor = Actor::from_bits(((u128::from(order) << 8) + u128::from(item.as_bytes()[0])) << 64);
    CounterMap::taken(actor, &BTreeMap::from([(item.to_owned(), 1 + i64::from(order))])).expect("a small number")
}

/// A set of a field on an item that is not shown is refused, which is no matter here.
fn go(all: &mut [CounterMap], number: usize, step: Step) -> Result<(), EditError> {
    match step {
        Step::Add(at, item, by) => all[at].add(actor(at), item, by).map(drop),
        Step::Remove(at, item) => all[at].remove(actor(at), item).map(drop),
        Step::Set(at, item, stamp) => match all[at].set(actor(at), item, "f", &number.to_string(), stamp) {
            Ok(_) | Err(EditError::NotThere) => Ok(()),
            Err(error) => Err(error),
        },
        Step::Put(at, seen, item) => {
            let context = all[seen].context();
            let lines: Lines = item.map(|item| (item.to_owned(), Line::of(1))).into_iter().collect();
            all[at].put(actor(at), &context, &lines, 3).map(drop)
        }
        Step::Take(at, order, item) => {
            all[at].merge(&sold(order, item));
            Ok(())
        }
        Step::Sweep(at) => all[at].sweep(actor(at)).map(drop),
        Step::Read(at, from) => {
            let from = all[from].clone();
            all[at].merge(&from);
            Ok(())
        }
    }
}

/// The states of three replicas after a history.
fn lived() -> impl Strategy<Value = Vec<CounterMap>> {
    prop::collection::vec(step(), 0..40).prop_map(|steps| {
        let mut all = vec![CounterMap::new(); REPLICAS];
        for (number, step) in steps.into_iter().enumerate() {
            go(&mut all, number, step).expect("few edits and small numbers");
        }
        all
    })
}

/// Any state that can be read, whatever history it claims.
fn any_map() -> impl Strategy<Value = Object> {
    state().prop_map(|state| Object::Counters(serde_json::from_value(state).expect("a state")))
}

fn any_set() -> impl Strategy<Value = Object> {
    elements().prop_map(|set| Object::Elements(serde_json::from_value(set).expect("a set")))
}

fn three_objects() -> impl Strategy<Value = Vec<Object>> {
    prop_oneof![
        lived().prop_map(|all| all.into_iter().map(Object::Counters).collect()),
        prop::collection::vec(any_map(), 3),
        prop::collection::vec(any_set(), 3),
    ]
}

fn join(a: &Object, b: &Object) -> Object {
    let mut joined = a.clone();
    let changed = joined.merge(b).expect("of one type");
    assert_eq!(changed, joined != *a, "it is said whether a merge changed anything");
    joined
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_merge_is_commutative_associative_idempotent_and_only_grows(all in three_objects()) {
        let [a, b, c] = &all[..] else { panic!("three") };
        let ab = join(a, b);
        prop_assert_eq!(&ab, &join(b, a));
        prop_assert_eq!(join(&ab, c), join(a, &join(b, c)));
        prop_assert_eq!(&join(a, a), a);
        prop_assert_eq!(&join(&ab, a), &ab);
        prop_assert_eq!(&join(&ab, b), &ab);
        if let (Object::Counters(a), Object::Counters(ab)) = (a, &ab) {
            prop_assert!(ab.version().dominates(a.version()));
        }
    }

    #[test]
    fn canonical_bytes_are_equal_if_and_only_if_the_states_are(all in three_objects()) {
        for one in &all {
            for other in &all {
                prop_assert_eq!(one == other, one.canonical_bytes() == other.canonical_bytes());
                prop_assert_eq!(one == other, one.digest() == other.digest());
            }
        }
    }

    #[test]
    fn an_object_and_what_it_shows_read_back_from_their_json(all in three_objects()) {
        for one in &all {
            let text = serde_json::to_string(one).expect("JSON");
            prop_assert_eq!(&serde_json::from_str::<Object>(&text).expect("an object"), one);
            let text = serde_json::to_string(&one.content()).expect("JSON");
            prop_assert_eq!(serde_json::from_str::<Content>(&text).expect("content"), one.content());
            prop_assert_eq!(one.context().to_string().parse::<Context>(), Ok(one.context()));
        }
    }

    #[test]
    fn a_delta_does_what_the_whole_state_does_and_over_a_gap_nothing(all in lived()) {
        for from in &all {
            for known in &all {
                let Some(delta) = from.delta_since(known.version()) else {
                    prop_assert!(known.version().dominates(from.version()));
                    continue;
                };
                let text = serde_json::to_string(&delta).expect("JSON");
                prop_assert_eq!(&serde_json::from_str::<Delta>(&text).expect("a delta"), &delta);
                for to in &all {
                    let (mut by_delta, mut by_state) = (to.clone(), to.clone());
                    match by_delta.merge_delta(&delta) {
                        Ok(changed) => {
                            prop_assert_eq!(changed, by_state.merge(from));
                            prop_assert_eq!(by_delta, by_state);
                        }
                        Err(gap) => {
                            prop_assert!(gap.known < gap.since.n && !to.version().dominates(known.version()));
                            prop_assert_eq!(&by_delta, to);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_put_with_the_context_of_a_read_is_what_is_shown(all in lived()) {
        let mut map = all[0].clone();
        let (before, seen) = (map.lines(), map.context());
        map.put(actor(0), &seen, &before, 9).expect("what was shown can be put");
        prop_assert_eq!(map.lines(), before);
    }

    #[test]
    fn what_is_taken_is_taken_once_and_everything_else_stays(all in lived(), order in 3_u8..5) {
        let (before, sale) = (&all[0], sold(order, "a"));
        let mut after = before.clone();
        prop_assert!(after.merge(&sale) && !after.merge(&sale));
        // What is not shown may be less than zero, and shows nothing either way.
        let left = before.count("a") - 1 - i64::from(order);
        prop_assert!(after.count("a") <= left.max(0));
        prop_assert!(before.count("a") == 0 || after.count("a") == left.max(0));
        let others = |map: &CounterMap| map.lines().remove("b");
        prop_assert_eq!(others(&after), others(before));
        // Whoever edits without having heard of it finds the same afterwards.
        let mut apart = before.clone();
        apart.add(actor(1), "a", 9).expect("small numbers");
        let (mut one, mut other) = (apart.clone(), after);
        one.merge(&sale);
        other.merge(&apart);
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(one.count("a"), apart.count("a") - 1 - i64::from(order));
    }

    #[test]
    fn a_sweep_leaves_what_is_shown_and_nothing_else(all in lived()) {
        let mut swept = all[0].clone();
        let hidden = swept.hidden();
        prop_assert_eq!(swept.sweep(actor(0)).expect("few edits").is_some(), hidden > 0);
        prop_assert_eq!(swept.lines(), all[0].lines());
        prop_assert_eq!(swept.hidden(), 0);
        prop_assert_eq!(swept.sweep(actor(0)), Ok(None));
    }

    #[test]
    fn an_empty_put_removes_what_its_context_had_seen_and_nothing_else(all in lived()) {
        let (mut map, other) = (all[0].clone(), &all[1]);
        map.put(actor(0), &other.context(), &BTreeMap::new(), 1).expect("nothing to refuse");
        // Nothing of the other's state is left, wherever it comes from; everything beyond it is.
        let mut joined = map.clone();
        joined.merge(other);
        prop_assert_eq!(&joined, &map);
        let Some(beyond) = all[0].delta_since(other.version()) else {
            prop_assert!(map.lines().is_empty());
            return Ok(());
        };
        let text = serde_json::to_value(&beyond).expect("JSON");
        let kept = serde_json::to_value(&map).expect("JSON");
        let entries = |value: &Value| -> usize {
            let items = value["items"].as_object().expect("items");
            items.values().map(|item| item.as_array().expect("entries").len()).sum()
        };
        // All entries beyond what the context had seen, but not one more.
        prop_assert_eq!(entries(&kept), entries(&text));
    }
}

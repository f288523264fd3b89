//! States and deltas as JSON that keep every rule of their form, whatever history they claim, and ways to break a rule.

use crdt::Actor;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn actor(index: usize) -> Actor {
    Actor::from_bits(index as u128 + 1)
}

/// Dot, net, and perhaps a field.
type Entry = (u64, i64, Option<(u64, String)>);

fn entry() -> impl Strategy<Value = Entry> {
    (1_u64..4, -2_i64..4, prop::option::of((0_u64..3, "[xy]?")))
}

fn entry_json(index: usize, entry: Entry) -> Value {
    let (n, net, field) = entry;
    let fields: BTreeMap<&str, _> = field.map(|field| ("f", field)).into_iter().collect();
    if fields.is_empty() { json!([index, n, net]) } else { json!([index, n, net, fields]) }
}

/// A map of counters.
pub(crate) fn state() -> impl Strategy<Value = Value> {
    let item = prop::collection::btree_map(0..3_usize, entry(), 1..4);
    let items = prop::collection::btree_map("[ab]", item, 0..3);
    (prop::array::uniform3(1_u64..4), items).prop_map(|(mut vv, items)| {
        for (index, (n, _, _)) in items.values().flatten() {
            vv[*index] = vv[*index].max(*n);
        }
        let vv: Vec<_> = vv.iter().enumerate().map(|(index, n)| (actor(index), n)).collect();
        let item_json = |item: BTreeMap<usize, Entry>| -> Vec<Value> {
            item.into_iter().map(|(index, entry)| entry_json(index, entry)).collect()
        };
        let items: BTreeMap<String, _> = items.into_iter().map(|(id, item)| (id, item_json(item))).collect();
        json!({"vv": vv, "items": items})
    })
}

/// A delta: per item and actor an older dot that is alive, or a newer entry.
pub(crate) fn delta() -> impl Strategy<Value = Value> {
    let item = prop::collection::btree_map(0..3_usize, entry(), 1..4);
    let items = prop::collection::btree_map("[ab]", item, 0..3);
    (prop::array::uniform3((0_u64..3, 0_u64..3)), items).prop_map(|(seen, items)| {
        let mut upto = seen.map(|(since, more)| (since + more).max(1));
        let (mut live, mut newer) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for (id, item) in items {
            for (index, entry) in item {
                if entry.0 <= seen[index].0 {
                    live.entry(id.clone()).or_default().push((index, entry.0));
                } else {
                    upto[index] = upto[index].max(entry.0);
                    newer.entry(id.clone()).or_default().push(entry_json(index, entry));
                }
            }
        }
        let seen: Vec<_> = (0..3).map(|index| (actor(index), seen[index].0, upto[index])).collect();
        json!({"seen": seen, "live": live, "items": newer})
    })
}

/// An element set.
pub(crate) fn elements() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[a-d]", (1_u64..4, 0..3_usize, any::<bool>()), 0..4)
        .prop_map(|elements| json!({"actors": [actor(0), actor(1), actor(2)], "elements": elements}))
}

/// Something that stands where something else should.
fn odd() -> impl Strategy<Value = Value> {
    let odd = [
        json!(0),
        json!(1),
        json!(2),
        json!(-1),
        json!(1_000_000),
        json!(-1_000_001),
        json!((1_u64 << 53) - 1),
        json!(1_u64 << 53),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1.5),
        json!(null),
        json!("1"),
        json!([]),
        json!({}),
        json!(Actor::from_bits(2)),
        json!(Actor::from_bits(u128::MAX)),
        json!("A".repeat(32)),
    ];
    prop::sample::select(odd.to_vec())
}

/// What is broken, and by what: a place among all values, and what is put there.
pub(crate) fn damage() -> impl Strategy<Value = Vec<(Index, Value)>> {
    prop::collection::vec((any::<Index>(), odd()), 0..2)
}

/// Puts the odd values in their places.
pub(crate) fn damaged(mut value: Value, damage: Vec<(Index, Value)>) -> Value {
    for (place, odd) in damage {
        let mut left = place.index(count(&value));
        replace(&mut value, &mut left, &odd);
    }
    value
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(all) => all.iter().map(count).sum(),
        Value::Object(all) => all.values().map(count).sum(),
        _ => 0,
    }
}

/// Replaces the value that comes after `left` others; says whether that was within this one.
fn replace(value: &mut Value, left: &mut usize, odd: &Value) -> bool {
    if *left == 0 {
        *value = odd.clone();
        return true;
    }
    *left -= 1;
    match value {
        Value::Array(all) => all.iter_mut().any(|value| replace(value, left, odd)),
        Value::Object(all) => all.values_mut().any(|value| replace(value, left, odd)),
        _ => false,
    }
}

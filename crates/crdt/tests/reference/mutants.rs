//! Merges that are wrong on purpose, written over the JSON of states, for the product's own can't be asked to be wrong.

use super::world::{PRODUCT, Rules};
use crdt::{Actor, CounterMap, Delta, Gap};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

type Fields = BTreeMap<String, (u64, String)>;
/// Dot, net, fields.
type Entry = (u64, i64, Fields);

/// A state in which everything can be changed.
#[derive(Clone, Default)]
struct Open {
    vv: BTreeMap<Actor, u64>,
    items: BTreeMap<String, BTreeMap<Actor, Entry>>,
}

#[derive(Serialize, Deserialize)]
struct StateJson {
    vv: Vec<(Actor, u64)>,
    items: BTreeMap<String, Vec<(usize, u64, i64, Fields)>>,
}

#[derive(Deserialize)]
struct DeltaJson {
    seen: Vec<(Actor, u64, u64)>,
    live: BTreeMap<String, Vec<(usize, u64)>>,
    items: BTreeMap<String, Vec<serde_json::Value>>,
}

fn json<T: Serialize, U: for<'a> Deserialize<'a>>(value: &T) -> U {
    let mut value = serde_json::to_value(value).expect("JSON");
    for item in value["items"].as_object_mut().expect("items").values_mut() {
        for entry in item.as_array_mut().expect("entries").iter_mut().filter_map(|entry| entry.as_array_mut()) {
            if entry.len() == 3 {
                entry.push(serde_json::json!({}));
            }
        }
    }
    serde_json::from_value(value).expect("the form in the documentation")
}

fn open(map: &CounterMap) -> Open {
    let state: StateJson = json(map);
    let actors: Vec<_> = state.vv.iter().map(|(actor, _)| *actor).collect();
    let entries = |all: Vec<(usize, u64, i64, Fields)>| {
        all.into_iter().map(|(index, n, net, fields)| (actors[index], (n, net, fields))).collect()
    };
    let items = state.items.into_iter().map(|(id, all)| (id, entries(all))).collect();
    Open { items, vv: state.vv.into_iter().collect() }
}

fn close(open: Open) -> CounterMap {
    let vv: Vec<_> = open.vv.into_iter().collect();
    let place = |actor: &Actor| vv.iter().position(|(known, _)| known == actor).expect("seen");
    let entries = |all: BTreeMap<Actor, Entry>| {
        all.into_iter().map(|(actor, (n, net, fields))| (place(&actor), n, net, fields)).collect::<Vec<_>>()
    };
    let items = open.items.into_iter().filter(|(_, all)| !all.is_empty()).map(|(id, all)| (id, entries(all))).collect();
    let value = serde_json::to_value(StateJson { vv, items }).expect("JSON");
    serde_json::from_value(value).expect("a state")
}

/// A later delta is merged as if nothing were missing in between.
#[expect(clippy::unnecessary_wraps, reason = "it stands in for a merge that can be refused")]
fn merge_over_a_gap(mine: &mut CounterMap, delta: &Delta) -> Result<bool, Gap> {
    if let Ok(changed) = mine.merge_delta(delta) {
        return Ok(changed);
    }
    let text: DeltaJson = json(delta);
    let mut state =
        StateJson { vv: text.seen.iter().map(|(actor, _, upto)| (*actor, *upto)).collect(), items: BTreeMap::new() };
    for (id, entries) in text.items {
        let entries = entries.into_iter().map(|entry| serde_json::from_value(entry).expect("an entry"));
        state.items.insert(id, entries.collect());
    }
    let here = open(mine);
    for (id, dots) in text.live {
        for (index, n) in dots {
            let (actor, _) = state.vv[index];
            if let Some((_, net, fields)) =
                here.items.get(&id).and_then(|item| item.get(&actor)).filter(|mine| mine.0 == n)
            {
                state.items.entry(id.clone()).or_default().push((index, n, *net, fields.clone()));
            }
        }
    }
    state.items.retain(|_, entries| !entries.is_empty());
    let state = serde_json::from_value(serde_json::to_value(state).expect("JSON")).expect("a state");
    Ok(mine.merge(&state))
}

/// A delta brings what was written, and nothing of what was removed.
fn merge_without_removals(mine: &mut CounterMap, delta: &Delta) -> Result<bool, Gap> {
    let before = open(mine);
    mine.merge_delta(delta)?;
    let mut after = open(mine);
    for (id, item) in &before.items {
        for (actor, entry) in item {
            after.items.entry(id.clone()).or_default().entry(*actor).or_insert_with(|| entry.clone());
        }
    }
    *mine = close(after);
    Ok(*mine != close(before))
}

/// The fields of an item stand beside its entries, and live as long as the item does.
fn merge_with_fields_of_the_item(mine: &mut CounterMap, other: &CounterMap) -> bool {
    let before = mine.clone();
    let mut fields: BTreeMap<String, BTreeMap<String, (u64, Actor, String)>> = BTreeMap::new();
    for state in [open(mine), open(other)] {
        for (id, item) in state.items {
            for (actor, (_, _, written)) in item {
                for (name, (stamp, value)) in written {
                    let all = fields.entry(id.clone()).or_default();
                    let latest = all.entry(name).or_insert((stamp, actor, value.clone()));
                    if (stamp, actor) > (latest.0, latest.1) {
                        *latest = (stamp, actor, value);
                    }
                }
            }
        }
    }
    mine.merge(other);
    let mut after = open(mine);
    for (id, item) in &mut after.items {
        if let Some((_, (_, _, kept))) = item.iter_mut().next() {
            for (name, (stamp, _, value)) in fields.remove(id).unwrap_or_default() {
                kept.insert(name, (stamp, value));
            }
        }
    }
    *mine = close(after);
    *mine != before
}

/// An item that lost an entry loses all its fields.
fn merge_that_drops_fields(mine: &mut CounterMap, other: &CounterMap) -> bool {
    let before = open(mine);
    mine.merge(other);
    let mut after = open(mine);
    for (id, item) in &mut after.items {
        let lost = |old: &BTreeMap<Actor, Entry>| old.keys().any(|actor| !item.contains_key(actor));
        if before.items.get(id).is_some_and(lost) {
            for (_, _, fields) in item.values_mut() {
                fields.clear();
            }
        }
    }
    *mine = close(after);
    *mine != close(before)
}

/// What one has and the other has seen and removed comes back.
fn merge_that_keeps_all(mine: &mut CounterMap, other: &CounterMap) -> bool {
    let before = mine.clone();
    let (here, there) = (open(mine), open(other));
    mine.merge(other);
    let mut after = open(mine);
    for (id, item) in here.items.into_iter().chain(there.items) {
        for (actor, entry) in item {
            after.items.entry(id.clone()).or_default().entry(actor).or_insert(entry);
        }
    }
    *mine = close(after);
    *mine != before
}

/// What the other has seen is taken as seen here before its entries are looked at.
fn merge_that_joins_versions_first(mine: &mut CounterMap, other: &CounterMap) -> bool {
    let before = mine.clone();
    let mut first = open(mine);
    for (actor, n) in open(other).vv {
        let known = first.vv.entry(actor).or_default();
        *known = n.max(*known);
    }
    *mine = close(first);
    mine.merge(other);
    *mine != before
}

/// Of the values of a field only the one that wins is kept: the near miss, for the one that lost may be all that is left
/// when the one that won is removed.
fn merge_that_keeps_the_winning_field(mine: &mut CounterMap, other: &CounterMap) -> bool {
    let before = mine.clone();
    mine.merge(other);
    let mut after = open(mine);
    for item in after.items.values_mut() {
        let mut latest: BTreeMap<String, (u64, Actor)> = BTreeMap::new();
        for (actor, (_, _, fields)) in item.iter() {
            for (name, (stamp, _)) in fields {
                let best = latest.entry(name.clone()).or_insert((*stamp, *actor));
                *best = (*stamp, *actor).max(*best);
            }
        }
        for (actor, (_, _, fields)) in item.iter_mut() {
            fields.retain(|name, (stamp, _)| latest[name] == (*stamp, *actor));
        }
    }
    *mine = close(after);
    *mine != before
}

const fn merging(merge: fn(&mut CounterMap, &CounterMap) -> bool) -> Rules {
    Rules { merge, ..PRODUCT }
}

const fn merging_deltas(merge_delta: fn(&mut CounterMap, &Delta) -> Result<bool, Gap>) -> Rules {
    Rules { merge_delta, strict: false, ..PRODUCT }
}

/// All of them, by what is wrong.
pub(crate) const MUTANTS: [(&str, Rules); 7] = [
    ("a later delta is merged over a gap", merging_deltas(merge_over_a_gap)),
    ("removals do not travel in deltas", merging_deltas(merge_without_removals)),
    ("fields live as long as the item", merging(merge_with_fields_of_the_item)),
    ("fields go when any entry goes", merging(merge_that_drops_fields)),
    ("only the field that wins is kept", merging(merge_that_keeps_the_winning_field)),
    ("what was removed comes back", merging(merge_that_keeps_all)),
    ("versions are joined before the entries", merging(merge_that_joins_versions_first)),
];

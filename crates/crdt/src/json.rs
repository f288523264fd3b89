//! The JSON of states and deltas: every actor is named once and then meant by its place, so that a state is short and can
//! still be read. What is read is checked here, and only here: nothing can be built that breaks a type's invariants.

use crate::counters::{Entry, Field, Item};
use crate::lww::Word;
use crate::{Actor, CounterMap, Delta, Dot, ElementSet, MAX_COUNT, MOST, VersionVector};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Why something that was read is no state or delta.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct NotValid {
    /// Where it is wrong.
    pub field: String,
    /// What it should have been.
    pub reason: &'static str,
}

fn wrong(field: &str, reason: &'static str) -> NotValid {
    NotValid { field: field.to_owned(), reason }
}

/// Place of the actor, dot, net, and per field its stamp and value.
#[derive(Serialize, Deserialize)]
struct EntryJson(
    usize,
    u64,
    i64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")] BTreeMap<String, (u64, String)>,
);

type ItemsJson = BTreeMap<String, Vec<EntryJson>>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CounterMapJson {
    vv: Vec<(Actor, u64)>,
    items: ItemsJson,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeltaJson {
    /// Actor, up to where it must be known, up to where it is known afterwards.
    seen: Vec<(Actor, u64, u64)>,
    /// Place of the actor, and its dot.
    live: BTreeMap<String, Vec<(usize, u64)>>,
    items: ItemsJson,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ElementSetJson {
    actors: Vec<Actor>,
    /// Stamp, place of the actor, whether it is present.
    elements: BTreeMap<String, (u64, usize, bool)>,
}

fn in_order(actors: impl Iterator<Item = Actor>, field: &str) -> Result<Vec<Actor>, NotValid> {
    let actors: Vec<Actor> = actors.collect();
    let ascending = actors.windows(2).all(|two| two[0] < two[1]);
    if ascending { Ok(actors) } else { Err(wrong(field, "actors stand in order, each once")) }
}

fn place(actors: &[Actor], actor: Actor) -> usize {
    actors.binary_search(&actor).expect("the actor of an entry was seen")
}

fn at(actors: &[Actor], index: usize, field: &str) -> Result<Actor, NotValid> {
    actors.get(index).copied().ok_or_else(|| wrong(field, "no actor has that place"))
}

fn items_json(items: BTreeMap<String, Item>, actors: &[Actor]) -> ItemsJson {
    let field_json = |(name, field): (String, Field)| (name, (field.stamp, field.value));
    let entry_json = |(actor, entry): (Actor, Entry)| {
        let fields = entry.fields.into_iter().map(field_json).collect();
        EntryJson(place(actors, actor), entry.n, entry.net, fields)
    };
    items.into_iter().map(|(id, item)| (id, item.into_iter().map(entry_json).collect())).collect()
}

/// The entries, each of which must be within `vv` and beyond `since`.
fn read_items(
    json: ItemsJson,
    actors: &[Actor],
    since: &VersionVector,
    vv: &VersionVector,
) -> Result<BTreeMap<String, Item>, NotValid> {
    let mut items = BTreeMap::new();
    for (id, entries) in json {
        let field = format!("items.{id}");
        let mut item = Item::new();
        for EntryJson(index, n, net, fields) in entries {
            let actor = at(actors, index, &field)?;
            let dot = Dot { actor, n };
            if n == 0 || since.contains(dot) || !vv.contains(dot) {
                return Err(wrong(&field, "an entry's number is one that was seen, from 1"));
            }
            if !(-MAX_COUNT..=MAX_COUNT).contains(&net) {
                return Err(wrong(&field, "a count is a whole number from -1000000 to 1000000"));
            }
            if fields.values().any(|(stamp, _)| *stamp > MOST) {
                return Err(wrong(&field, "a stamp is a whole number from 0 to 9007199254740991"));
            }
            let fields = fields.into_iter().map(|(name, (stamp, value))| (name, Field { stamp, value })).collect();
            if item.insert(actor, Entry { n, net, fields }).is_some() {
                return Err(wrong(&field, "an actor has one entry in an item"));
            }
        }
        if item.is_empty() {
            return Err(wrong(&field, "an item has an entry"));
        }
        items.insert(id, item);
    }
    Ok(items)
}

fn version(numbers: impl Iterator<Item = (Actor, u64)>, field: &str) -> Result<VersionVector, NotValid> {
    let seen: BTreeMap<Actor, u64> = numbers.collect();
    seen.try_into().map_err(|_| wrong(field, "a version is a whole number from 1 to 9007199254740991"))
}

impl From<CounterMap> for CounterMapJson {
    fn from(map: CounterMap) -> Self {
        let vv: Vec<_> = map.vv.iter().map(|dot| (dot.actor, dot.n)).collect();
        let actors: Vec<_> = vv.iter().map(|(actor, _)| *actor).collect();
        Self { items: items_json(map.items, &actors), vv }
    }
}

impl TryFrom<CounterMapJson> for CounterMap {
    type Error = NotValid;
    fn try_from(json: CounterMapJson) -> Result<Self, NotValid> {
        let actors = in_order(json.vv.iter().map(|(actor, _)| *actor), "vv")?;
        let vv = version(json.vv.into_iter(), "vv")?;
        Ok(Self { items: read_items(json.items, &actors, &VersionVector::new(), &vv)?, vv })
    }
}

impl From<Delta> for DeltaJson {
    fn from(delta: Delta) -> Self {
        let since = delta.since;
        let seen: Vec<_> = delta.vv.iter().map(|dot| (dot.actor, since.get(dot.actor), dot.n)).collect();
        let actors: Vec<_> = seen.iter().map(|(actor, _, _)| *actor).collect();
        let dots = |live: BTreeMap<Actor, u64>| live.into_iter().map(|(actor, n)| (place(&actors, actor), n)).collect();
        let live = delta.live.into_iter().map(|(id, live)| (id, dots(live))).collect();
        Self { live, items: items_json(delta.items, &actors), seen }
    }
}

impl TryFrom<DeltaJson> for Delta {
    type Error = NotValid;
    fn try_from(json: DeltaJson) -> Result<Self, NotValid> {
        let actors = in_order(json.seen.iter().map(|(actor, _, _)| *actor), "seen")?;
        if json.seen.iter().any(|(_, since, upto)| since > upto) {
            return Err(wrong("seen", "a delta begins before it ends"));
        }
        let known = json.seen.iter().filter(|(_, since, _)| *since > 0).map(|(actor, since, _)| (*actor, *since));
        let since = version(known, "seen")?;
        let vv = version(json.seen.iter().map(|(actor, _, upto)| (*actor, *upto)), "seen")?;
        let items = read_items(json.items, &actors, &since, &vv)?;
        let live = read_live(json.live, &actors, &since, &items)?;
        Ok(Self { since, vv, live, items })
    }
}

/// The dots that are alive, each of which must be within `since`, of an actor without an entry among the new ones.
fn read_live(
    json: BTreeMap<String, Vec<(usize, u64)>>,
    actors: &[Actor],
    since: &VersionVector,
    items: &BTreeMap<String, Item>,
) -> Result<BTreeMap<String, BTreeMap<Actor, u64>>, NotValid> {
    let mut all = BTreeMap::new();
    for (id, dots) in json {
        let field = format!("live.{id}");
        let mut live = BTreeMap::new();
        for (index, n) in dots {
            let actor = at(actors, index, &field)?;
            if n == 0 || !since.contains(Dot { actor, n }) {
                return Err(wrong(&field, "an older entry's number is one that was seen before the delta, from 1"));
            }
            let newer = items.get(&id).is_some_and(|item| item.contains_key(&actor));
            if newer || live.insert(actor, n).is_some() {
                return Err(wrong(&field, "an actor has one entry in an item"));
            }
        }
        if live.is_empty() {
            return Err(wrong(&field, "an item has an entry"));
        }
        all.insert(id, live);
    }
    Ok(all)
}

impl From<ElementSet> for ElementSetJson {
    fn from(set: ElementSet) -> Self {
        let mut actors: Vec<_> = set.elements.values().map(|word| word.actor).collect();
        actors.sort_unstable();
        actors.dedup();
        let word_json = |word: Word| (word.stamp, place(&actors, word.actor), word.present);
        let elements = set.elements.into_iter().map(|(element, word)| (element, word_json(word))).collect();
        Self { actors, elements }
    }
}

impl TryFrom<ElementSetJson> for ElementSet {
    type Error = NotValid;
    fn try_from(json: ElementSetJson) -> Result<Self, NotValid> {
        let actors = in_order(json.actors.into_iter(), "actors")?;
        let mut elements = BTreeMap::new();
        for (element, (stamp, index, present)) in json.elements {
            let field = format!("elements.{element}");
            let actor = at(&actors, index, &field)?;
            if !(1..=MOST).contains(&stamp) {
                return Err(wrong(&field, "a stamp is a whole number from 1 to 9007199254740991"));
            }
            elements.insert(element, Word { stamp, actor, present });
        }
        Ok(Self { elements })
    }
}

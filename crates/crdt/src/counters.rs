//! The observed-remove map of counters: its state, what it shows, and how two states become one. The edits are in
//! `edit`, its JSON in `json`.

use crate::{Actor, Context, Dot, Line, Lines, VersionVector};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most that one entry can count, up or down, and that an edit can make an item show.
pub const MAX_COUNT: i64 = 1_000_000;

/// A field as one actor wrote it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Field {
    pub(crate) stamp: u64,
    pub(crate) value: String,
}

/// What one actor says of one item. It is written once, under the dot `n` of that actor, and never changed.
///
/// The fields are inside, so that they live and die with the dot they were written under: fields that stood beside the
/// entries would have to be dropped by a rule of their own, and two copies may apply such a rule in two orders.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) n: u64,
    pub(crate) net: i64,
    pub(crate) fields: BTreeMap<String, Field>,
}

/// The entries of one item, at most one for each actor.
pub(crate) type Item = BTreeMap<Actor, Entry>;

/// An observed-remove map of counters with fields: a cart, a list, an account.
///
/// An item is shown when its entries add up to more than zero. Its field is the one with the largest (stamp, actor)
/// among its entries. An entry goes when somebody who had seen it removes the item, or puts another object over it.
///
/// # What a removal and a concurrent edit make
///
/// A removal removes exactly what it had seen. A concurrent edit has written a fresh entry of its actor, with *all* that
/// this actor had counted and with the fields it had written, and that entry stays. So what survives is the actor's own
/// part: units and fields that only others had written are gone with the removal. In particular, a field set by an actor
/// that has no units of the item keeps no item alive.
///
/// # In JSON
///
/// `{"vv": [[actor, n], …], "items": {id: [[index, n, net, {field: [stamp, value]}], …]}}`; `index` is a place in `vv`,
/// actors in order, and no fields are left out. The same form is stored and sent. What is read is checked: every `n` is
/// at least 1 and was seen, every count is within [`MAX_COUNT`], no actor stands twice in an item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "crate::json::CounterMapJson", into = "crate::json::CounterMapJson")]
pub struct CounterMap {
    pub(crate) vv: VersionVector,
    /// No item is without entries, and every entry's dot is in `vv`.
    pub(crate) items: BTreeMap<String, Item>,
}

/// The field of this name with the largest (stamp, actor).
pub(crate) fn winner<'a>(item: &'a Item, name: &str) -> Option<(Actor, &'a Field)> {
    let written = item.iter().filter_map(|(actor, entry)| Some((*actor, entry.fields.get(name)?)));
    written.max_by_key(|(actor, field)| (field.stamp, *actor))
}

pub(crate) fn sum(item: &Item) -> i64 {
    item.values().map(|entry| entry.net).sum()
}

fn line(item: &Item) -> Option<Line> {
    let count = sum(item);
    if count <= 0 {
        return None;
    }
    let names = item.values().flat_map(|entry| entry.fields.keys());
    let shown = names.filter_map(|name| Some((name.clone(), winner(item, name)?.1.value.clone())));
    Some(Line { count, fields: shown.collect() })
}

impl CounterMap {
    /// An object that nobody has written.
    pub const fn new() -> Self {
        Self { vv: VersionVector::new(), items: BTreeMap::new() }
    }

    /// Which edits this state has seen.
    ///
    /// Every edit takes a dot, removals too, so states that grew by edits and merges are equal when these are.
    pub const fn version(&self) -> &VersionVector {
        &self.vv
    }

    /// What a reader of this state has seen, to give back with a `put`.
    pub fn context(&self) -> Context {
        Context::of(self.vv.clone())
    }

    /// How many of an item are shown: never below zero.
    pub fn count(&self, item: &str) -> i64 {
        self.items.get(item).map_or(0, sum).max(0)
    }

    /// The value of an item's field, if the item is shown and has one.
    pub fn field(&self, item: &str, name: &str) -> Option<&str> {
        let item = self.items.get(item).filter(|item| sum(item) > 0)?;
        Some(&winner(item, name)?.1.value)
    }

    /// Everything that is shown.
    pub fn lines(&self) -> Lines {
        self.items.iter().filter_map(|(id, item)| Some((id.clone(), line(item)?))).collect()
    }

    /// Whether nothing is shown. What was seen is still remembered.
    pub fn is_empty_of_content(&self) -> bool {
        self.items.values().all(|item| sum(item) <= 0)
    }

    /// How many items are kept that are not shown: concurrent edits have left zero or less of them.
    pub fn hidden(&self) -> usize {
        self.items.values().filter(|item| sum(item) <= 0).count()
    }

    /// The latest stamp on any field, 0 if there is none: a hybrid clock must not be behind it.
    pub fn latest_stamp(&self) -> u64 {
        let entries = self.items.values().flat_map(BTreeMap::values);
        entries.flat_map(|entry| entry.fields.values()).map(|field| field.stamp).max().unwrap_or(0)
    }

    /// Makes this state the join of both; says whether that changed it.
    ///
    /// Commutative, associative and idempotent over all states that can be built or read, also over those that no honest
    /// history leads to: of two entries under one dot the larger one stays.
    pub fn merge(&mut self, other: &Self) -> bool {
        let holds = |id: &str, dot: Dot| holds(&other.items, id, dot);
        self.join(&other.vv, holds, &other.items)
    }

    /// Joins with a state that has seen `vv`, of which `holds` says what is alive, and which has `entries` to give.
    pub(crate) fn join(
        &mut self,
        vv: &VersionVector,
        holds: impl Fn(&str, Dot) -> bool,
        entries: &BTreeMap<String, Item>,
    ) -> bool {
        let mut changed = self.retain(|id, dot| !vv.contains(dot) || holds(id, dot));
        for (id, item) in entries {
            for (actor, entry) in item {
                let dot = Dot { actor: *actor, n: entry.n };
                let mine = self.items.get(id).and_then(|item| item.get(actor));
                let taken = match mine {
                    Some(mine) if mine.n == dot.n => entry > mine,
                    _ => !self.vv.contains(dot),
                };
                if taken {
                    self.items.entry(id.clone()).or_default().insert(*actor, entry.clone());
                    changed = true;
                }
            }
        }
        // Only now: what was seen here before decides about every entry above.
        changed | self.vv.join(vv)
    }

    /// Keeps these entries only; says whether any went.
    pub(crate) fn retain(&mut self, keep: impl Fn(&str, Dot) -> bool) -> bool {
        let mut dropped = false;
        self.items.retain(|id, item| {
            item.retain(|actor, entry| {
                let kept = keep(id, Dot { actor: *actor, n: entry.n });
                dropped |= !kept;
                kept
            });
            !item.is_empty()
        });
        dropped
    }
}

/// Whether the item has an entry under exactly this dot.
pub(crate) fn holds(items: &BTreeMap<String, Item>, id: &str, dot: Dot) -> bool {
    items.get(id).and_then(|item| item.get(&dot.actor)).is_some_and(|entry| entry.n == dot.n)
}

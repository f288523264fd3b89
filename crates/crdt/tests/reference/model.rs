//! The definition: every edit ever made, with what it had seen. No dots, no version vectors, no merge.
//!
//! An edit *writes* units and fields to items, and *kills* writes that it had seen. Whoever knows a set of edits sees the
//! writes of these that none of these kills. That is all: what replicas exchange is sets of edits, and to join two is to
//! unite two sets. It costs the square of the history, and is as slow as it is plain.

use crdt::{Actor, Line, Lines};
use std::collections::{BTreeMap, BTreeSet};

/// A set of edits, by their place in the history.
pub(crate) type Known = u128;
/// A set of writes, by their place among all writes.
type Writes = u128;
/// Field, its stamp and value.
type Fields = BTreeMap<String, (u64, String)>;

/// More edits than this, or more writes, a history can't have.
pub(crate) const ROOM: usize = 128;

struct Write {
    actor: Actor,
    item: String,
    net: i64,
    fields: Fields,
}

struct Edit {
    writes: Writes,
    kills: Writes,
}

/// A history.
#[derive(Default)]
pub(crate) struct Model {
    edits: Vec<Edit>,
    writes: Vec<Write>,
}

fn members(set: u128) -> impl Iterator<Item = usize> {
    (0..ROOM).filter(move |place| set >> place & 1 == 1)
}

impl Model {
    /// How many writes there have been.
    pub(crate) fn size(&self) -> usize {
        self.writes.len().max(self.edits.len())
    }

    fn written(&self, known: Known) -> Writes {
        members(known).fold(0, |all, edit| all | self.edits[edit].writes)
    }

    fn alive(&self, known: Known) -> Writes {
        let killed = members(known).fold(0, |all, edit| all | self.edits[edit].kills);
        self.written(known) & !killed
    }

    /// Which of these writes are of the item.
    fn of(&self, writes: Writes, item: &str) -> Writes {
        members(writes).filter(|at| self.writes[*at].item == item).fold(0, |all, at| all | 1 << at)
    }

    fn sum(&self, writes: Writes) -> i64 {
        members(writes).map(|at| self.writes[at].net).sum()
    }

    /// The field that is shown: the latest, of the larger actor if two are.
    fn winner(&self, writes: Writes, name: &str) -> Option<(u64, Actor, &str)> {
        let all = members(writes).map(|at| &self.writes[at]);
        let named =
            all.filter_map(|write| write.fields.get(name).map(|(stamp, value)| (*stamp, write.actor, &**value)));
        named.max_by_key(|(stamp, actor, _)| (*stamp, *actor))
    }

    /// What whoever knows these edits is shown.
    pub(crate) fn shown(&self, known: Known) -> Lines {
        let alive = self.alive(known);
        let mut items: BTreeMap<&str, Writes> = BTreeMap::new();
        for at in members(alive) {
            *items.entry(&self.writes[at].item).or_default() |= 1 << at;
        }
        let mut lines = Lines::new();
        for (item, writes) in items.into_iter().filter(|(_, writes)| self.sum(*writes) > 0) {
            let mut line = Line::of(self.sum(writes));
            for name in members(writes).flat_map(|at| self.writes[at].fields.keys()) {
                let (_, _, value) = self.winner(writes, name).expect("someone wrote it");
                line.fields.insert(name.clone(), value.to_owned());
            }
            lines.insert(item.to_owned(), line);
        }
        lines
    }

    /// How many are shown of an item.
    pub(crate) fn count(&self, known: Known, item: &str) -> i64 {
        self.sum(self.of(self.alive(known), item)).max(0)
    }

    fn edit(&mut self, writes: Vec<Write>, kills: Writes) -> Known {
        let first = self.writes.len();
        let written = (first..first + writes.len()).fold(0, |all, at| all | 1 << at);
        self.writes.extend(writes);
        self.edits.push(Edit { writes: written, kills });
        1 << (self.edits.len() - 1)
    }

    /// The actor's own write among these, and of its fields those that are shown.
    fn own(&self, writes: Writes, actor: Actor) -> (Writes, i64, Fields) {
        let mine = members(writes).filter(|at| self.writes[*at].actor == actor);
        let own: Writes = mine.fold(0, |all, at| all | 1 << at);
        assert!(own.count_ones() <= 1, "an actor replaces its own write");
        let fields = members(own).flat_map(|at| &self.writes[at].fields);
        let shown = fields.filter(|(name, _)| self.winner(writes, name).is_some_and(|(_, by, _)| by == actor));
        (own, self.sum(own), shown.map(|(name, written)| (name.clone(), written.clone())).collect())
    }

    /// `by` more; the edit, 0 if there was nothing to do.
    pub(crate) fn add(&mut self, known: Known, actor: Actor, item: &str, by: i64) -> Known {
        let seen = self.of(self.alive(known), item);
        let left = self.sum(seen);
        if left.max(0) + by <= 0 {
            return self.remove(known, item);
        }
        let write = |net, fields| Write { actor, item: item.to_owned(), net, fields };
        if left < 0 {
            return self.edit(vec![write(by, Fields::new())], seen);
        }
        let (own, net, fields) = self.own(seen, actor);
        self.edit(vec![write(net + by, fields)], own)
    }

    /// All that is seen of the item; the edit, 0 if there was nothing to do.
    pub(crate) fn remove(&mut self, known: Known, item: &str) -> Known {
        let seen = self.of(self.alive(known), item);
        if seen == 0 { 0 } else { self.edit(Vec::new(), seen) }
    }

    /// All that is seen of the items that are not shown; the edit, 0 if there was nothing to do.
    pub(crate) fn sweep(&mut self, known: Known) -> Known {
        let alive = self.alive(known);
        let items: BTreeSet<String> = members(alive).map(|at| self.writes[at].item.clone()).collect();
        let hidden = items.iter().map(|item| self.of(alive, item)).filter(|writes| self.sum(*writes) <= 0);
        let kills = hidden.fold(0, |all, writes| all | writes);
        if kills == 0 { 0 } else { self.edit(Vec::new(), kills) }
    }

    /// Units that are taken away, whatever is there: the edit, which anybody may get to know.
    pub(crate) fn take(&mut self, actor: Actor, units: &BTreeMap<String, i64>) -> Known {
        let write =
            |(item, units): (&String, &i64)| Write { actor, item: item.clone(), net: -units, fields: Fields::new() };
        self.edit(units.iter().map(write).collect(), 0)
    }

    /// A field of an item that is shown.
    pub(crate) fn set(&mut self, known: Known, actor: Actor, item: &str, field: (&str, &str), stamp: u64) -> Known {
        let (name, value) = field;
        let seen = self.of(self.alive(known), item);
        let stamp = self.winner(seen, name).map_or(stamp, |(before, _, _)| stamp.max(before + 1));
        let (own, net, mut fields) = self.own(seen, actor);
        fields.insert(name.to_owned(), (stamp, value.to_owned()));
        self.edit(vec![Write { actor, item: item.to_owned(), net, fields }], own)
    }

    /// These lines over everything that `overwritten` had seen.
    pub(crate) fn put(&mut self, known: Known, actor: Actor, overwritten: Known, lines: &Lines, stamp: u64) -> Known {
        let mut kills = self.written(overwritten);
        let unseen = self.alive(known) & !kills;
        let mut writes = Vec::new();
        for (item, line) in lines {
            let (own, net, mut fields) = self.own(self.of(unseen, item), actor);
            kills |= own;
            for (name, value) in &line.fields {
                if fields.get(name).is_none_or(|(before, _)| *before <= stamp) {
                    fields.insert(name.clone(), (stamp, value.clone()));
                }
            }
            writes.push(Write { actor, item: item.clone(), net: net + line.count, fields });
        }
        self.edit(writes, kills)
    }
}

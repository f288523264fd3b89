//! How large an object may become. What is within these is stored and sent; the types themselves have no limits but the
//! range of their numbers.

use crate::counters::Item;
use crate::{Content, Delta, ElementSet, MOST_ACTORS};
use std::collections::{BTreeMap, BTreeSet};

/// Something is larger than it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {size}, and at most {most} are allowed")]
pub struct TooLarge {
    /// What is too large, as the name of a field of [`Limits`].
    pub field: &'static str,
    /// How large it is.
    pub size: usize,
    /// How large it may be.
    pub most: usize,
}

/// The most of everything. Lengths of texts are in bytes of UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Items of a map, shown or not; elements of a set, present or removed.
    pub items: usize,
    /// Actors that ever wrote the object. It is never fewer, so at the limit the object can only be replaced.
    pub actors: usize,
    /// Fields of one item, each name counted once.
    pub fields: usize,
    /// Length of an item's id, an element or a field's name.
    pub name: usize,
    /// Length of a field's value.
    pub value: usize,
    /// Canonical bytes of the whole object.
    pub bytes: usize,
}

impl Default for Limits {
    /// 1,000 items, [`MOST_ACTORS`] actors, 32 fields, names of 200 bytes, values of 2,000, and 512 KiB in all.
    fn default() -> Self {
        Self { items: 1_000, actors: MOST_ACTORS, fields: 32, name: 200, value: 2_000, bytes: 512 * 1024 }
    }
}

fn at_most(field: &'static str, size: usize, most: usize) -> Result<(), TooLarge> {
    if size > most { Err(TooLarge { field, size, most }) } else { Ok(()) }
}

impl Limits {
    fn check_name(&self, name: &str) -> Result<(), TooLarge> {
        at_most("name", name.len(), self.name)
    }

    pub(crate) fn check_bytes(&self, size: usize) -> Result<(), TooLarge> {
        at_most("bytes", size, self.bytes)
    }

    pub(crate) fn check_counters(&self, items: &BTreeMap<String, Item>, actors: usize) -> Result<(), TooLarge> {
        at_most("actors", actors, self.actors)?;
        at_most("items", items.len(), self.items)?;
        for (id, item) in items {
            self.check_name(id)?;
            let fields = || item.values().flat_map(|entry| &entry.fields);
            at_most("fields", fields().map(|(name, _)| name).collect::<BTreeSet<_>>().len(), self.fields)?;
            for (name, field) in fields() {
                self.check_name(name)?;
                at_most("value", field.value.len(), self.value)?;
            }
        }
        Ok(())
    }

    pub(crate) fn check_elements(&self, set: &ElementSet) -> Result<(), TooLarge> {
        let actors: BTreeSet<_> = set.elements.values().map(|word| word.actor).collect();
        at_most("actors", actors.len(), self.actors)?;
        at_most("items", set.elements.len(), self.items)?;
        set.elements.keys().try_for_each(|element| self.check_name(element))
    }
}

impl Delta {
    /// Whether what the delta brings is within these limits, but for the bytes; what it makes of a state is to be
    /// checked there.
    ///
    /// # Errors
    /// [`TooLarge`] names the first limit that it is beyond.
    pub fn fits(&self, limits: &Limits) -> Result<(), TooLarge> {
        limits.check_counters(&self.items, self.vv.len())?;
        at_most("items", self.live.len(), limits.items)?;
        self.live.keys().try_for_each(|id| limits.check_name(id))
    }
}

impl Content {
    /// Whether what somebody wants to put is within these limits; what it makes of a state is to be checked there.
    ///
    /// # Errors
    /// [`TooLarge`] names the first limit that it is beyond.
    pub fn fits(&self, limits: &Limits) -> Result<(), TooLarge> {
        match self {
            Self::Counters { items } => {
                at_most("items", items.len(), limits.items)?;
                for (id, line) in items {
                    limits.check_name(id)?;
                    at_most("fields", line.fields.len(), limits.fields)?;
                    for (name, value) in &line.fields {
                        limits.check_name(name)?;
                        at_most("value", value.len(), limits.value)?;
                    }
                }
                Ok(())
            }
            Self::Elements { elements } => {
                at_most("items", elements.len(), limits.items)?;
                elements.iter().try_for_each(|element| limits.check_name(element))
            }
        }
    }
}

//! The last-writer-wins element set: what is in it, by whom and since when. No dots: a stamp and its actor decide.

use crate::{Actor, Context, Dot, EditError, MOST, VersionVector};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The last word on one element. The order is that of the merge: later, larger actor, and present over absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Word {
    pub(crate) stamp: u64,
    pub(crate) actor: Actor,
    pub(crate) present: bool,
}

/// A last-writer-wins element set.
///
/// Of two words on an element the one with the larger (stamp, actor) stays. Two words under the same stamp and actor can
/// only come from an actor that broke the rules; then the addition wins, as in a [`CounterMap`](crate::CounterMap).
/// An element that was removed stays as absent, so the set grows with the elements it ever had.
///
/// In JSON `{"actors": [actor, …], "elements": {element: [stamp, index, present], …}}`, `index` being a place in `actors`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "crate::json::ElementSetJson", into = "crate::json::ElementSetJson")]
pub struct ElementSet {
    pub(crate) elements: BTreeMap<String, Word>,
}

impl ElementSet {
    /// A set that nobody has written.
    pub const fn new() -> Self {
        Self { elements: BTreeMap::new() }
    }

    /// Whether the element is in the set.
    pub fn contains(&self, element: &str) -> bool {
        self.elements.get(element).is_some_and(|word| word.present)
    }

    /// The elements in the set.
    pub fn elements(&self) -> BTreeSet<String> {
        self.elements.iter().filter(|(_, word)| word.present).map(|(element, _)| element.clone()).collect()
    }

    /// Whether nothing is in the set. What was removed is still remembered.
    pub fn is_empty_of_content(&self) -> bool {
        self.elements.values().all(|word| !word.present)
    }

    /// The latest stamp on any element, 0 if there is none.
    pub fn latest_stamp(&self) -> u64 {
        self.elements.values().map(|word| word.stamp).max().unwrap_or(0)
    }

    /// What a reader of this set has seen: per actor, its latest stamp.
    ///
    /// That is enough, for sets travel whole and the stamps of an actor rise: who has seen a stamp has seen, for every
    /// earlier one of that actor, its word or a later one.
    pub fn context(&self) -> Context {
        let mut seen = VersionVector::new();
        for word in self.elements.values() {
            seen.observe(word.dot());
        }
        Context::of(seen)
    }

    /// Adds an element at `stamp`, or one later than the latest in the set if that is later.
    ///
    /// # Errors
    /// [`EditError::Stamp`] if the stamp is, or would become, larger than [`MOST`].
    pub fn add(&mut self, actor: Actor, element: &str, stamp: u64) -> Result<(), EditError> {
        let stamp = self.later(stamp)?;
        self.elements.insert(element.to_owned(), Word { stamp, actor, present: true });
        Ok(())
    }

    /// Removes an element, at a stamp as in [`add`](Self::add). Says whether it was there.
    ///
    /// # Errors
    /// [`EditError::Stamp`] if the stamp is, or would become, larger than [`MOST`].
    pub fn remove(&mut self, actor: Actor, element: &str, stamp: u64) -> Result<bool, EditError> {
        if !self.contains(element) {
            return Ok(false);
        }
        let stamp = self.later(stamp)?;
        self.elements.insert(element.to_owned(), Word { stamp, actor, present: false });
        Ok(true)
    }

    /// Puts these elements in the place of everything that `context` had seen: those are added, all others that it had
    /// seen are removed, and what it had not seen stays. The stamp is as in [`add`](Self::add).
    ///
    /// Only what is here can be removed: a set has no word on an element that it does not know. So read before you put.
    ///
    /// # Errors
    /// [`EditError::Stamp`] if the stamp is, or would become, larger than [`MOST`].
    pub fn put(
        &mut self,
        actor: Actor,
        context: &Context,
        elements: &BTreeSet<String>,
        stamp: u64,
    ) -> Result<(), EditError> {
        let stamp = self.later(stamp)?;
        for word in self.elements.values_mut().filter(|word| word.present && context.seen().contains(word.dot())) {
            *word = Word { stamp, actor, present: false };
        }
        let added = elements.iter().map(|element| (element.clone(), Word { stamp, actor, present: true }));
        self.elements.extend(added);
        Ok(())
    }

    /// Makes this set the join of both; says whether that changed it.
    pub fn merge(&mut self, other: &Self) -> bool {
        let mut changed = false;
        for (element, word) in &other.elements {
            if self.elements.get(element).is_none_or(|mine| word > mine) {
                self.elements.insert(element.clone(), *word);
                changed = true;
            }
        }
        changed
    }

    /// A stamp later than all in the set, so that an edit wins over what it saw.
    fn later(&self, stamp: u64) -> Result<u64, EditError> {
        let stamp = stamp.max(self.latest_stamp() + 1);
        if stamp > MOST { Err(EditError::Stamp) } else { Ok(stamp) }
    }
}

impl Word {
    const fn dot(&self) -> Dot {
        Dot { actor: self.actor, n: self.stamp }
    }
}

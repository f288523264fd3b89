//! One object of any type: what a key has, what copies merge, compare and send.

use crate::{Actor, Content, Context, CounterMap, EditError, ElementSet, Limits, TooLarge, canonical};
use serde::{Deserialize, Serialize};

/// The two are objects of different types, which no merge can make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("type: the object is {here}, not {given}")]
pub struct OtherType {
    /// The type of the object that is here.
    pub here: &'static str,
    /// The type of the one that should have been taken.
    pub given: &'static str,
}

/// Why a [`put`](Object::put) was refused; nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PutError {
    /// What was put is of another type than the object.
    #[error(transparent)]
    OtherType(#[from] OtherType),
    /// What was put is out of range.
    #[error(transparent)]
    Edit(#[from] EditError),
}

/// What a key has. In JSON the form of its type, with `type` being `counters` or `elements`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Object {
    /// A map of counters.
    Counters(CounterMap),
    /// A last-writer-wins element set.
    Elements(ElementSet),
}

impl Content {
    /// The name of the type, as in JSON.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Counters { .. } => "counters",
            Self::Elements { .. } => "elements",
        }
    }
}

impl Object {
    /// The name of the type, as in JSON.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Counters(_) => "counters",
            Self::Elements(_) => "elements",
        }
    }

    /// Makes this object the join of both; says whether that changed it.
    ///
    /// # Errors
    /// [`OtherType`] if the two are not of one type; nothing is changed then.
    pub fn merge(&mut self, other: &Self) -> Result<bool, OtherType> {
        match (self, other) {
            (Self::Counters(mine), Self::Counters(theirs)) => Ok(mine.merge(theirs)),
            (Self::Elements(mine), Self::Elements(theirs)) => Ok(mine.merge(theirs)),
            (here, given) => Err(OtherType { here: here.kind(), given: given.kind() }),
        }
    }

    /// Puts what is wanted in the place of everything that `context` had seen; see [`CounterMap::put`] and
    /// [`ElementSet::put`].
    ///
    /// # Errors
    /// [`PutError`] if what is wanted is of another type, or out of range.
    pub fn put(&mut self, actor: Actor, context: &Context, wanted: &Content, stamp: u64) -> Result<(), PutError> {
        match (self, wanted) {
            (Self::Counters(map), Content::Counters { items }) => {
                map.put(actor, context, items, stamp)?;
            }
            (Self::Elements(set), Content::Elements { elements }) => set.put(actor, context, elements, stamp)?,
            (here, given) => return Err(OtherType { here: here.kind(), given: given.kind() }.into()),
        }
        Ok(())
    }

    /// What is shown.
    pub fn content(&self) -> Content {
        match self {
            Self::Counters(map) => Content::Counters { items: map.lines() },
            Self::Elements(set) => Content::Elements { elements: set.elements() },
        }
    }

    /// What a reader of this state has seen, to give back with a [`put`](Self::put).
    pub fn context(&self) -> Context {
        match self {
            Self::Counters(map) => map.context(),
            Self::Elements(set) => set.context(),
        }
    }

    /// Whether nothing is shown.
    pub fn is_empty_of_content(&self) -> bool {
        match self {
            Self::Counters(map) => map.is_empty_of_content(),
            Self::Elements(set) => set.is_empty_of_content(),
        }
    }

    /// The latest stamp in it, 0 if there is none: a hybrid clock must not be behind it.
    pub fn latest_stamp(&self) -> u64 {
        match self {
            Self::Counters(map) => map.latest_stamp(),
            Self::Elements(set) => set.latest_stamp(),
        }
    }

    /// The state as bytes: the same wherever the state is the same, and different where it is not. The form is in
    /// `canonical`; nothing reads it back.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        canonical::bytes(self)
    }

    /// BLAKE3 of the [canonical bytes](Self::canonical_bytes).
    pub fn digest(&self) -> [u8; 32] {
        blake3::hash(&self.canonical_bytes()).into()
    }

    /// Whether the state is within these limits.
    ///
    /// # Errors
    /// [`TooLarge`] names the first limit that it is beyond.
    pub fn fits(&self, limits: &Limits) -> Result<(), TooLarge> {
        match self {
            Self::Counters(map) => limits.check_counters(&map.items, map.vv.len())?,
            Self::Elements(set) => limits.check_elements(set)?,
        }
        limits.check_bytes(self.canonical_bytes().len())
    }
}

//! The chain: `hash = BLAKE3(previous hash ‖ body)`, from a first hash that depends on the actor.

use crate::{ActorId, Hash};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How far a journal goes: the number of its last entry and the hash of everything up to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number of the last entry; 0 where there is none.
    pub seq: u64,
    /// Hash of the chain up to that entry.
    pub hash: Hash,
}

/// Per actor, how far a replica holds its journal.
pub type Heads = BTreeMap<ActorId, Head>;

impl Head {
    /// Where the journal of `actor` begins, before its first entry.
    ///
    /// It depends on the actor, so that no entry of one journal fits into another.
    pub fn genesis(actor: ActorId) -> Self {
        Self { seq: 0, hash: Hash::from_bytes(*blake3::hash(actor.bytes()).as_bytes()) }
    }

    /// The head after one more entry.
    ///
    /// Numbers end at [`u64::MAX`], which no writer reaches; `absorb` takes none that a run only claims.
    #[must_use]
    pub fn next(&self, body: &Body) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.hash.bytes()).update(body.text().as_bytes());
        Self { seq: self.seq.saturating_add(1), hash: Hash::from_bytes(*hasher.finalize().as_bytes()) }
    }
}

/// The body of an entry: JSON, kept byte for byte as its writer wrote it, since the hash is over these bytes. Cheap to
/// clone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Body(Arc<RawValue>);

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Body {}

impl Body {
    /// Writes a value down.
    ///
    /// # Errors
    /// Only where `value` has no JSON form (a map with keys that are no strings, say).
    pub fn write(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(|raw| Self(raw.into()))
    }

    /// Takes a text that was stored or received before.
    ///
    /// # Errors
    /// When it is not one JSON value.
    pub fn from_text(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(|raw| Self(raw.into()))
    }

    /// The bytes, as their writer wrote them.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// What the body says.
    ///
    /// # Errors
    /// When it is not a `T`: written by a newer version, or not by this tier.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.text())
    }
}

/// One entry of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Who wrote it.
    pub actor: ActorId,
    /// Its number and the hash of the chain up to it.
    pub head: Head,
    /// What it says.
    pub body: Body,
}

/// Consecutive entries of one actor, as they travel between replicas.
///
/// Only the two ends carry a hash: the receiver computes those between, and a run whose bodies do not lead from one
/// end to the other was damaged on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Who wrote these entries.
    pub actor: ActorId,
    /// The head just before the first of them.
    pub after: Head,
    /// The bodies, in order.
    pub bodies: Vec<Body>,
    /// The head after the last of them.
    pub head: Head,
}

impl Run {
    /// The run of `bodies` that follow `after`.
    pub fn following(actor: ActorId, after: Head, bodies: Vec<Body>) -> Self {
        let head = bodies.iter().fold(after, |head, body| head.next(body));
        Self { actor, after, bodies, head }
    }
}

//! What a replica holds of all journals, and what it believes of their writers.

use crate::{ActorId, Head, Heads};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;

/// Actors whose journals are not believed any more, and why.
pub type Frozen = BTreeMap<ActorId, String>;

/// Actors that were declared finished, and where their journals end.
pub type Retired = BTreeMap<ActorId, Head>;

/// How far a replica holds each journal, and whose journals have ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// How far each journal is held.
    pub heads: Heads,
    /// Whose entries are not believed any more.
    pub frozen: Frozen,
    /// Who writes no more, up to where it is still read.
    #[serde(default)]
    pub retired: Retired,
}

impl Held {
    /// How far the journal of `actor` is held.
    pub fn head(&self, actor: ActorId) -> Head {
        self.heads.get(&actor).copied().unwrap_or_else(|| Head::genesis(actor))
    }

    /// Whether `actor` must not write any more.
    pub fn has_ended(&self, actor: ActorId) -> bool {
        self.frozen.contains_key(&actor) || self.retired.contains_key(&actor)
    }

    /// Why `actor` must not write any more, in a sentence; `None` where it may.
    pub fn end(&self, actor: ActorId) -> Option<String> {
        let retired = || self.retired.get(&actor).map(|end| format!("it was retired at entry {}", end.seq));
        self.frozen.get(&actor).cloned().or_else(retired)
    }

    /// Whether somebody who is this far has anything that would be taken here.
    pub fn lacks(&self, theirs: &Heads) -> bool {
        theirs.iter().any(|(actor, head)| head.seq > self.read_up_to(*actor))
    }

    /// What to say when asking for what is missing: per actor, the last entry held; more than there can be where nothing
    /// would be taken.
    pub fn asks(&self) -> BTreeMap<ActorId, u64> {
        let actors = self.heads.keys().chain(self.frozen.keys()).chain(self.retired.keys());
        actors.map(|actor| (*actor, self.read_up_to(*actor))).collect()
    }

    /// Retired actors that have gone on, as the heads of somebody show, and what to say of them.
    pub fn gone_on(&self, theirs: &Heads) -> Frozen {
        let beyond = |(actor, end): (&ActorId, &Head)| {
            let seq = theirs.get(actor)?.seq;
            (seq > end.seq).then(|| (*actor, went_on(end.seq, seq)))
        };
        self.retired.iter().filter_map(beyond).collect()
    }

    fn read_up_to(&self, actor: ActorId) -> u64 {
        let seq = self.head(actor).seq;
        let ended = self.retired.get(&actor).is_some_and(|end| seq >= end.seq);
        if ended || self.frozen.contains_key(&actor) { u64::MAX } else { seq }
    }

    /// Believes nothing of `actor` from now on; the first reason stays.
    pub(crate) fn freeze(&mut self, actor: ActorId, why: String) {
        self.frozen.entry(actor).or_insert(why);
    }

    /// Takes no entry of `actor` after `end`. One that has gone on was alive, and what it did since nobody may believe.
    pub(crate) fn retire(&mut self, actor: ActorId, end: Head) {
        let held = self.head(actor);
        let known = self.retired.entry(actor).or_insert(end);
        if end.seq < known.seq {
            *known = end;
        }
        if held.seq > known.seq {
            let end = known.seq;
            self.freeze(actor, went_on(end, held.seq));
        }
    }
}

pub(crate) fn went_on(end: u64, seq: u64) -> String {
    format!(
        "it was retired at entry {end} while it was alive, and went on to entry {seq}: compare its sales with the stock"
    )
}

/// What an entry says, as far as the journal itself has to know.
pub trait Operation: Serialize + DeserializeOwned {
    /// The actor that this entry declares finished, and where its journal ends.
    fn retires(&self) -> Option<(ActorId, Head)> {
        None
    }
}

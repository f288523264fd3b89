//! How replicas become equal again after anything: hints make it quick, comparing makes it sure, and what lies where it
//! does not belong is brought home. What they know of layouts goes along.

mod compare;
mod garbage;
mod hints;
mod home;
mod layouts;

use crate::http::Tier;
use crate::standing::NotTaken;
use crate::store;
use cluster::Member;
use crdt::Object;
use rusqlite::Connection;
use serve::{CallError, Caller, Fleet};
use std::time::Duration;
use wire::cart::{Key, Merge};

pub(crate) use compare::compare;
pub(crate) use garbage::forget_empty;
pub(crate) use hints::deliver;
pub(crate) use home::bring_home;
pub(crate) use layouts::{Compared, find, keep_up};

/// How long another replica may take to answer.
const DEADLINE: Duration = Duration::from_secs(2);
/// Objects sent or asked for in one go.
const PORTION: usize = 200;

/// The other replicas, as the healing tasks see them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Peers {
    pub(crate) tier: Tier,
    pub(crate) caller: Caller,
    pub(crate) fleet: Fleet,
    pub(crate) compared: Compared,
}

/// Why a round of healing is not finished; the next one begins anew.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotHealed {
    /// The other does not answer.
    #[error(transparent)]
    NoAnswer(#[from] CallError),
    /// What it sent can't be written here.
    #[error(transparent)]
    NotWritten(#[from] replica::WriteError),
    /// Its layouts make no sense here.
    #[error("its layouts can't be taken: {0}")]
    NotTaken(#[from] NotTaken),
    /// What it has can't be joined with what is here, now or ever.
    #[error("{key} can't be joined with what is here: {why}")]
    Refused {
        /// Which object.
        key: Key,
        /// What stands in the way.
        why: String,
    },
    /// What is here can't be read.
    #[error("the objects can't be read: {0}")]
    Unreadable(#[from] rusqlite::Error),
}

/// "Join these", for the objects that there are.
fn merges(keys: &[Key], found: Vec<Option<Object>>) -> Vec<Merge> {
    keys.iter().zip(found).filter_map(|(key, object)| Some(Merge::of(key.clone(), object?))).collect()
}

impl Peers {
    /// The present states of these keys, to be sent.
    async fn states(&self, keys: Vec<Key>) -> Result<Vec<Merge>, NotHealed> {
        let look = move |objects: &Connection| Ok(merges(&keys, store::load_all(objects, &keys)?));
        Ok(self.tier.objects.readers().read(look).await?)
    }

    fn member(&self, name: &str) -> Option<&Member> {
        self.fleet.members().iter().find(|member| member.name.as_str() == name)
    }
}

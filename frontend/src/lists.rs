//! Lists: made, shown, and written by whoever knows their id. The same for pages and for the JSON API.
//!
//! A write is never refused because of a failure or because somebody else wrote at the same time: it replaces exactly what
//! its writer had seen.

use crate::objects::{Author, Changed, NoCopies, Objects, empty_map};
use crdt::{Content, Object};
use uuid::Uuid;
use wire::cart::Key;
use wire::v1::{LIST_LIMITS, List, ListPut, ListWritten};
use wire::{Problem, Quantity};

/// Why a list can't be shown or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoList {
    /// No replica that answers has such a list.
    #[error("no such list")]
    Unknown,
    /// What shall be on it can't be; the message begins with the field.
    #[error("{0}")]
    Wrong(String),
    /// The cart tier does not answer.
    #[error(transparent)]
    NoCopies(#[from] NoCopies),
}

impl From<NoList> for Problem {
    fn from(why: NoList) -> Self {
        match why {
            NoList::Unknown => {
                Self::definite(404, "no-such-list", "There is no such list, or nobody who answers has it.")
            }
            NoList::Wrong(why) => Self::named(why),
            NoList::NoCopies(why) => why.into(),
        }
    }
}

/// The lists of the shop.
pub struct Lists {
    objects: Objects,
}

fn key(id: Uuid) -> Key {
    // A kind and 36 visible characters are a key.
    Key::of("list", id).unwrap_or_else(|_| unreachable!("a UUID is short and visible"))
}

impl Lists {
    /// Lists at these replicas.
    pub fn new(objects: Objects) -> Self {
        Self { objects }
    }

    /// Makes an empty list; `id` must be random, since whoever knows it may write.
    ///
    /// # Errors
    /// [`NoList`].
    pub async fn make(&self, id: Uuid) -> Result<ListWritten, NoList> {
        self.put(id, &ListPut { context: empty_map().context(), object: empty_map().content() }).await
    }

    /// The list as the replicas that answer know it.
    ///
    /// # Errors
    /// [`NoList`].
    pub async fn show(&self, id: Uuid) -> Result<List, NoList> {
        let object = self.objects.read(&key(id)).await?.ok_or(NoList::Unknown)?;
        Ok(List { object: object.content(), context: object.context() })
    }

    /// Puts this in the place of exactly what its writer had seen.
    ///
    /// # Errors
    /// [`NoList`].
    pub async fn put(&self, id: Uuid, put: &ListPut) -> Result<ListWritten, NoList> {
        let Content::Counters { items } = &put.object else {
            return Err(NoList::Wrong("type: a list is of the type counters".into()));
        };
        if items.values().any(|line| !(1..=Quantity::MOST.into()).contains(&line.count)) {
            return Err(NoList::Wrong(format!("count: a whole number from 1 to {}", Quantity::MOST)));
        }
        let edit = |object: &mut Object, author: Author| {
            object
                .put(author.actor, &put.context, &put.object, author.stamp)
                .map_err(|error| NoList::Wrong(error.to_string()))?;
            object.fits(&LIST_LIMITS).map_err(|error| NoList::Wrong(error.to_string()))
        };
        let changed = self.objects.change(&key(id), empty_map, edit).await?;
        let Changed { object, acks } = changed;
        Ok(ListWritten { id, object: object.content(), context: object.context(), acks })
    }
}

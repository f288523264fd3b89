//! Lists: made, shown, and written by whoever knows their id. The same for pages and for the JSON API.
//!
//! A write is never refused because of a failure or because somebody else wrote at the same time: it replaces exactly what
//! its writer had seen.

pub mod edit;
mod link;
mod presence;
mod sheet;
mod sync;

use crate::contexts::{Contexts, NotOurs};
use crate::objects::{Author, Changed, NoCopies, Objects, counters, empty_map};
use crdt::{Content, Context, CounterMap, Gap, Object};
use edit::{Edit, NotEdited};
use presence::Presence;
use serve::clock;
use sync::NotTaken;
use uuid::Uuid;
use wire::cart::Key;
use wire::v1::{LIST_LIMITS, List, ListPut, ListSync, ListSynced, ListWritten};
use wire::{Problem, Quantity};

pub use link::{Link, Links};
pub use sheet::{Sheet, SheetLine};

/// Why a list can't be shown or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoList {
    /// No replica that answers has such a list.
    #[error("no such list")]
    Unknown,
    /// What shall be on it can't be; the message begins with the field.
    #[error("{0}")]
    Wrong(String),
    /// What a browser did builds on what is missing here.
    #[error(transparent)]
    Gap(#[from] Gap),
    /// The cart tier does not answer.
    #[error(transparent)]
    NoCopies(#[from] NoCopies),
}

impl From<NotOurs> for NoList {
    fn from(why: NotOurs) -> Self {
        Self::Wrong(why.to_string())
    }
}

impl From<NotTaken> for NoList {
    fn from(why: NotTaken) -> Self {
        Self::Wrong(why.to_string())
    }
}

impl From<NotEdited> for NoList {
    fn from(why: NotEdited) -> Self {
        Self::Wrong(why.to_string())
    }
}

impl From<NoList> for Problem {
    fn from(why: NoList) -> Self {
        match why {
            NoList::Unknown => {
                Self::definite(404, "no-such-list", "There is no such list, or nobody who answers has it.")
            }
            NoList::Wrong(why) => Self::named(why),
            NoList::Gap(why) => Self::invalid("delta", format!("delta: {why}.")),
            NoList::NoCopies(why) => why.into(),
        }
    }
}

/// The lists of the shop.
pub struct Lists {
    objects: Objects,
    contexts: Contexts,
    presence: Presence,
    /// The addresses of their pages.
    pub links: Links,
}

fn key(id: Uuid) -> Key {
    // A kind and 36 visible characters are a key.
    Key::of("list", id).unwrap_or_else(|_| unreachable!("a UUID is short and visible"))
}

impl Lists {
    /// Lists at these replicas.
    pub fn new(objects: Objects, contexts: Contexts, links: Links) -> Self {
        Self { objects, contexts, presence: Presence::new(), links }
    }

    /// Makes an empty list; `id` must be random, since whoever knows it may write.
    ///
    /// # Errors
    /// [`NoList`].
    pub async fn make(&self, id: Uuid) -> Result<ListWritten, NoList> {
        self.put(id, &ListPut { context: None, object: empty_map().content() }).await
    }

    /// The list as the replicas that answer know it.
    ///
    /// # Errors
    /// [`NoList`].
    pub async fn show(&self, id: Uuid) -> Result<List, NoList> {
        let object = self.objects.read(&key(id)).await?.ok_or(NoList::Unknown)?;
        Ok(List { object: object.content(), context: self.contexts.seal(&key(id), &object.context()) })
    }

    /// The list's state, of which a [`Sheet`] is read.
    ///
    /// # Errors
    /// [`NoList`].
    pub async fn state(&self, id: Uuid) -> Result<CounterMap, NoList> {
        let mut object = self.objects.read(&key(id)).await?.ok_or(NoList::Unknown)?;
        Ok(std::mem::take(counters(&mut object)?))
    }

    /// Makes these edits, all or none, one after the other.
    ///
    /// # Errors
    /// [`NoList`].
    pub async fn edit(&self, id: Uuid, edits: &[Edit]) -> Result<(), NoList> {
        let make = |object: &mut Object, author: Author| {
            let map = counters(object)?;
            // Whoever makes a list writes to it; one that nobody has written is none.
            if map.version().is_empty() {
                return Err(NoList::Unknown);
            }
            edits.iter().try_for_each(|edit| edit.make(map, author))?;
            object.fits(&LIST_LIMITS).map_err(|error| NoList::Wrong(error.to_string()))
        };
        self.objects.change(&key(id), empty_map, make).await.map(|_| ())
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
        let context = match &put.context {
            Some(sealed) => self.contexts.open(&key(id), sealed)?,
            None => Context::default(),
        };
        let edit = |object: &mut Object, author: Author| {
            object
                .put(author.actor, &context, &put.object, author.stamp)
                .map_err(|error| NoList::Wrong(error.to_string()))?;
            object.fits(&LIST_LIMITS).map_err(|error| NoList::Wrong(error.to_string()))
        };
        let Changed { object, acks, .. } = self.objects.change(&key(id), empty_map, edit).await?;
        let context = self.contexts.seal(&key(id), &object.context());
        Ok(ListWritten { id, object: object.content(), context, acks })
    }

    /// Takes what a browser did to its own copy, and says what it lacks. Where something in between is missing here,
    /// nothing is taken, and it is told everything.
    ///
    /// # Errors
    /// [`NoList`].
    pub async fn sync(&self, id: Uuid, asked: &ListSync) -> Result<ListSynced, NoList> {
        let now_ms = clock::now_ms();
        sync::check(asked, now_ms)?;
        let there = self.objects.read(&key(id)).await?.ok_or(NoList::Unknown)?;
        let (mut object, taken, acks) = match &asked.delta {
            None => (there, true, 0),
            Some(delta) => {
                let edit = |object: &mut Object, _: Author| {
                    sync::take(counters(object)?, delta)?;
                    object.fits(&LIST_LIMITS).map_err(|error| NoList::Wrong(format!("delta: {error}")))
                };
                match self.objects.change(&key(id), empty_map, edit).await {
                    Ok(changed) => (changed.object, true, changed.acks),
                    Err(NoList::Gap(_)) => (there, false, 0),
                    Err(why) => return Err(why),
                }
            }
        };
        let context = self.contexts.seal(&key(id), &object.context());
        let others = self.presence.asks(id, asked.actor, now_ms);
        Ok(ListSynced { others, ..sync::answer(counters(&mut object)?, asked, taken, context, acks) })
    }
}

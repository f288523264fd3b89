//! What a batch of work leads to: objects, and where the replica stands, as they were before and are afterwards. No
//! clock, no disk.

use crate::standing::{Me, News, NotTaken, Standing};
use crdt::{Actor, Content, Context, CounterMap, ElementSet, Limits, Object};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wire::cart::{CATEGORY, Digest, Epoch, Forget, Key, Merged, Places};

/// An object in the working set.
#[derive(Clone, Debug)]
struct Slot {
    /// The digest of what is on disk; `None` where nothing is.
    before: Option<Digest>,
    /// `None` where there is none (any more).
    now: Option<Object>,
    changed: bool,
}

/// An object that a batch has changed.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// Which.
    pub(crate) key: Key,
    /// The digest of the state that was on disk.
    pub(crate) before: Option<Digest>,
    /// What is there now; `None` where it was forgotten.
    pub(crate) after: Option<Object>,
}

/// The objects that a batch is about, and where the replica stands.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    slots: BTreeMap<Key, Slot>,
    standing: Option<Arc<Standing>>,
    stands_elsewhere: bool,
}

impl Batch {
    /// An empty one.
    pub(crate) fn begin(standing: Option<Arc<Standing>>) -> Self {
        Self { slots: BTreeMap::new(), standing, stands_elsewhere: false }
    }

    /// Whether the object has been looked up.
    pub(crate) fn knows(&self, key: &Key) -> bool {
        self.slots.contains_key(key)
    }

    /// What is on disk of an object.
    pub(crate) fn load(&mut self, key: Key, found: Option<(Object, Digest)>) {
        let (now, before) = found.unzip();
        self.slots.insert(key, Slot { before, now, changed: false });
    }

    /// An object that is not looked up must not pass for one that is not there: it would be written over.
    fn slot(&mut self, key: &Key) -> &mut Slot {
        self.slots.get_mut(key).unwrap_or_else(|| unreachable!("the writer looks up every key of a batch first"))
    }

    /// Joins a state that somebody sent. Whoever writes under older layouts than this replica knows is refused: a replica
    /// that was compared with under these must not get anything afterwards that others are not sent too.
    pub(crate) fn merge(&mut self, key: &Key, object: &Object, epoch: Option<Epoch>) -> Merged {
        let behind = |standing: &&Arc<Standing>| epoch.is_some_and(|epoch| epoch < standing.epoch());
        if let Some(standing) = self.standing.as_ref().filter(behind) {
            return Merged::Behind(Box::new(standing.layouts().clone()));
        }
        let slot = self.slot(key);
        let joined = match &slot.now {
            None => object.clone(),
            Some(held) => {
                let mut joined = held.clone();
                match joined.merge(object) {
                    Ok(true) => joined,
                    Ok(false) => return Merged::Stored,
                    Err(error) => return Merged::Refused(error.to_string()),
                }
            }
        };
        // Two states that fit may make one that does not. Gateways keep far below the limits, so that this stays an error
        // of theirs, and no two replicas are apart for good.
        if let Err(error) = joined.fits(&Limits::default()) {
            return Merged::Refused(error.to_string());
        }
        slot.now = Some(joined);
        slot.changed = true;
        Merged::Stored
    }

    /// Puts what somebody sent in the place of what they had seen. What the writer has seen afterwards.
    ///
    /// # Errors
    /// A sentence that names the field that is wrong.
    pub(crate) fn put(
        &mut self,
        key: &Key,
        actor: Actor,
        context: &Context,
        put: &Content,
        stamp: u64,
    ) -> Result<Context, String> {
        let slot = self.slot(key);
        let mut object = slot.now.clone().unwrap_or_else(|| match put {
            Content::Counters { .. } => Object::Counters(CounterMap::new()),
            Content::Elements { .. } => Object::Elements(ElementSet::new()),
        });
        object.put(actor, context, put, stamp).map_err(|error| error.to_string())?;
        object.fits(&Limits::default()).map_err(|error| error.to_string())?;
        let after = object.context();
        slot.now = Some(object);
        slot.changed = true;
        Ok(after)
    }

    /// Who holds the key beside `me`, by the layouts that are known.
    pub(crate) fn others(&self, key: &Key, me: &str) -> Vec<String> {
        let places = self.standing.iter().map(|standing| standing.places());
        let holders = places.flat_map(|places| places.holders(Places::bucket_of(key)));
        holders.filter(|holder| *holder != me).map(str::to_owned).collect()
    }

    /// Forgets an object, if it is still in the state of this digest, and the layouts are still those of `epoch`: under
    /// others this replica may have to hold it.
    pub(crate) fn forget(&mut self, Forget { key, digest }: &Forget, epoch: Option<Epoch>) {
        if epoch.is_some_and(|epoch| self.standing.as_ref().is_none_or(|standing| standing.epoch() != epoch)) {
            return;
        }
        let slot = self.slot(key);
        if slot.now.as_ref().is_some_and(|object| Digest(object.digest()) == *digest) {
            slot.now = None;
            slot.changed = true;
        }
    }

    /// Takes news of layouts. Where the replica stands afterwards.
    pub(crate) fn learn(&mut self, news: News, me: &Me) -> Result<Option<Arc<Standing>>, NotTaken> {
        if let Some(after) = Standing::after(self.standing.as_deref(), news, me)? {
            self.standing = Some(Arc::new(after));
            self.stands_elsewhere = true;
        }
        Ok(self.standing.clone())
    }

    /// Where the replica stands, if the batch has changed that.
    pub(crate) fn new_standing(&self) -> Option<Arc<Standing>> {
        self.standing.clone().filter(|_| self.stands_elsewhere)
    }

    /// What is there afterwards, and was not before.
    pub(crate) fn changes(self) -> Vec<Change> {
        let changed = self.slots.into_iter().filter(|(_, slot)| slot.changed);
        changed.map(|(key, slot)| Change { key, before: slot.before, after: slot.now }).collect()
    }
}

/// Whether objects of this kind are listed by category.
pub(crate) fn may_be_listed(key: &Key) -> bool {
    key.kind() == "cart"
}

/// The categories of the books that a cart shows; other objects have none.
pub(crate) fn categories(key: &Key, object: &Object) -> BTreeSet<String> {
    if !may_be_listed(key) {
        return BTreeSet::new();
    }
    match object.content() {
        Content::Counters { items } => {
            items.into_values().filter_map(|mut line| line.fields.remove(CATEGORY)).collect()
        }
        Content::Elements { .. } => BTreeSet::new(),
    }
}

/// Whether it is a cart that shows nothing. Lists are never forgotten, nor are accounts: somebody has their name.
pub(crate) fn is_empty_cart(key: &Key, object: &Object) -> bool {
    key.kind() == "cart" && object.is_empty_of_content()
}

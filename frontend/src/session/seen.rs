//! Which versions of which books a browser has already seen.
//!
//! They make sure that nobody who bought a book sees the count from before: `cache.rs` shows such a session only a state
//! that contains them.

use wire::item::Versions;
use wire::sale::SaleRef;
use wire::{ItemId, ItemState};

/// So many books are remembered, the last ones.
pub(super) const MOST_BOOKS: usize = 8;
/// So long a book is remembered, in seconds: every replica has caught up by then or nobody knows of that sale.
pub(super) const REMEMBERED_S: u64 = 30 * 60;

/// The versions of books that a session caused or saw by buying.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(pub(super) Vec<SeenBook>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SeenBook {
    pub(super) item: ItemId,
    /// When, in Unix seconds.
    pub(super) at_s: u64,
    pub(super) versions: Versions,
}

impl Seen {
    /// Whether showing `state` would not take the session back in time.
    pub fn allows(&self, state: &ItemState) -> bool {
        self.versions(state.id).is_none_or(|versions| state.contains(versions))
    }

    /// Whether the session has seen this book change.
    pub fn knows(&self, item: ItemId) -> bool {
        self.versions(item).is_some()
    }

    /// The books seen, for looking them up in a list.
    pub fn items(&self) -> impl Iterator<Item = ItemId> {
        self.0.iter().map(|book| book.item)
    }

    fn versions(&self, item: ItemId) -> Option<&Versions> {
        self.0.iter().find(|book| book.item == item).map(|book| &book.versions)
    }

    /// Remembers that `state` was seen at `now_s`; versions seen before are kept where they are higher.
    pub fn remember(&mut self, state: &ItemState, now_s: u64) {
        self.note(state.id, state.versions(), now_s);
    }

    /// Remembers that a sale of `item` was seen at `now_s`, for a receipt that comes without the book: what is shown of it
    /// from now on must have that sale in it.
    pub fn remember_sale(&mut self, item: ItemId, sale: SaleRef, now_s: u64) {
        self.note(item, Versions::from([(sale.actor, sale.seq)]), now_s);
    }

    fn note(&mut self, item: ItemId, mut versions: Versions, now_s: u64) {
        if let Some(position) = self.0.iter().position(|book| book.item == item) {
            for (actor, seq) in self.0.remove(position).versions {
                let mine = versions.entry(actor).or_default();
                *mine = seq.max(*mine);
            }
        }
        self.0.push(SeenBook { item, at_s: now_s, versions });
        if self.0.len() > MOST_BOOKS {
            self.0.remove(0);
        }
    }

    pub(super) fn forget_old(&mut self, now_s: u64) {
        self.0.retain(|book| book.at_s + REMEMBERED_S > now_s);
    }
}

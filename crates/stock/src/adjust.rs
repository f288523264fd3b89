//! Units that come and go otherwise than by a sale: deliveries, losses, stock-take, new books.

use crate::{Fields, Op, Shelf};
use wire::{ItemId, range};

/// What an adjustment with a name did, so that a repeated question does nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Which book.
    pub item: ItemId,
    /// Units that came (positive) or went.
    pub delta: i64,
}

/// What becomes of an adjustment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Adjusted {
    /// These entries must be written next; none where nothing changes.
    Now(Vec<Op>),
    /// The same adjustment was made before.
    Before,
}

/// Why an adjustment is not made; nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAdjusted {
    /// The shop does not have such a book.
    #[error("Item with id {item} not found in the catalog server.")]
    NoSuchItem {
        /// The book.
        item: ItemId,
    },
    /// The name was used before, for something else.
    #[error("this Idempotency-Key was used before, for another change; use a new key")]
    OtherUse,
    /// More units would go than this replica holds.
    #[error("item {item} has {held} units here, {missing} too few")]
    Short {
        /// The book.
        item: ItemId,
        /// Units held here.
        held: u64,
        /// Units to be gathered from others first.
        missing: u64,
    },
}

impl Shelf {
    /// Adds `delta` units to a book (or takes them away), once for each `reference`.
    ///
    /// # Errors
    /// See [`NotAdjusted`].
    pub fn adjust(&self, item: ItemId, delta: i64, reference: &str) -> Result<Adjusted, NotAdjusted> {
        if let Some(known) = self.references.get(reference) {
            let same = *known == Reference { item, delta };
            return if same { Ok(Adjusted::Before) } else { Err(NotAdjusted::OtherUse) };
        }
        let book = self.book(item).filter(|book| book.exists()).ok_or(NotAdjusted::NoSuchItem { item })?;
        let (n, reference) = (delta.unsigned_abs(), reference.to_owned());
        let held = book.units_of(self.me);
        match delta {
            0 => Ok(Adjusted::Now(Vec::new())),
            1.. => Ok(Adjusted::Now(vec![Op::Mint { item, n, reference, why: None }])),
            _ if held < n => Err(NotAdjusted::Short { item, held, missing: n - held }),
            _ => Ok(Adjusted::Now(vec![Op::Burn { item, n, reference, why: None }])),
        }
    }

    /// Makes the number of units in the shop `count`, as far as this replica knows; it must know all there is to know.
    ///
    /// Asked again, it changes nothing. `reference` must be fresh.
    ///
    /// # Errors
    /// See [`NotAdjusted`].
    pub fn take_stock(&self, item: ItemId, count: u64, reference: &str) -> Result<Adjusted, NotAdjusted> {
        let total = self.book(item).map_or(0, crate::Book::total);
        let delta = i128::from(count) - i128::from(total);
        self.adjust(item, i64::try_from(delta).unwrap_or(i64::MAX), reference)
    }

    /// Changes fields of a book; what is the same already is left out, and a book that needs no change gets no entry.
    ///
    /// `now_ms` is Unix milliseconds; the stamp is later than every stamp the book has, whatever the clock says, as far
    /// as the range of stamps goes.
    ///
    /// # Errors
    /// [`NotAdjusted::NoSuchItem`] where the book does not exist and `fields` has no title to make it with.
    pub fn set(&self, item: ItemId, fields: &Fields, now_ms: u64) -> Result<Adjusted, NotAdjusted> {
        let absent = crate::Book::absent(item);
        let book = self.book(item).unwrap_or(&absent);
        if !book.exists() && fields.title.is_none() {
            return Err(NotAdjusted::NoSuchItem { item });
        }
        let fields = book.differing(fields);
        if fields == Fields::default() {
            return Ok(Adjusted::Now(Vec::new()));
        }
        // Past the range nobody would read it; by then the larger actor decides.
        let hlc = now_ms.max(book.state.latest().saturating_add(1)).min(range::MOST);
        Ok(Adjusted::Now(vec![Op::Set { item, hlc, fields, why: None }]))
    }
}

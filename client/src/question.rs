//! What a customer asks of the shop, and what may come back.

use std::sync::Arc;
use uuid::Uuid;
use wire::ItemId;
use wire::classic::BoughtOrder;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// Look up a book.
    Lookup(ItemId),
    /// List a topic.
    Search(Arc<str>),
    /// Buy one unit.
    Buy(Purchase),
    /// Look at a list.
    ReadList(Uuid),
    /// Put on a list what customers put on lists.
    WriteList(Uuid),
}

/// One unit of a book, wanted under a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Purchase {
    /// What makes it the same purchase when it is asked for again.
    pub(crate) key: Uuid,
    /// Which book.
    pub(crate) item: ItemId,
}

impl Question {
    /// The name of its kind.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Lookup(_) => "lookup",
            Self::Search(_) => "search",
            Self::Buy(_) => "buy",
            Self::ReadList(_) => "read",
            Self::WriteList(_) => "write",
        }
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// What it says, or why it says nothing that a customer can use.
    pub(crate) said: Result<Said, Failed>,
    /// Whether the frontend had it in its cache, as its header says.
    pub(crate) cached: bool,
}

/// An answer as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// What was to be read, or that it was written.
    Read,
    /// The order.
    Bought(BoughtOrder),
    /// Nothing is left: a good answer, and no order.
    SoldOut,
}

/// A request that came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failed {
    /// Why, without anything that differs from one such failure to the next.
    pub(crate) why: String,
    /// For a purchase: whether it certainly did not happen.
    pub(crate) definite: bool,
}

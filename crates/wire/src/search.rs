//! Searching: what a frontend asks a catalog, and what it is told. What words mean is the `search` crate's.

use crate::{ItemState, Money};
use serde::{Deserialize, Serialize};

/// A question. Everything may be left out: nothing asked is every book.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// What somebody typed.
    pub q: String,
    /// Books of this topic and of those below it only.
    pub topic: Option<String>,
    /// Books in this language only; the empty one is of books whose language nobody knows.
    pub language: Option<String>,
    /// Not cheaper than this.
    pub min_price: Option<Money>,
    /// Not dearer than this.
    pub max_price: Option<Money>,
    /// Only those that can be had, or only those that can't.
    pub available: Option<bool>,
    /// In which order: `relevance`, `price`, `-price`, `title` or `newest`.
    pub sort: Option<String>,
    /// How many books at most, 1 to 100.
    pub limit: usize,
    /// Where the last part ended, as it was told then.
    pub cursor: Option<String>,
}

/// What was found. `B` is a book as it travels: its state, or the JSON of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found<B = ItemState> {
    /// The books of this part, in their order.
    pub books: Vec<B>,
    /// How many there are in all parts.
    pub total: u64,
    /// How many there would be without any filter.
    pub unfiltered: u64,
    /// How many there are of what.
    pub facets: Facets,
    /// The `cursor` of the next part; `None` at the end.
    pub next: Option<String>,
    /// The words as they are written in the book found first, where no book has them as they were typed.
    pub meant: Option<String>,
    /// Where nothing was found: the words that no book has, nor any like them.
    pub unknown: Vec<String>,
}

/// How many of the books found there are of what: beside each choice, what choosing it (instead of another of its kind)
/// brings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Facets {
    /// By topic, each with those below it, most first; at most 100 of them.
    pub topics: Vec<Choice>,
    /// By language, most first; the empty one is of books whose language nobody knows.
    pub languages: Vec<Choice>,
    /// By price, lowest first.
    pub prices: Vec<PriceBand>,
    /// That can be had now.
    pub available: u64,
    /// That are sold out.
    pub sold_out: u64,
}

/// A value to filter by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Choice {
    /// It.
    pub value: String,
    /// How many books it brings.
    pub books: u64,
}

/// Prices to filter by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceBand {
    /// The lowest price, in cents.
    pub min_cents: u32,
    /// The highest price, in cents; `null` for any above.
    pub max_cents: Option<u32>,
    /// How many books it brings.
    pub books: u64,
}

/// A title that somebody may be typing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suggestion {
    /// Which book.
    pub id: crate::ItemId,
    /// Its title.
    pub title: String,
    /// Its authors, in the order of the title page; empty where unknown.
    pub authors: Vec<String>,
}

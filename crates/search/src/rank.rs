//! What makes one book a better answer than another: a number that depends on the question and that book alone.
//!
//! Not on how often a word occurs in the shop: so the place of a book does not change when others come, and a page that
//! goes on behind a book goes on there.

use crate::ask::Sort;
use crate::document::Place;
use wire::ItemId;

/// How a word of the question stands in a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    /// It is a letter different from one there.
    Misspelt,
    /// It is the beginning of one there.
    Begun,
    /// It is there.
    Whole(Place),
}

impl Fit {
    /// What it counts.
    pub(crate) fn points(self) -> u32 {
        match self {
            Self::Misspelt => 1,
            Self::Begun => 2,
            Self::Whole(Place::Beside) => 3,
            Self::Whole(Place::Named) => 6,
        }
    }
}

/// The score of a book: the points of all words of the question first, then how little else is in its title.
pub(crate) fn score(points: u32, title_words: u8) -> u32 {
    points * 16 + u32::from(15 - title_words.min(15))
}

/// What a book is sorted by but for its words and its title.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers {
    /// In cents.
    pub(crate) price: u32,
    /// Of first publication.
    pub(crate) year: Option<i16>,
    /// Which book.
    pub(crate) id: ItemId,
}

/// What a book is sorted by in an order that needs no text; the lowest comes first. The best score needs nothing else of it.
pub(crate) fn number(sort: Sort, score: u32, book: impl FnOnce() -> Numbers) -> u64 {
    match sort {
        Sort::Relevance | Sort::Title => u64::from(u32::MAX - score),
        Sort::PriceUp => book().price.into(),
        Sort::PriceDown => u64::from(u32::MAX - book().price),
        Sort::Newest => {
            let Numbers { year, id, .. } = book();
            let age = year.map_or(1 << 16, |year| u64::from(year.abs_diff(i16::MAX)));
            (age << 32) | u64::from(u32::MAX - id.0)
        }
    }
}

//! A book as it stands on a shelf: cover, title, price, stock in words.

use crate::cache::Book;
use crate::cover;
use crate::say::Say;
use crate::words::StockWords;

/// A book in a list.
#[derive(Debug)]
pub(super) struct Card {
    /// Its number.
    pub(super) item: String,
    /// The address of its page.
    pub(super) href: String,
    /// The address of its cover.
    pub(super) cover: String,
    /// Its title.
    pub(super) title: String,
    /// The language that it is in, as a tag; empty where unknown.
    pub(super) language: String,
    /// Who wrote it; empty where unknown.
    pub(super) authors: String,
    /// `12.50 €`.
    pub(super) price: String,
    /// How many are left.
    pub(super) stock: StockWords,
    /// Whether it is seen as soon as the page is there; other covers are fetched when somebody comes near them.
    pub(super) in_sight: bool,
}

impl Card {
    /// The card of a book.
    pub(super) fn of(say: &Say, book: &Book, currency: &str) -> Self {
        let state = book.state();
        Self {
            item: state.id.to_string(),
            href: format!("/books/{}", state.id),
            cover: cover_href(book),
            title: state.title.value.clone(),
            language: state.language.value.clone(),
            authors: say.authors(&state.authors.value),
            price: say.money(state.cost.value.cents().into(), currency),
            stock: StockWords::of(state.count()),
            in_sight: false,
        }
    }
}

/// The address of a book's cover: another picture or drawing, another address.
pub(crate) fn cover_href(book: &Book) -> String {
    if let Some(cover) = book.state().cover.value {
        return format!("/covers/{}.{}?of={}", cover.hash, cover.media.extension(), book.id());
    }
    format!("/covers/{}.svg?v={}", book.id(), cover::version(book.state()))
}

//! A book as it stands on a shelf: cover, title, price, stock in words.

use crate::cache::Book;
use crate::cover;
use crate::words::{StockWords, money};

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
    /// Who wrote it; empty where unknown.
    pub(super) authors: String,
    /// `12.50 €`.
    pub(super) price: String,
    /// `Last copy`.
    pub(super) stock: StockWords,
}

impl Card {
    /// The card of a book.
    pub(super) fn of(book: &Book, currency: &str) -> Self {
        let state = book.state();
        Self {
            item: state.id.to_string(),
            href: format!("/books/{}", state.id),
            cover: cover_href(book),
            title: state.title.value.clone(),
            authors: authors(&state.authors.value),
            price: money(state.cost.value.cents().into(), currency),
            stock: StockWords::of(state.count()),
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

/// `A; B; C` as people write it: `A, B and C`.
pub(super) fn authors(stored: &str) -> String {
    let names: Vec<&str> = stored.split(';').map(str::trim).filter(|name| !name.is_empty()).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_are_listed_the_way_people_write_them() {
        for (stored, written) in [("", ""), ("A", "A"), ("A; B", "A and B"), ("A; B;C ;", "A, B and C")] {
            assert_eq!(authors(stored), written);
        }
    }
}

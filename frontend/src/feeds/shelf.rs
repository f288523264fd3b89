//! What a catalogue of OPDS shows, whatever its format: places that lead to each other, and books.
//!
//! Pure; how it is written is the business of `opds2` (JSON) and `opds1` (Atom).

use crate::cache::Book;
use crate::cursor::Cursor;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;
use wire::ItemId;

/// A version of OPDS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// 1.2: Atom.
    V1,
    /// 2.0: JSON.
    V2,
}

impl Version {
    /// What its addresses begin with.
    pub(super) const fn base(self) -> &'static str {
        match self {
            Self::V1 => "/opds1",
            Self::V2 => "/opds",
        }
    }
}

/// A place in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Where one comes in.
    Start,
    /// What came last.
    New,
    /// All books, by id.
    All(Option<Cursor>),
    /// Those of a topic and of the topics below it.
    Topic(String, Option<Cursor>),
    /// What is found.
    Find(String, Option<String>),
    /// One book.
    Book(ItemId),
}

impl Place {
    /// Its address within the shop.
    pub(super) fn path(&self, version: Version) -> String {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let behind = |cursor: &Option<Cursor>| cursor.map(|cursor| format!("?cursor={cursor}")).unwrap_or_default();
        let path = match self {
            Self::Start => String::new(),
            Self::New => "/new".into(),
            Self::All(cursor) => format!("/books{}", behind(cursor)),
            Self::Topic(topic, cursor) => format!("/topics/{}{}", encoded(topic), behind(cursor)),
            Self::Find(words, None) => format!("/find?query={}", encoded(words)),
            Self::Find(words, Some(cursor)) => format!("/find?query={}&cursor={}", encoded(words), encoded(cursor)),
            Self::Book(id) => format!("/books/{id}"),
        };
        format!("{}{path}", version.base())
    }
}

/// A way from one place to another.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) to: Place,
    pub(super) title: String,
    /// How many titles there are.
    pub(super) titles: Option<u64>,
}

/// A part of the catalogue.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) here: Place,
    pub(super) title: String,
    pub(super) ways: Vec<Way>,
    pub(super) books: Vec<Arc<Book>>,
    /// How many books there are in all parts, where that is known.
    pub(super) total: Option<u64>,
    pub(super) next: Option<Place>,
}

/// What a picture of a book is: its media type, width and height.
pub(super) fn picture(book: &Book) -> (&'static str, u16, u16) {
    let own = book.state().cover.value;
    own.map_or(("image/svg+xml", 240, 360), |cover| (cover.media.media_type(), cover.width, cover.height))
}

/// What an address and a price are written with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    /// Where the shop is: `https://shop.example`; empty where nobody said it in a sound way.
    pub(super) origin: &'a str,
    /// ISO 4217, where it is known: a price without a currency is none.
    pub(super) currency: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_an_address_in_which_nothing_typed_can_begin_something_else() {
        let path = |place: Place| place.path(Version::V2);
        assert_eq!(path(Place::Start), "/opds");
        assert_eq!(path(Place::Book(ItemId(7))), "/opds/books/7");
        assert_eq!(path(Place::Topic("a / b".into(), None)), "/opds/topics/a%20%2F%20b");
        assert_eq!(path(Place::Find("c&d=#".into(), Some("x-y".into()))), "/opds/find?query=c%26d%3D%23&cursor=x%2Dy");
        assert_eq!(Place::New.path(Version::V1), "/opds1/new");
    }
}

//! A book with its answers already rendered, so that a hit copies a pointer and renders nothing.

use bytes::{BufMut as _, Bytes, BytesMut};
use wire::classic::Item;
use wire::{ItemId, ItemState};

const HEAD: &[u8] = b"{\"item\":[";
const TAIL: &[u8] = b"],\"message\":{},\"status\":\"Success\",\"validation_code\":200}";

/// A state of a book, and the body of its classic `GET /lookup`.
#[derive(Debug)]
pub struct Book {
    state: ItemState,
    lookup: Bytes,
}

impl Book {
    /// The book of `state`.
    pub fn new(state: ItemState) -> Self {
        let mut body =
            BytesMut::with_capacity(HEAD.len() + TAIL.len() + 96 + state.title.value.len() + state.topic.value.len());
        body.put_slice(HEAD);
        serde_json::to_writer((&mut body).writer(), &Item::from(&state))
            .expect("a book has only texts and numbers, and memory takes any length");
        body.put_slice(TAIL);
        Self { state, lookup: body.freeze() }
    }

    /// What is known of it.
    pub fn state(&self) -> &ItemState {
        &self.state
    }

    /// Its number.
    pub fn id(&self) -> ItemId {
        self.state.id
    }

    /// The body of `GET /lookup`.
    pub fn lookup(&self) -> Bytes {
        self.lookup.clone()
    }

    /// The book alone, as one row of a list.
    fn row(&self) -> &[u8] {
        &self.lookup[HEAD.len()..self.lookup.len() - TAIL.len()]
    }

    /// About how much memory it takes, in bytes.
    pub fn weight(&self) -> usize {
        let state = &self.state;
        let texts = [&state.title, &state.authors, &state.topic, &state.publisher, &state.description];
        let texts: usize = texts.into_iter().map(|text| text.value.len()).sum();
        // The rest: the stamps, ids, map nodes and the cache's own bookkeeping.
        900 + texts + 64 * self.state.parts.len() + self.lookup.len()
    }
}

/// The body of the classic `GET /search` with these books, in their order.
pub fn list_body<'a>(books: impl Iterator<Item = &'a Book> + Clone) -> Bytes {
    let rows: usize = books.clone().map(|book| book.row().len() + 1).sum();
    let mut body = BytesMut::with_capacity(HEAD.len() + TAIL.len() + rows);
    body.put_slice(HEAD);
    for (position, book) in books.enumerate() {
        if position > 0 {
            body.put_u8(b',');
        }
        body.put_slice(book.row());
    }
    body.put_slice(TAIL);
    body.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{register, state};
    use wire::classic::Items;

    #[test]
    fn the_rendered_bodies_are_the_published_envelope_to_the_byte() {
        let mut hostile = state(2, &[]);
        hostile.title = register("</script>\"\\ \u{202e}日本".into(), 1);
        let books = [Book::new(state(1, &[(1, 1, 7)])), Book::new(hostile)];
        for count in 0..=2 {
            let books = &books[..count];
            let wanted = Items::found(books.iter().map(|book| Item::from(book.state())).collect());
            assert_eq!(list_body(books.iter()), serde_json::to_vec(&wanted).expect("plain data"));
        }
        let wanted = Items::found(vec![Item::from(books[0].state())]);
        assert_eq!(books[0].lookup(), serde_json::to_vec(&wanted).expect("plain data"));
    }
}

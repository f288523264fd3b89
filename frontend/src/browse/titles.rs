//! Books by title, for the classic cart APIs. Nobody else should: a title is no name of a book, and two may share one.

use super::{Answer, Browse};
use crate::cache::Book;
use crate::session::Seen;
use std::sync::Arc;
use wire::ItemId;

/// Books that are looked at together.
const CHUNK: usize = 200;
/// The most of them: the words of a title seldom occur in more other books.
const MOST: usize = 4_000;

impl Browse {
    /// The book with this title, in capitals or not; the one with the lowest number where several have it.
    ///
    /// # Errors
    /// [`Unread::NoCatalog`](super::Unread::NoCatalog).
    pub async fn titled(&self, title: &str, seen: &Seen) -> Answer<Option<Arc<Book>>> {
        let wanted = title.trim().to_lowercase();
        if wanted.is_empty() {
            return Ok(None);
        }
        let mut after: Option<ItemId> = None;
        for _ in 0..MOST / CHUNK {
            // Every book that has the title has its words.
            let part = self.find(title, after, CHUNK, seen).await?.value;
            let found = part.books.into_iter().find(|book| book.state().title.value.trim().to_lowercase() == wanted);
            after = part.next;
            if found.is_some() || after.is_none() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

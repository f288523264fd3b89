//! Searching: the catalogs' index finds the books, and each is shown as it is known now.

use super::lists::any_is_older;
use super::{Browse, Found, Unread};
use crate::cache::{Book, BookList};
use crate::session::Seen;
use std::sync::Arc;
use std::time::Instant;
use wire::Problem;
use wire::search::{Suggestion, Wanted};
use wire::v1;

/// The most books in one answer of a catalog.
const PART: usize = 100;
/// Titles that are suggested.
const SUGGESTED: usize = 8;

/// A part of what was found.
pub type Results = wire::search::Found<Arc<Book>>;

impl Browse {
    /// Asks for what is wanted; where that is more books than one answer has, for one part after the other.
    ///
    /// # Errors
    /// 422 for a question that is wrong, 503 where nobody can answer.
    pub async fn search(&self, mut wanted: Wanted, seen: &Seen) -> Result<Found<Results>, Problem> {
        let most = wanted.limit;
        wanted.limit = most.min(PART);
        let mut found = self.search_part(&wanted, seen).await?;
        while found.value.books.len() < most
            && let Some(next) = found.value.next.take()
        {
            wanted.limit = (most - found.value.books.len()).min(PART);
            wanted.cursor = Some(next);
            let part = self.search_part(&wanted, seen).await?;
            found.stale |= part.stale;
            found.value.next = part.value.next;
            found.value.books.extend(part.value.books);
        }
        Ok(found)
    }

    async fn search_part(&self, wanted: &Wanted, seen: &Seen) -> Result<Found<Results>, Problem> {
        let asked_at = Instant::now();
        self.cache().count_miss();
        let mut found = self.catalogs().search(wanted).await.map_err(Unread::from)??;
        let states = std::mem::take(&mut found.books);
        let list = BookList::new(self.cache().absorb_all(states, asked_at), asked_at);
        let books = match self.caught_up(&list, seen).await {
            Some(books) => books,
            None => list.books().to_vec(),
        };
        let stale = any_is_older(&books, seen);
        let wire::search::Found { total, unfiltered, facets, next, meant, unknown, .. } = found;
        let value = Results { books, total, unfiltered, facets, next, meant, unknown };
        Ok(Found { value, hit: false, stale })
    }

    /// Titles that somebody may be typing; none for nothing typed.
    ///
    /// # Errors
    /// As [`Self::search`].
    pub async fn suggestions(&self, typed: &str) -> Result<Vec<Suggestion>, Problem> {
        if typed.trim().is_empty() {
            return Ok(Vec::new());
        }
        let wanted = Wanted { q: typed.to_owned(), limit: SUGGESTED, ..Wanted::default() };
        let found = self.search_part(&wanted, &Seen::default()).await?;
        let suggestion = |book: &Arc<Book>| {
            let v1::Book { id, title, authors, .. } = v1::Book::from(book.state());
            Suggestion { id, title, authors }
        };
        Ok(found.value.books.iter().map(suggestion).collect())
    }
}

//! Looking at many books: topics, pages of a list, what came last, finding.
//!
//! By the rule of one book, for each of them: a list is shown with the books as they are known now.

use super::{Answer, Browse, Found, Topics, landed};
use crate::cache::{Book, BookList, ListKey};
use crate::session::Seen;
use bytes::Bytes;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, PoisonError};
use std::time::Instant;
use wire::{ItemId, ItemState};

/// Titles that are fetched in one call.
const CHUNK: usize = 1_000;
/// The most titles of one list that are read without a limit given.
const MOST: usize = 200_000;

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Part {
    /// The books.
    pub books: Vec<Arc<Book>>,
    /// The last book of this part, when more follow.
    pub next: Option<ItemId>,
}

impl Part {
    /// Of at most `limit` + 1 books, the first `limit` and whether there was one more.
    fn of(mut books: Vec<Arc<Book>>, limit: usize) -> Self {
        let more = books.len() > limit;
        books.truncate(limit);
        let next = if more { books.last().map(|book| book.id()) } else { None };
        Self { books, next }
    }
}

impl Browse {
    /// The body of the classic list of a topic; an unknown topic is an empty list.
    ///
    /// # Errors
    /// [`NoCatalog`](super::Unread::NoCatalog).
    pub async fn topic_body(&self, topic: &str, seen: &Seen) -> Answer<Found<Bytes>> {
        let known = self.cache().topic(topic).map(|list| (Arc::clone(&list), list.asked_at()));
        let found = match self.at_hand(known.as_ref(), || self.fetch_topic(topic)) {
            Some(found) => found,
            None => Box::pin(self.fetched(known, self.fetch_topic(topic))).await?,
        };
        if let Some(books) = Box::pin(self.caught_up(&found.value, seen)).await {
            let body = crate::cache::list_body(books.iter().map(Arc::as_ref));
            let stale = found.stale || any_is_older(&books, seen);
            return Ok(Found { value: body, hit: found.hit, stale });
        }
        let body = found.value.body_or(self.cache());
        Ok(found.map(|_| body))
    }

    fn fetch_topic(&self, topic: &str) -> impl Future<Output = Answer<Arc<BookList>>> + use<> {
        let (inner, topic) = (Arc::clone(&self.0), Box::<str>::from(topic));
        landed(self.0.topic_flights.ask(topic.clone(), move || async move {
            let asked_at = Instant::now();
            let mut states: Vec<ItemState> = Vec::new();
            loop {
                let after = states.last().map(|state| state.id);
                let chunk = inner.catalogs.books(Some(&topic), false, after, CHUNK).await?;
                let last = chunk.len() < CHUNK;
                states.extend(chunk);
                if last || states.len() >= MOST {
                    break;
                }
            }
            let books = inner.cache.absorb_all(states, asked_at);
            let list = Arc::new(BookList::new(books, asked_at));
            inner.cache.keep_topic(&topic, Arc::clone(&list));
            Ok(list)
        }))
    }

    /// At most `limit` books of a topic (or of every one), in the order of their ids, after the id `after`.
    ///
    /// # Errors
    /// [`NoCatalog`](super::Unread::NoCatalog).
    pub async fn books(
        &self,
        topic: Option<&str>,
        after: Option<ItemId>,
        limit: usize,
        seen: &Seen,
    ) -> Answer<Found<Part>> {
        self.part(topic, false, after, limit, seen).await
    }

    /// The same, with the books of all topics below this one.
    ///
    /// # Errors
    /// [`NoCatalog`](super::Unread::NoCatalog).
    pub async fn books_below(
        &self,
        topic: Option<&str>,
        after: Option<ItemId>,
        limit: usize,
        seen: &Seen,
    ) -> Answer<Found<Part>> {
        self.part(topic, topic.is_some(), after, limit, seen).await
    }

    async fn part(
        &self,
        topic: Option<&str>,
        below: bool,
        after: Option<ItemId>,
        limit: usize,
        seen: &Seen,
    ) -> Answer<Found<Part>> {
        // One more than is shown: that is how one knows whether there is a next page.
        let key = ListKey::Books { topic: topic.map(Into::into), below, after, limit: limit + 1 };
        let found = self.list(key, seen).await?;
        Ok(found.map(|books| Part::of(books, limit)))
    }

    /// At most `limit` other books of the same author or topic.
    ///
    /// # Errors
    /// [`NoCatalog`](super::Unread::NoCatalog).
    pub async fn related(&self, item: ItemId, limit: usize, seen: &Seen) -> Answer<Found<Vec<Arc<Book>>>> {
        self.list(ListKey::Related { item, limit }, seen).await
    }

    /// The titles that came last, the last one first.
    ///
    /// # Errors
    /// [`NoCatalog`](super::Unread::NoCatalog).
    pub async fn newest(&self, limit: usize, seen: &Seen) -> Answer<Found<Vec<Arc<Book>>>> {
        self.list(ListKey::Newest { limit }, seen).await
    }

    async fn list(&self, key: ListKey, seen: &Seen) -> Answer<Found<Vec<Arc<Book>>>> {
        let known = self.cache().list(&key).map(|list| (Arc::clone(&list), list.asked_at()));
        let found = self.fresh(known, || self.fetch_list(&key)).await?;
        let books = match self.caught_up(&found.value, seen).await {
            Some(books) => books,
            None => self.cache().current(&found.value),
        };
        let stale = found.stale || any_is_older(&books, seen);
        Ok(Found { value: books, hit: found.hit, stale })
    }

    fn fetch_list(&self, key: &ListKey) -> impl Future<Output = Answer<Arc<BookList>>> + use<> {
        let (inner, key) = (Arc::clone(&self.0), key.clone());
        landed(self.0.list_flights.ask(key.clone(), move || async move {
            let asked_at = Instant::now();
            let states = match &key {
                ListKey::Books { topic, below, after, limit } => {
                    inner.catalogs.books(topic.as_deref(), *below, *after, *limit).await?
                }
                ListKey::Related { item, limit } => inner.catalogs.related(*item, *limit).await?,
                ListKey::Newest { limit } => inner.catalogs.newest(*limit).await?,
            };
            let books = inner.cache.absorb_all(states, asked_at);
            let list = Arc::new(BookList::new(books, asked_at));
            inner.cache.keep_list(key, Arc::clone(&list));
            Ok(list)
        }))
    }

    /// The books of a list, when the session has seen one of them change that the cache does not know of yet.
    pub(super) async fn caught_up(&self, list: &BookList, seen: &Seen) -> Option<Vec<Arc<Book>>> {
        let mut replaced = HashMap::new();
        for item in seen.items() {
            let Some(listed) = list.books().iter().find(|book| book.id() == item) else { continue };
            let current = self.cache().book(item).map_or_else(|| Arc::clone(listed), |known| known.book);
            if !seen.allows(current.state()) {
                replaced.insert(item, self.catch_up(&current, seen).await);
            }
        }
        if replaced.is_empty() {
            return None;
        }
        let mut books = self.cache().current(list);
        for book in &mut books {
            if let Some(newer) = replaced.remove(&book.id()) {
                *book = newer;
            }
        }
        Some(books)
    }

    /// At most `limit` books in whose title or authors every word occurs, in the order of their ids.
    ///
    /// # Errors
    /// [`NoCatalog`](super::Unread::NoCatalog).
    pub async fn find(&self, words: &str, after: Option<ItemId>, limit: usize, seen: &Seen) -> Answer<Found<Part>> {
        let asked_at = Instant::now();
        self.cache().count_miss();
        let states = self.catalogs().find(words, after, limit + 1).await?;
        let list = BookList::new(self.cache().absorb_all(states, asked_at), asked_at);
        let books = match self.caught_up(&list, seen).await {
            Some(books) => books,
            None => list.books().to_vec(),
        };
        let stale = any_is_older(&books, seen);
        Ok(Found { value: Part::of(books, limit), hit: false, stale })
    }

    /// The topics, by name.
    ///
    /// # Errors
    /// [`NoCatalog`](super::Unread::NoCatalog).
    pub async fn topics(&self) -> Answer<Found<Topics>> {
        let known = self.0.topics.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let inner = Arc::clone(&self.0);
        let fetch = || {
            let inner = Arc::clone(&inner);
            landed(self.0.topics_flights.ask((), move || async move {
                let asked_at = Instant::now();
                let topics = Arc::new(inner.catalogs.topics().await?);
                *inner.topics.lock().unwrap_or_else(PoisonError::into_inner) = Some((Arc::clone(&topics), asked_at));
                Ok(topics)
            }))
        };
        self.fresh(known, fetch).await
    }
}

/// Whether a session has seen one of these as it was later.
pub(super) fn any_is_older(books: &[Arc<Book>], seen: &Seen) -> bool {
    books.iter().any(|book| !seen.allows(book.state()))
}

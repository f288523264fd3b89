//! Looking at books: topics, lists, one book, finding. The same for pages and for the JSON API.
//!
//! Every read follows one rule: show what is fresh, fetch what is not, and when no catalog answers show what was known,
//! marked as stale. A session that has seen a book change is never shown an older state while any replica has a newer
//! one. How answers are joined is `cache.rs`' business, who is asked is `catalogs.rs`', and what it looks like is that
//! of `pages/` and `api/`.

use crate::cache::{Age, Book, BookList, Cache, Flight, Flights, ListKey, News};
use crate::catalogs::{Catalogs, NoCatalog};
use crate::session::Seen;
use bytes::Bytes;
use futures::StreamExt as _;
use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use wire::item::TopicCount;
use wire::{ItemId, ItemState, Problem};

/// How long to look for a state that a session has seen, before the best one is shown.
const CATCH_UP: Duration = Duration::from_millis(300);
/// Between two rounds of looking for it.
const ROUND: Duration = Duration::from_millis(20);
/// Titles that are fetched in one call.
const CHUNK: usize = 1_000;
/// The most titles of one list that are read without a limit given.
const MOST: usize = 200_000;

/// What was found, and how.
#[derive(Clone, Debug)]
pub struct Found<T> {
    /// It.
    pub value: T,
    /// Whether the cache had it.
    pub hit: bool,
    /// Whether it may be old, because no catalog answers.
    pub stale: bool,
}

impl<T> Found<T> {
    /// The same find of something made of it.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Found<U> {
        Found { value: make(self.value), hit: self.hit, stale: self.stale }
    }
}

/// Why something can't be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// No catalog knows such a book.
    #[error("no such item: {0}")]
    NoSuchItem(ItemId),
    /// No catalog answers, and it is not in the cache.
    #[error(transparent)]
    NoCatalog(#[from] NoCatalog),
}

impl From<Unread> for Problem {
    fn from(why: Unread) -> Self {
        match why {
            Unread::NoSuchItem(item) => wire::shortfall::no_such_item(item),
            Unread::NoCatalog(why) => why.into(),
        }
    }
}

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

type Topics = Arc<Vec<TopicCount>>;
type Answer<T> = Result<T, Unread>;

/// What browsing needs; clones share it.
#[derive(Clone)]
pub struct Browse(Arc<Inner>);

struct Inner {
    cache: Cache,
    catalogs: Catalogs,
    topics: Mutex<Option<(Topics, Instant)>>,
    book_flights: Flights<ItemId, Answer<Arc<Book>>>,
    topic_flights: Flights<Box<str>, Answer<Arc<BookList>>>,
    list_flights: Flights<ListKey, Answer<Arc<BookList>>>,
    topics_flights: Flights<(), Answer<Topics>>,
}

impl Browse {
    /// Browsing these catalogs.
    pub fn new(cache: Cache, catalogs: Catalogs) -> Self {
        Self(Arc::new(Inner {
            cache,
            catalogs,
            topics: Mutex::default(),
            book_flights: Flights::default(),
            topic_flights: Flights::default(),
            list_flights: Flights::default(),
            topics_flights: Flights::default(),
        }))
    }

    /// The cache, to be counted and told of news.
    pub fn cache(&self) -> &Cache {
        &self.0.cache
    }

    /// The catalogs, to be shown.
    pub fn catalogs(&self) -> &Catalogs {
        &self.0.catalogs
    }

    /// One book.
    ///
    /// # Errors
    /// [`Unread`].
    pub async fn book(&self, item: ItemId, seen: &Seen) -> Answer<Found<Arc<Book>>> {
        let known = self.cache().book(item).map(|known| (known.book, known.asked_at));
        // What nearly nobody needs is boxed, so that it does not weigh on a hit.
        let found = match self.at_hand(known.as_ref(), || self.fetch_book(item)) {
            Some(found) => found,
            None => Box::pin(self.book_fetched(item, known, seen)).await?,
        };
        if seen.allows(found.value.state()) {
            return Ok(found);
        }
        let value = Box::pin(self.catch_up(&found.value, seen)).await;
        // Older than what this session has seen, and the best there is: shown as what it is.
        let stale = found.stale || !seen.allows(value.state());
        Ok(Found { value, hit: false, stale })
    }

    async fn book_fetched(
        &self,
        item: ItemId,
        known: Option<(Arc<Book>, Instant)>,
        seen: &Seen,
    ) -> Answer<Found<Arc<Book>>> {
        if known.is_none() && !seen.knows(item) && self.cache().is_unknown(item) {
            self.cache().count_hit();
            return Err(Unread::NoSuchItem(item));
        }
        self.fetched(known, self.fetch_book(item)).await
    }

    /// What is known when it is fresh enough, else what `fetch` brings, else what is known after all.
    async fn fresh<T: Clone, F>(&self, known: Option<(T, Instant)>, fetch: impl Fn() -> F) -> Answer<Found<T>>
    where
        F: Future<Output = Answer<T>>,
    {
        match self.at_hand(known.as_ref(), &fetch) {
            Some(found) => Ok(found),
            None => self.fetched(known, fetch()).await,
        }
    }

    /// What is known, when it is fresh enough. When it won't be for much longer, `fetch` is called and begins behind the
    /// answer: nobody has to wait for it.
    fn at_hand<T: Clone, F>(&self, known: Option<&(T, Instant)>, fetch: impl Fn() -> F) -> Option<Found<T>> {
        let (value, asked_at) = known?;
        match Age::of(*asked_at, Instant::now()) {
            Age::Fresh => (),
            Age::Ageing => drop(fetch()),
            Age::Expired | Age::TooOld => return None,
        }
        self.cache().count_hit();
        Some(Found { value: value.clone(), hit: true, stale: false })
    }

    /// What `fetch` brings; when no catalog answers, what was known, unless it is too old to be shown.
    async fn fetched<T>(
        &self,
        known: Option<(T, Instant)>,
        fetch: impl Future<Output = Answer<T>>,
    ) -> Answer<Found<T>> {
        self.cache().count_miss();
        let shown = |asked_at: Instant| Age::of(asked_at, Instant::now()) < Age::TooOld;
        match (fetch.await, known) {
            (Ok(value), _) => Ok(Found { value, hit: false, stale: false }),
            (Err(Unread::NoCatalog(_)), Some((value, asked_at))) if shown(asked_at) => {
                Ok(Found { value, hit: true, stale: true })
            }
            (Err(why), _) => Err(why),
        }
    }

    fn fetch_book(&self, item: ItemId) -> impl Future<Output = Answer<Arc<Book>>> + use<> {
        let inner = Arc::clone(&self.0);
        landed(self.0.book_flights.ask(item, move || async move {
            let asked_at = Instant::now();
            let Some(state) = inner.catalogs.item(item).await? else {
                inner.cache.note_unknown(item);
                return Err(Unread::NoSuchItem(item));
            };
            let known = inner.cache.absorb(News { state, asked_at: Some(asked_at) });
            known.map(|known| known.book).ok_or(Unread::NoSuchItem(item))
        }))
    }

    /// Looks for a state of `book` that contains what the session has seen, at every catalog; the best one otherwise.
    async fn catch_up(&self, book: &Arc<Book>, seen: &Seen) -> Arc<Book> {
        let mut best = Arc::clone(book);
        let search = async {
            loop {
                let asked_at = Instant::now();
                let mut states = pin!(self.catalogs().item_everywhere(book.id()));
                while let Some(mut state) = states.next().await {
                    // Joined here as well: the cache may have been switched off or have no room.
                    state.join(best.state().clone());
                    if let Some(known) = self.cache().absorb(News { state, asked_at: Some(asked_at) }) {
                        best = known.book;
                    }
                    if seen.allows(best.state()) {
                        return;
                    }
                }
                tokio::time::sleep(ROUND).await;
            }
        };
        if tokio::time::timeout(CATCH_UP, search).await.is_err() {
            tracing::info!(item = %book.id(), "no replica has what this session has seen");
        }
        best
    }

    /// The body of the classic list of a topic; an unknown topic is an empty list.
    ///
    /// # Errors
    /// [`Unread::NoCatalog`].
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
                let chunk = inner.catalogs.books(Some(&topic), after, CHUNK).await?;
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
    /// [`Unread::NoCatalog`].
    pub async fn books(
        &self,
        topic: Option<&str>,
        after: Option<ItemId>,
        limit: usize,
        seen: &Seen,
    ) -> Answer<Found<Part>> {
        // One more than is shown: that is how one knows whether there is a next page.
        let found = self.list(ListKey::Books { topic: topic.map(Into::into), after, limit: limit + 1 }, seen).await?;
        Ok(found.map(|books| Part::of(books, limit)))
    }

    /// The titles that came last, the last one first.
    ///
    /// # Errors
    /// [`Unread::NoCatalog`].
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
                ListKey::Books { topic, after, limit } => {
                    inner.catalogs.books(topic.as_deref(), *after, *limit).await?
                }
                ListKey::Newest { limit } => inner.catalogs.newest(*limit).await?,
            };
            let books = inner.cache.absorb_all(states, asked_at);
            let list = Arc::new(BookList::new(books, asked_at));
            inner.cache.keep_list(key, Arc::clone(&list));
            Ok(list)
        }))
    }

    /// The books of a list, when the session has seen one of them change that the cache does not know of yet.
    async fn caught_up(&self, list: &BookList, seen: &Seen) -> Option<Vec<Arc<Book>>> {
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
    /// [`Unread::NoCatalog`].
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
    /// [`Unread::NoCatalog`].
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

    /// Fetches a book although it may be fresh: somebody has just learnt that it has changed.
    ///
    /// It is being fetched whether or not anybody waits for it.
    pub fn refill(&self, item: ItemId) -> impl Future<Output = ()> + use<> {
        let fetched = self.fetch_book(item);
        async move {
            // Whoever reads next sees what came of it.
            let _ = fetched.await;
        }
    }

    /// Takes in what a catalog pushed.
    pub fn pushed(&self, states: Vec<ItemState>) {
        for state in states {
            self.cache().absorb(News { state, asked_at: None });
        }
    }
}

/// Whether a session has seen one of these as it was later.
fn any_is_older(books: &[Arc<Book>], seen: &Seen) -> bool {
    books.iter().any(|book| !seen.allows(book.state()))
}

/// The answer of a question that many may have asked; its task only ends without one when the process does.
async fn landed<T: Clone + Send + Sync + 'static>(flight: Flight<Answer<T>>) -> Answer<T> {
    flight.await.unwrap_or_else(|| Err(NoCatalog::stopping().into()))
}

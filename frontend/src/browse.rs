//! Looking at books: topics, lists, one book, finding. The same for pages and for the JSON API.
//!
//! Every read follows one rule: show what is fresh, fetch what is not, and when no catalog answers show what was known,
//! marked as stale. A session that has seen a book change is never shown an older state while any replica has a newer
//! one. Lists are in `lists`. How answers are joined is `cache.rs`' business, who is asked is `catalogs.rs`', and what it looks like is that
//! of `pages/` and `api/`.

mod lists;
mod search;
mod titles;

use crate::cache::{Age, Book, BookList, Cache, Flight, Flights, ListKey, News};
use crate::catalogs::{Catalogs, NoCatalog};
use crate::session::Seen;
use futures::StreamExt as _;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use wire::item::TopicCount;
use wire::{ItemId, ItemState, Problem};

/// How long to look for a state that a session has seen, before the best one is shown.
const CATCH_UP: Duration = Duration::from_millis(300);
/// Between two rounds of looking for it.
const ROUND: Duration = Duration::from_millis(20);

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

pub use lists::Part;
pub use search::Results;

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

/// The answer of a question that many may have asked; its task only ends without one when the process does.
async fn landed<T: Clone + Send + Sync + 'static>(flight: Flight<Answer<T>>) -> Answer<T> {
    flight.await.unwrap_or_else(|| Err(NoCatalog::stopping().into()))
}

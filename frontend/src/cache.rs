//! What this frontend remembers of the catalogs' answers, and why it never shows an older one after a newer.
//!
//! What is kept is the *mergeable* state of a book, never a bare count, and everything that comes in (answers, pushes,
//! receipts) goes through [`Cache::absorb`], which joins old and new under the key's lock. So a late, stale answer does
//! no harm and nothing needs to be invalidated. Lists keep who is on them, and a rendered body that is thrown away when
//! one of their books changes. Asking the catalogs is `browse.rs`' business.

mod book;
mod flights;
pub mod freshness;
mod list;

pub use book::{Book, list_body};
pub use flights::{Flight, Flights};
pub use freshness::{Age, Known, News};
pub use list::{BookList, ListKey};

use freshness::{Joined, join};
use metrics::Counter;
use moka::ops::compute::{CompResult, Op};
use moka::sync::Cache as Moka;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use wire::{ItemId, ItemState};

/// Books take at most this much memory, in bytes: about 15,000 of them.
const BOOKS_BYTES: u64 = 16 * 1024 * 1024;
/// Lists and their rendered bodies take at most this much, in bytes.
const LISTS_BYTES: u64 = 16 * 1024 * 1024;
/// So many ids that no catalog knows are remembered.
const MOST_UNKNOWN: u64 = 10_000;
/// So long such an id is remembered: somebody may be adding the book.
const UNKNOWN_TTL: Duration = Duration::from_secs(1);
/// So long a book or list nobody asks for is kept.
const IDLE: Duration = Duration::from_mins(15);

/// How the cache works; the two others exist to measure against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheMode {
    /// Old and new are joined.
    #[default]
    Join,
    /// Nothing is remembered.
    Off,
    /// Everything is forgotten whenever somebody buys something.
    ClearOnBuy,
}

impl FromStr for CacheMode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "join" => Ok(Self::Join),
            "off" => Ok(Self::Off),
            "clear-on-buy" => Ok(Self::ClearOnBuy),
            _ => Err("write join, off or clear-on-buy"),
        }
    }
}

/// Books and lists of books, as this frontend knows them.
pub struct Cache {
    mode: CacheMode,
    books: Moka<ItemId, Known>,
    unknown: Moka<ItemId, ()>,
    topics: Moka<String, Arc<BookList>>,
    lists: Moka<ListKey, Arc<BookList>>,
    hits: Count,
    misses: Count,
}

/// Counted twice: for the about page, and for Prometheus.
struct Count {
    here: AtomicU64,
    metric: Counter,
}

impl Count {
    fn new(metric: Counter) -> Self {
        Self { here: AtomicU64::new(0), metric }
    }

    fn add(&self) {
        self.here.fetch_add(1, Ordering::Relaxed);
        self.metric.increment(1);
    }

    fn so_far(&self) -> u64 {
        self.here.load(Ordering::Relaxed)
    }
}

/// How well the cache works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// Books in it.
    pub items: u64,
    /// Questions it answered.
    pub hits: u64,
    /// Questions it passed on to a catalog.
    pub misses: u64,
}

impl Cache {
    /// An empty cache.
    pub fn new(mode: CacheMode) -> Self {
        let weight = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        Self {
            mode,
            books: Moka::builder()
                .max_capacity(BOOKS_BYTES)
                .weigher(move |_, known: &Known| weight(known.book.weight()))
                .time_to_idle(IDLE)
                .build(),
            unknown: Moka::builder().max_capacity(MOST_UNKNOWN).time_to_live(UNKNOWN_TTL).build(),
            topics: Moka::builder()
                .max_capacity(LISTS_BYTES / 2)
                .weigher(move |topic: &String, list: &Arc<BookList>| weight(topic.len() + list.weight()))
                .time_to_idle(IDLE)
                .build(),
            lists: Moka::builder()
                .max_capacity(LISTS_BYTES / 2)
                .weigher(move |key: &ListKey, list: &Arc<BookList>| weight(key.weight() + list.weight()))
                .time_to_idle(IDLE)
                .build(),
            hits: Count::new(metrics::counter!("frontend_cache_hits_total")),
            misses: Count::new(metrics::counter!("frontend_cache_misses_total")),
        }
    }

    /// The book as it is known; how old that is, is the caller's business.
    pub fn book(&self, item: ItemId) -> Option<Known> {
        self.books.get(&item)
    }

    /// Takes in what has been learnt of a book, and returns the book as it is known now.
    ///
    /// `None` for a push of a book that nobody has asked for. The one way into the cache.
    pub fn absorb(&self, news: News) -> Option<Known> {
        if self.mode == CacheMode::Off {
            return match join(None, news) {
                Joined::NotWanted => None,
                Joined::Same(known) | Joined::Changed(known) => Some(known),
            };
        }
        let item = news.state.id;
        let mut changed = None;
        let done = self.books.entry(item).and_compute_with(|old| {
            let old = old.map(moka::Entry::into_value);
            match join(old.clone(), news) {
                Joined::NotWanted => Op::Nop,
                Joined::Same(known) => Op::Put(known),
                Joined::Changed(known) => {
                    changed = Some((old, known.clone()));
                    Op::Put(known)
                }
            }
        });
        if let Some((old, new)) = changed {
            self.unknown.invalidate(&item);
            self.retouch(old.as_ref(), &new);
        }
        match done {
            CompResult::Inserted(entry) | CompResult::ReplacedWith(entry) | CompResult::Unchanged(entry) => {
                Some(entry.into_value())
            }
            CompResult::StillNone(_) | CompResult::Removed(_) => None,
        }
    }

    /// Takes in the states of books that were asked for at `asked_at`, in their order.
    pub fn absorb_all(&self, states: Vec<ItemState>, asked_at: Instant) -> Vec<Arc<Book>> {
        let mut books = Vec::with_capacity(states.len());
        for state in states {
            // News that was asked for is always kept.
            books.extend(self.absorb(News { state, asked_at: Some(asked_at) }).map(|known| known.book));
        }
        books
    }

    /// The rendered bodies of lists with this book are no longer true.
    fn retouch(&self, old: Option<&Known>, new: &Known) {
        let topic = &new.book.state().topic.value;
        if let Some(list) = self.topics.get(topic.as_str()) {
            list.retouch();
        }
        if let Some(before) = old.map(|old| &old.book.state().topic.value).filter(|before| *before != topic)
            && let Some(list) = self.topics.get(before.as_str())
        {
            list.retouch();
        }
    }

    /// Whether catalogs were asked for this id a moment ago and did not know it.
    pub fn is_unknown(&self, item: ItemId) -> bool {
        self.unknown.get(&item).is_some()
    }

    /// Remembers for a moment that no catalog knows this id.
    pub fn note_unknown(&self, item: ItemId) {
        if self.mode != CacheMode::Off {
            self.unknown.insert(item, ());
        }
    }

    /// All books of a topic.
    pub fn topic(&self, topic: &str) -> Option<Arc<BookList>> {
        self.topics.get(topic)
    }

    /// Keeps all books of a topic.
    pub fn keep_topic(&self, topic: &str, list: Arc<BookList>) {
        if self.mode != CacheMode::Off {
            self.topics.insert(topic.into(), list);
        }
    }

    /// A part of a list.
    pub fn list(&self, key: &ListKey) -> Option<Arc<BookList>> {
        self.lists.get(key)
    }

    /// Keeps a part of a list.
    pub fn keep_list(&self, key: ListKey, list: Arc<BookList>) {
        if self.mode != CacheMode::Off {
            self.lists.insert(key, list);
        }
    }

    /// The books of a list as they are known now, which may be newer than when the list was fetched.
    pub fn current(&self, list: &BookList) -> Vec<Arc<Book>> {
        let mut books = Vec::with_capacity(list.books().len());
        for book in list.books() {
            books.push(self.book(book.id()).map_or_else(|| Arc::clone(book), |known| known.book));
        }
        books
    }

    /// Somebody has bought something; to be called before the receipt's books are taken in.
    pub fn bought(&self) {
        if self.mode == CacheMode::ClearOnBuy {
            self.books.invalidate_all();
            self.topics.invalidate_all();
            self.lists.invalidate_all();
        }
    }

    /// Counts a question that the cache answered.
    pub fn count_hit(&self) {
        self.hits.add();
    }

    /// Counts a question that had to be passed on.
    pub fn count_miss(&self) {
        self.misses.add();
    }

    /// How well it works.
    pub fn tally(&self) -> Tally {
        Tally { items: self.books.entry_count(), hits: self.hits.so_far(), misses: self.misses.so_far() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::state;

    fn asked(state: ItemState) -> News {
        News { state, asked_at: Some(Instant::now()) }
    }

    #[test]
    fn answers_that_come_at_once_and_out_of_order_are_all_in_the_joined_book() {
        let cache = Arc::new(Cache::new(CacheMode::Join));
        let coming: Vec<_> = (1..=50_u64)
            .rev()
            .flat_map(|seq| [(1, seq), (2, seq)])
            .map(|(actor, seq)| {
                let cache = Arc::clone(&cache);
                let net = 100 - i64::try_from(seq).expect("small");
                std::thread::spawn(move || cache.absorb(asked(state(1, &[(actor, seq, net)]))))
            })
            .collect();
        for answer in coming {
            answer.join().expect("no panic");
        }
        let known = cache.book(ItemId(1)).expect("it was asked for");
        assert_eq!(*known.book.state(), state(1, &[(1, 50, 50), (2, 50, 50)]));
    }

    #[test]
    fn a_change_of_one_book_renders_its_topic_anew_and_no_other() {
        let cache = Cache::new(CacheMode::Join);
        let books = cache.absorb_all(vec![state(1, &[(1, 1, 5)]), state(2, &[(1, 1, 5)])], Instant::now());
        let list = Arc::new(BookList::new(books, Instant::now()));
        cache.keep_topic("novels", Arc::clone(&list));
        let first = list.body_or(&cache);
        assert_eq!(list.body_or(&cache).as_ptr(), first.as_ptr(), "rendered once");

        cache.absorb(News { state: state(2, &[(1, 2, 4)]), asked_at: None });
        let second = list.body_or(&cache);
        assert_ne!(second, first);
        assert!(String::from_utf8_lossy(&second).contains("\"count\":4"));
    }

    #[test]
    fn an_unknown_id_is_forgotten_as_soon_as_the_book_comes() {
        let cache = Cache::new(CacheMode::Join);
        cache.note_unknown(ItemId(9));
        assert!(cache.is_unknown(ItemId(9)));
        cache.absorb(asked(state(9, &[])));
        assert!(!cache.is_unknown(ItemId(9)));
    }

    #[test]
    fn switched_off_it_remembers_nothing() {
        let cache = Cache::new(CacheMode::Off);
        assert!(cache.absorb(asked(state(1, &[]))).is_some());
        assert!(cache.book(ItemId(1)).is_none());
    }

    #[test]
    fn clear_on_buy_forgets_everything_and_join_nothing() {
        for (mode, stays) in [(CacheMode::ClearOnBuy, false), (CacheMode::Join, true)] {
            let cache = Cache::new(mode);
            cache.absorb(asked(state(1, &[])));
            cache.bought();
            assert_eq!(cache.book(ItemId(1)).is_some(), stays, "{mode:?}");
        }
    }

    #[test]
    fn memory_is_bounded_by_weight() {
        let cache = Cache::new(CacheMode::Join);
        for id in 0..40_000 {
            cache.absorb(asked(state(id, &[(1, 1, 1)])));
        }
        cache.books.run_pending_tasks();
        assert!(cache.books.weighted_size() <= BOOKS_BYTES);
        assert!(cache.books.entry_count() > 1_000);
    }
}

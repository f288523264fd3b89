//! Who is on a list, and the list's rendered body for as long as it is true.
//!
//! A list doesn't keep its books up to date: the one place for that is the cache of books. It only knows that one of
//! them has changed, and renders its body anew when somebody asks for it.

use crate::cache::{Book, Cache, list_body};
use bytes::Bytes;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use wire::ItemId;

/// Which part of which list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ListKey {
    /// Some books of a topic, after an id.
    Books {
        /// The topic; `None` for every one.
        topic: Option<Box<str>>,
        /// Whether those of the topics below it are wanted too.
        below: bool,
        /// The last book that is not wanted any more.
        after: Option<ItemId>,
        /// How many.
        limit: usize,
    },
    /// Other books of the same author or topic.
    Related {
        /// As which book.
        item: ItemId,
        /// How many.
        limit: usize,
    },
    /// The titles that came last.
    Newest {
        /// How many.
        limit: usize,
    },
}

impl ListKey {
    /// About how much memory it takes, in bytes.
    pub fn weight(&self) -> usize {
        match self {
            Self::Books { topic, .. } => 64 + topic.as_ref().map_or(0, |topic| topic.len()),
            Self::Newest { .. } | Self::Related { .. } => 64,
        }
    }
}

/// A list of books.
#[derive(Debug)]
pub struct BookList {
    books: Vec<Arc<Book>>,
    asked_at: Instant,
    /// Counts the changes of its books.
    changes: AtomicU64,
    /// The body, and which count of changes it was rendered at.
    body: Mutex<Option<(u64, Bytes)>>,
}

impl BookList {
    /// The list of `books`, which was asked for at `asked_at`.
    pub fn new(books: Vec<Arc<Book>>, asked_at: Instant) -> Self {
        Self { books, asked_at, changes: AtomicU64::new(0), body: Mutex::new(None) }
    }

    /// The books as they were when the list was fetched.
    pub fn books(&self) -> &[Arc<Book>] {
        &self.books
    }

    /// When the list was asked for.
    pub fn asked_at(&self) -> Instant {
        self.asked_at
    }

    /// One of its books has changed.
    pub(super) fn retouch(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
    }

    /// The body of the classic `GET /search` with these books: the one rendered before, while it is true.
    pub fn body_or(&self, cache: &Cache) -> Bytes {
        // Counted before the books are read: a change in between only makes the next asker render again.
        let changes = self.changes.load(Ordering::Acquire);
        if let Some((at, body)) = &*self.body.lock().unwrap_or_else(PoisonError::into_inner)
            && *at == changes
        {
            return body.clone();
        }
        let current = cache.current(self);
        let body = list_body(current.iter().map(Arc::as_ref));
        *self.body.lock().unwrap_or_else(PoisonError::into_inner) = Some((changes, body.clone()));
        body
    }

    /// About how much memory it will take with its body, in bytes; its books are mostly the cache's own.
    pub fn weight(&self) -> usize {
        200 + self.books.iter().map(|book| 16 + book.lookup().len()).sum::<usize>()
    }
}

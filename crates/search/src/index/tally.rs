//! Counting the documents that match, and keeping the best of them, in one pass.
//!
//! A document that fails one filter only still counts where that filter is chosen: these are the numbers that people see
//! beside the choices they did not make.

use super::Found;
use crate::Failed;
use crate::ask::{Ask, MOST_HITS, Sort};
use crate::columns::{Columns, Counted, Dictionary};
use crate::cursor::{Cursor, Key};
use crate::facets::{BOUNDS, Facets, Fails, bands, sorted};
use crate::rank::{number, score};
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;
use tantivy::columnar::StrColumn;
use wire::{ItemId, topic};

/// The number of a name that no book has.
const NO_NAME: u32 = u32::MAX;

/// What is known of the answer so far.
pub(super) struct Tally<'a> {
    ask: &'a Ask,
    dictionary: &'a Dictionary,
    /// Of each topic by its number, whether it is the one that is filtered by or below it.
    held: Option<Vec<bool>>,
    /// The number of the language that is filtered by.
    language: Option<u32>,
    topics: Vec<u64>,
    languages: Vec<u64>,
    prices: [u64; BOUNDS.len() + 1],
    available: [u64; 2],
    total: u64,
    unfiltered: u64,
    /// One more than are wanted, so that it is known whether it goes on.
    best: Vec<(Key, ItemId)>,
    wanted: usize,
}

/// The pass over one segment.
pub(super) struct Part<'a, 'b> {
    tally: &'b mut Tally<'a>,
    columns: &'b Columns,
    /// The worst of the best on top: by number (of a title, its place in the segment), then by id.
    heap: BinaryHeap<(u64, u32)>,
    /// Only behind this.
    after: Option<(u64, u32)>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(ask: &'a Ask, dictionary: &'a Dictionary) -> Self {
        let filters = &ask.filters;
        Self {
            ask,
            dictionary,
            held: filters
                .topic
                .as_ref()
                .map(|topic| dictionary.topics.all().iter().map(|other| topic::holds(topic, other)).collect()),
            language: filters.language.as_ref().map(|code| dictionary.languages.known(code).unwrap_or(NO_NAME)),
            topics: vec![0; dictionary.topics.all().len()],
            languages: vec![0; dictionary.languages.all().len()],
            prices: [0; BOUNDS.len() + 1],
            available: [0; 2],
            total: 0,
            unfiltered: 0,
            best: Vec::new(),
            wanted: ask.limit.min(MOST_HITS) + 1,
        }
    }

    /// Begins with a segment.
    pub(super) fn part<'b>(&'b mut self, columns: &'b Columns) -> Result<Part<'a, 'b>, Failed> {
        let after = match &self.ask.after {
            None => None,
            Some(Cursor { key: Key::Number(number), id, .. }) => Some((*number, id.0)),
            Some(Cursor { key: Key::Title(title), id, .. }) => Some(behind(columns.titles.as_ref(), title, *id)?),
        };
        Ok(Part { heap: BinaryHeap::with_capacity(self.wanted + 1), tally: self, columns, after })
    }

    /// Counts a document with a price; returns whether it is one of those that are wanted.
    fn count(&mut self, book: Counted, price: impl Fn() -> u32) -> bool {
        self.unfiltered += 1;
        let filters = &self.ask.filters;
        let fails = Fails {
            topic: self.held.as_ref().is_some_and(|held| !held[book.topic as usize]),
            language: self.language.is_some_and(|language| language != u32::from(book.language)),
            price: Fails::price_of(filters, price),
            available: filters.available.is_some_and(|available| available != book.available()),
        };
        // Whether it fails is a guess that a processor loses often: it adds nothing instead of deciding.
        let Fails { topic, language, price, available } = fails;
        self.topics[book.topic as usize] += u64::from(!(language | price | available));
        self.languages[usize::from(book.language)] += u64::from(!(topic | price | available));
        self.prices[book.band()] += u64::from(!(topic | language | available));
        self.available[usize::from(book.available())] += u64::from(!(topic | language | price));
        let all = !(topic | language | price | available);
        self.total += u64::from(all);
        all
    }

    /// The answer.
    pub(super) fn found(mut self, limit: usize, cursor: impl Fn(Key, ItemId) -> Cursor) -> Found {
        self.best.sort_unstable();
        let more = self.best.len() > limit;
        self.best.truncate(limit);
        let named = |names: &[Arc<str>], books: &[u64]| {
            sorted(names.iter().zip(books).map(|(name, books)| (name.to_string(), *books)).collect())
        };
        Found {
            ids: self.best.iter().map(|(_, id)| *id).collect(),
            total: self.total,
            unfiltered: self.unfiltered,
            facets: Facets {
                topics: sorted(with_those_above(self.dictionary.topics.all(), &self.topics)),
                languages: named(self.dictionary.languages.all(), &self.languages),
                prices: bands(&self.prices),
                available: self.available[1],
                sold_out: self.available[0],
            },
            next: self.best.last().filter(|_| more).map(|(key, id)| cursor(key.clone(), *id)),
            lenient: false,
            unknown: Vec::new(),
        }
    }
}

/// Topics with how many books they have, those below them among them.
fn with_those_above(names: &[Arc<str>], books: &[u64]) -> Vec<(String, u64)> {
    let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, books) in names.iter().zip(books).filter(|(_, books)| **books > 0) {
        for topic in topic::above(name).chain([&**name]) {
            *counted.entry(topic).or_default() += books;
        }
    }
    counted.into_iter().map(|(topic, books)| (topic.to_owned(), books)).collect()
}

impl Part<'_, '_> {
    /// Takes a document with its points.
    pub(super) fn take(&mut self, doc: u32, points: u32) {
        let doc = doc as usize;
        let book = self.columns.counted[doc];
        if !self.tally.count(book, || self.columns.sorted[doc].price) {
            return;
        }
        let key = match self.tally.ask.sort {
            Sort::Title => u64::from(self.columns.sorted[doc].title),
            Sort::Relevance if self.tally.ask.query.words.is_empty() => 0,
            sort => number(sort, score(points, book.title_words), || self.columns.sorted[doc].numbers()),
        };
        let full = self.heap.len() >= self.tally.wanted;
        let worst = self.heap.peek().copied().filter(|_| full);
        // Most are not among the best, and which one it is need not be asked of those.
        if worst.is_some_and(|(worst, _)| key > worst) {
            return;
        }
        let place = (key, self.columns.sorted[doc].id);
        if worst.is_some_and(|worst| place >= worst) || self.after.is_some_and(|after| place <= after) {
            return;
        }
        if full {
            self.heap.pop();
        }
        self.heap.push(place);
    }

    /// Ends with the segment.
    pub(super) fn finish(self) -> Result<(), Failed> {
        for (key, id) in self.heap {
            let key = match self.tally.ask.sort {
                Sort::Title => Key::Title(self.columns.title(u32::try_from(key).unwrap_or(u32::MAX))?),
                _ => Key::Number(key),
            };
            self.tally.best.push((key, ItemId(id)));
        }
        Ok(())
    }
}

/// The place behind a title and an id in a segment, which may not have that title.
fn behind(titles: Option<&StrColumn>, title: &str, id: ItemId) -> Result<(u64, u32), Failed> {
    use tantivy::columnar::Dictionary;
    let Some(titles) = titles else { return Ok((0, id.0)) };
    let dictionary: &Dictionary = titles.dictionary();
    if let Some(ord) = dictionary.term_ord(title)? {
        return Ok((ord, id.0));
    }
    // The number of titles before it: behind the last of them, whatever its id.
    let bounds = dictionary.term_bounds_to_ord(std::ops::Bound::Included(title), std::ops::Bound::Unbounded::<&str>)?;
    let before = match bounds.0 {
        std::ops::Bound::Included(next) | std::ops::Bound::Excluded(next) => next,
        std::ops::Bound::Unbounded => 0,
    };
    Ok(before.checked_sub(1).map_or((0, 0), |last| (last, u32::MAX)))
}

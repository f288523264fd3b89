//! The index on disk: opening it, and answering from it. Writing is `writer.rs`.
//!
//! An answer is made from one snapshot, segment by segment: [`matching`] says which documents have the words, out of what
//! [`terms`] reads, and [`tally`] counts them and keeps the best.

mod matching;
mod tally;
mod terms;

use crate::ask::{Ask, MOST_HITS};
use crate::columns::{Columns, Dictionary};
use crate::cursor::{Cursor, Key};
use crate::facets::Facets;
use crate::query::Query;
use crate::{Failed, Writer};
use matching::{Expansion, Place, Strictness};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tally::Tally;
use tantivy::directory::MmapDirectory;
use tantivy::index::SegmentId;
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{IndexReader, ReloadPolicy, Searcher, Term};
use wire::ItemId;

/// Counts up with everything that makes an index of before useless: fields, how words are made, what is sorted by.
const VERSION: u32 = 2;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The books of this part, in their order.
    pub ids: Vec<ItemId>,
    /// How many there are in all parts.
    pub total: u64,
    /// How many there would be without any filter.
    pub unfiltered: u64,
    /// How many there are of what.
    pub facets: Facets,
    /// Where it goes on, when it does.
    pub next: Option<Cursor>,
    /// Whether these have words that are a letter different, since no book has them as they were typed.
    pub lenient: bool,
    /// Where nothing was found: the words that no book has, nor any like them.
    pub unknown: Vec<String>,
}

/// Why there is no index to open: all of them mean that one has to be built.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// There is none, or it was never finished.
    #[error("there is none")]
    Absent,
    /// Another version of this program made it.
    #[error("another version of this program made it")]
    OfAnotherVersion,
    /// Its files are not what was written.
    #[error("it is damaged: {0}")]
    Damaged(String),
}

/// What stands beside a commit.
#[derive(Serialize, Deserialize)]
pub(crate) struct Payload {
    version: u32,
    position: String,
}

impl Payload {
    pub(crate) fn of(position: &str) -> Result<String, Failed> {
        let payload = Self { version: VERSION, position: position.to_owned() };
        serde_json::to_string(&payload).map_err(|error| Failed(tantivy::TantivyError::InternalError(error.to_string())))
    }
}

/// The fields of a document.
#[derive(Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) id: Field,
    pub(crate) words: Field,
    pub(crate) beginnings: Field,
    pub(crate) title: Field,
    pub(crate) topic: Field,
    pub(crate) language: Field,
    pub(crate) price: Field,
    pub(crate) year: Field,
    pub(crate) title_words: Field,
    pub(crate) available: Field,
}

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let listed = |listed| {
        let how = TextFieldIndexing::default().set_tokenizer("whitespace").set_fieldnorms(false);
        TextOptions::default().set_indexing_options(how.set_index_option(listed))
    };
    let column = || TextOptions::default().set_fast("raw");
    let fields = Fields {
        id: schema.add_u64_field("id", FAST | INDEXED),
        words: schema.add_text_field("words", listed(IndexRecordOption::WithFreqs)),
        beginnings: schema.add_text_field("beginnings", listed(IndexRecordOption::Basic)),
        title: schema.add_text_field("title", column()),
        topic: schema.add_text_field("topic", column()),
        language: schema.add_text_field("language", column()),
        price: schema.add_u64_field("price", FAST),
        year: schema.add_i64_field("year", FAST),
        title_words: schema.add_u64_field("title_words", FAST),
        available: schema.add_u64_field("available", FAST),
    };
    (schema.build(), fields)
}

/// An index that can be asked; clones share it, and see what was committed last.
#[derive(Clone)]
pub struct Index(Arc<Inner>);

struct Inner {
    reader: IndexReader,
    fields: Fields,
    snapshot: RwLock<Arc<Snapshot>>,
    /// The columns of segments, by segment: they are read once. With the names in them.
    read: Mutex<(HashMap<SegmentId, Arc<Columns>>, Dictionary)>,
}

/// Answers with so many books or more are kept for as long as the index stays as it is: what many books have is what
/// many people look for.
const KEPT_FROM: u64 = 10_000;
/// The most answers that are kept.
const MOST_KEPT: usize = 500;

/// The index as it was at one commit.
struct Snapshot {
    kept: Mutex<HashMap<Ask, Found>>,
    searcher: Searcher,
    columns: Vec<Arc<Columns>>,
    dictionary: Dictionary,
}

impl Index {
    /// Opens the index in `directory`, with the position that was remembered with its last commit.
    ///
    /// # Errors
    /// [`NotOpened`]: one has to be built.
    pub fn open(directory: &Path) -> Result<(Self, Writer, String), NotOpened> {
        let damaged = |error: &dyn std::fmt::Display| NotOpened::Damaged(error.to_string());
        if !directory.join("meta.json").is_file() {
            return Err(NotOpened::Absent);
        }
        let index = tantivy::Index::open_in_dir(directory).map_err(|error| damaged(&error))?;
        let payload = index.load_metas().map_err(|error| damaged(&error))?.payload.ok_or(NotOpened::Absent)?;
        let payload: Payload = serde_json::from_str(&payload).map_err(|error| damaged(&error))?;
        let (schema, _) = schema();
        if payload.version != VERSION || index.schema() != schema {
            return Err(NotOpened::OfAnotherVersion);
        }
        let broken = index.validate_checksum().map_err(|error| damaged(&error))?;
        if let Some(file) = broken.iter().next() {
            return Err(damaged(&format!("{} is not what was written", file.display())));
        }
        let (index, writer) = Self::of(&index).map_err(|error| damaged(&error))?;
        Ok((index, writer, payload.position))
    }

    /// Makes an empty index in `directory`, in the place of whatever is there. It is none until its first commit.
    ///
    /// # Errors
    /// [`Failed`] when it can't be written.
    pub fn create(directory: &Path) -> Result<(Self, Writer), Failed> {
        match std::fs::remove_dir_all(directory) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => std::fs::create_dir_all(directory)?,
        }
        let directory = MmapDirectory::open(directory).map_err(tantivy::TantivyError::from)?;
        Self::of(&tantivy::Index::create(directory, schema().0, tantivy::IndexSettings::default())?)
    }

    /// An empty index in memory, for tests.
    ///
    /// # Errors
    /// [`Failed`], for no good reason.
    pub fn in_memory() -> Result<(Self, Writer), Failed> {
        Self::of(&tantivy::Index::create_in_ram(schema().0))
    }

    fn of(index: &tantivy::Index) -> Result<(Self, Writer), Failed> {
        let (_, fields) = schema();
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let snapshot = Snapshot::new(reader.searcher(), Vec::new(), Dictionary::default());
        let inner = Inner { reader, fields, snapshot: RwLock::new(Arc::new(snapshot)), read: Mutex::default() };
        let found = Self(Arc::new(inner));
        found.refresh()?;
        let writer = Writer::new(index, fields, found.clone())?;
        Ok((found, writer))
    }

    /// Shows what was committed.
    pub(crate) fn refresh(&self) -> Result<(), Failed> {
        self.0.reader.reload()?;
        let searcher = self.0.reader.searcher();
        let mut read = self.0.read.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, dictionary) = &mut *read;
        let mut columns = Vec::with_capacity(searcher.segment_readers().len());
        for segment in searcher.segment_readers() {
            let of_segment = match known.get(&segment.segment_id()) {
                Some(columns) => Arc::clone(columns),
                None => Arc::new(Columns::read(segment, dictionary)?),
            };
            columns.push(of_segment);
        }
        let ids = searcher.segment_readers().iter().map(tantivy::SegmentReader::segment_id);
        *known = ids.zip(columns.iter().cloned()).collect();
        let snapshot = Arc::new(Snapshot::new(searcher, columns, dictionary.clone()));
        *self.0.snapshot.write().unwrap_or_else(PoisonError::into_inner) = snapshot;
        Ok(())
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many books are in it.
    pub fn books(&self) -> u64 {
        self.snapshot().searcher.num_docs()
    }

    /// Whether the book can be had, as far as the index knows; `None` where it does not know the book.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn available(&self, id: ItemId) -> Result<Option<bool>, Failed> {
        let snapshot = self.snapshot();
        let term = Term::from_field_u64(self.0.fields.id, id.0.into());
        for (segment, columns) in snapshot.searcher.segment_readers().iter().zip(&snapshot.columns) {
            let index = segment.inverted_index(self.0.fields.id)?;
            let Some(mut postings) = index.read_postings(&term, IndexRecordOption::Basic)? else { continue };
            if let Some(doc) = matching::first_alive(&mut postings, segment) {
                return Ok(columns.counted.get(doc as usize).map(|book| book.available()));
            }
        }
        Ok(None)
    }

    /// Answers a question. Words that no book has as they were typed are taken as misspelt.
    ///
    /// # Errors
    /// [`Failed`] when the files can't be read.
    pub fn search(&self, ask: &Ask) -> Result<Found, Failed> {
        let snapshot = self.snapshot();
        if let Some(found) = snapshot.kept(ask) {
            return Ok(found);
        }
        let found = self.looked_for(&snapshot, ask)?;
        snapshot.keep(ask, &found);
        Ok(found)
    }

    fn looked_for(&self, snapshot: &Snapshot, ask: &Ask) -> Result<Found, Failed> {
        let question = ask.fingerprint();
        let after = ask.after.as_ref();
        if after.is_some_and(|after| after.question != question) {
            return Ok(Found::default());
        }
        let lenient_at_once = after.is_some_and(|after| after.lenient);
        if !lenient_at_once {
            let found = snapshot.answer(ask, question, Strictness::AsTyped, self.0.fields)?;
            if found.unfiltered > 0 || after.is_some() || !may_be_misspelt(&ask.query) {
                return Ok(found);
            }
        }
        let mut found = snapshot.answer(ask, question, Strictness::Misspelt, self.0.fields)?;
        found.lenient = found.unfiltered > 0;
        Ok(found)
    }
}

fn may_be_misspelt(query: &Query) -> bool {
    query.words.iter().any(crate::query::Word::may_be_misspelt)
}

impl Snapshot {
    fn new(searcher: Searcher, columns: Vec<Arc<Columns>>, dictionary: Dictionary) -> Self {
        Self { searcher, columns, dictionary, kept: Mutex::default() }
    }

    fn kept(&self, ask: &Ask) -> Option<Found> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(ask).cloned()
    }

    fn keep(&self, ask: &Ask, found: &Found) {
        if found.unfiltered >= KEPT_FROM {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() >= MOST_KEPT {
                kept.clear();
            }
            kept.insert(ask.clone(), found.clone());
        }
    }

    fn answer(&self, ask: &Ask, question: u32, how: Strictness, fields: Fields) -> Result<Found, Failed> {
        let mut tally = Tally::new(ask, &self.dictionary);
        for (segment, columns) in self.searcher.segment_readers().iter().zip(&self.columns) {
            let mut part = tally.part(columns)?;
            if ask.query.is_everything() {
                for doc in segment.doc_ids_alive() {
                    part.take(doc, 0);
                }
            } else {
                let (words, beginnings) =
                    (segment.inverted_index(fields.words)?, segment.inverted_index(fields.beginnings)?);
                let place = Place { segment, words: &words, beginnings: &beginnings };
                let expansion = Expansion::of(&ask.query, &place, how)?;
                matching::each(&expansion, &place, |doc, points| part.take(doc, points))?;
            }
            part.finish()?;
        }
        let lenient = how == Strictness::Misspelt;
        let cursor = |key: Key, id: ItemId| Cursor { question, key, id, lenient };
        let mut found = tally.found(ask.limit.min(MOST_HITS), cursor);
        if found.unfiltered == 0 {
            found.unknown = self.unknown(&ask.query, how, fields)?;
        }
        Ok(found)
    }

    /// The words that no book has.
    fn unknown(&self, query: &Query, how: Strictness, fields: Fields) -> Result<Vec<String>, Failed> {
        let mut words: Vec<&crate::Word> = query.words.iter().collect();
        for segment in self.searcher.segment_readers() {
            let (of_words, beginnings) =
                (segment.inverted_index(fields.words)?, segment.inverted_index(fields.beginnings)?);
            let place = Place { segment, words: &of_words, beginnings: &beginnings };
            let mut left = Vec::with_capacity(words.len());
            for word in words {
                if !matching::anybody_has(word, &place, how)? {
                    left.push(word);
                }
            }
            words = left;
        }
        Ok(words.into_iter().map(|word| word.text.clone()).collect())
    }
}

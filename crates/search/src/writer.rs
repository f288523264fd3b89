//! Keeping the index up: books are put into it, and a commit shows them, with a position that is remembered with them.

use crate::Failed;
use crate::document::{Document, Place, beginnings};
use crate::index::{Fields, Index, Payload};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use tantivy::{IndexWriter, TantivyDocument, Term};

/// Memory for books that are not on disk yet, in bytes.
const MEMORY: usize = 32_000_000;

/// The one that writes.
pub struct Writer {
    engine: IndexWriter,
    fields: Fields,
    index: Index,
}

impl Writer {
    pub(crate) fn new(index: &tantivy::Index, fields: Fields, shown: Index) -> Result<Self, Failed> {
        Ok(Self { engine: index.writer_with_num_threads(1, MEMORY)?, fields, index: shown })
    }

    /// Puts a book into the index, in the place of what was there of it.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn put(&mut self, document: &Document) -> Result<(), Failed> {
        self.engine.delete_term(Term::from_field_u64(self.fields.id, document.id.0.into()));
        self.add(document)
    }

    /// Adds a book that is not in the index: what is being built from nothing has nothing to replace.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn add(&mut self, document: &Document) -> Result<(), Failed> {
        let fields = self.fields;
        let (mut words, mut begun) = (String::new(), BTreeSet::new());
        let there = document.words();
        for (word, place) in &there {
            begun.extend(beginnings(word));
            // How often it is written says where it stands.
            for _ in 0..if *place == Place::Named { 2 } else { 1 } {
                // Writing to a text does not fail.
                let _ = write!(words, "{word} ");
            }
        }
        let mut book = TantivyDocument::new();
        book.add_u64(fields.id, document.id.0.into());
        book.add_text(fields.words, words);
        book.add_text(fields.beginnings, begun.into_iter().collect::<Vec<_>>().join(" "));
        book.add_text(fields.title, document.title_key());
        book.add_text(fields.topic, &document.topic);
        book.add_text(fields.language, &document.language);
        book.add_u64(fields.price, document.price.cents().into());
        book.add_u64(fields.title_words, document.title_words().into());
        book.add_u64(fields.available, document.available.into());
        if let Some(year) = document.year {
            book.add_i64(fields.year, year.into());
        }
        self.engine.add_document(book)?;
        Ok(())
    }

    /// Puts everything on disk and shows it. `position` is what [`Index::open`] says next time.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn commit(&mut self, position: &str) -> Result<(), Failed> {
        let mut commit = self.engine.prepare_commit()?;
        commit.set_payload(&Payload::of(position)?);
        commit.commit()?;
        self.index.refresh()
    }

    /// Waits for what is being merged behind the commits, and ends.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn finish(self) -> Result<(), Failed> {
        Ok(self.engine.wait_merging_threads()?)
    }
}

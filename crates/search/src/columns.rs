//! What is looked at of every book that matches, in memory: a row a book, in the order of a segment's documents.
//!
//! Counting and sorting look at many thousands of books for one question; 24 bytes beside each other are faster to look
//! at than five packed columns, and a million titles are 24 MB.

use crate::Failed;
use crate::bits::Beginnings;
use std::collections::HashMap;
use std::sync::Arc;
use tantivy::columnar::StrColumn;
use tantivy::{SegmentReader, TantivyError};

/// No year is known.
pub(crate) const NO_YEAR: i16 = i16::MIN;

/// A book as it is counted and sorted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) id: u32,
    pub(crate) price: u32,
    /// Its place among [`Names::topics`].
    pub(crate) topic: u32,
    /// The place of its title among those of the segment.
    pub(crate) title: u32,
    pub(crate) year: i16,
    /// Its place among [`Names::languages`].
    pub(crate) language: u16,
    pub(crate) title_words: u8,
    pub(crate) available: bool,
}

/// The rows of one segment, and its titles.
pub(crate) struct Columns {
    pub(crate) rows: Vec<Row>,
    pub(crate) titles: Option<StrColumn>,
    /// Which documents have words that begin alike.
    pub(crate) beginnings: Beginnings,
}

/// Names by number, the same in all segments. Only ever added to.
#[derive(Clone, Default)]
pub(crate) struct Names {
    numbers: HashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
}

impl Names {
    /// The number of a name that may be new.
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let name: Arc<str> = name.into();
        self.names.push(Arc::clone(&name));
        self.numbers.insert(name, number);
        number
    }

    /// The number of a name that some book has or had.
    pub(crate) fn known(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    pub(crate) fn all(&self) -> &[Arc<str>] {
        &self.names
    }
}

/// The names of topics and languages.
#[derive(Clone, Default)]
pub(crate) struct Dictionary {
    pub(crate) topics: Names,
    pub(crate) languages: Names,
}

impl Columns {
    /// Reads a segment.
    pub(crate) fn read(segment: &SegmentReader, dictionary: &mut Dictionary) -> Result<Self, Failed> {
        let fast = segment.fast_fields();
        let numbers = |field| fast.u64(field).map(|column| column.first_or_default_col(0));
        let (ids, prices, title_words) = (numbers("id")?, numbers("price")?, numbers("title_words")?);
        let (available, years) = (fast.u64("available")?.first_or_default_col(0), fast.i64("year")?);
        let topics = Texts::of(fast.str("topic")?, &mut dictionary.topics)?;
        let languages = Texts::of(fast.str("language")?, &mut dictionary.languages)?;
        let titles = fast.str("title")?;
        let row = |doc: u32| Row {
            id: narrow(ids.get_val(doc)),
            price: narrow(prices.get_val(doc)),
            topic: topics.of_doc(doc),
            title: titles.as_ref().and_then(|titles| titles.ords().first(doc)).map_or(0, narrow),
            year: years.first(doc).and_then(|year| i16::try_from(year).ok()).unwrap_or(NO_YEAR),
            language: u16::try_from(languages.of_doc(doc)).unwrap_or(u16::MAX),
            title_words: u8::try_from(title_words.get_val(doc)).unwrap_or(u8::MAX),
            available: available.get_val(doc) != 0,
        };
        Ok(Self { rows: (0..segment.max_doc()).map(row).collect(), titles, beginnings: Beginnings::default() })
    }

    /// The text of a title.
    pub(crate) fn title(&self, number: u32) -> Result<String, Failed> {
        let mut title = String::new();
        if let Some(titles) = &self.titles {
            titles.ord_to_str(number.into(), &mut title)?;
        }
        Ok(title)
    }
}

/// The column of a text, with the number that each text has in all segments.
struct Texts {
    column: Option<StrColumn>,
    numbers: Vec<u32>,
    /// The number of no text at all.
    none: u32,
}

impl Texts {
    fn of(column: Option<StrColumn>, names: &mut Names) -> Result<Self, Failed> {
        let mut numbers = Vec::new();
        if let Some(column) = &column {
            let mut text = String::new();
            for ord in 0..column.dictionary().num_terms() as u64 {
                if !column.ord_to_str(ord, &mut text)? {
                    return Err(TantivyError::InternalError("a text that a segment counts is not there".into()).into());
                }
                numbers.push(names.number(&text));
            }
        }
        Ok(Self { column, numbers, none: names.number("") })
    }

    fn of_doc(&self, doc: u32) -> u32 {
        let ord = self.column.as_ref().and_then(|column| column.ords().first(doc));
        ord.and_then(|ord| self.numbers.get(usize::try_from(ord).ok()?)).copied().unwrap_or(self.none)
    }
}

/// What was written from a `u32` is read as one.
fn narrow(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

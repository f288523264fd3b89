//! What is looked at of every book that matches, in memory, in the order of a segment's documents.
//!
//! One question counts many thousands of books, and waits for memory more than for anything else. So what every one of
//! them is asked for lies in eight bytes, and what only few are, in sixteen beside: a million titles are 24 MB.

use crate::Failed;
use crate::facets::band;
use crate::rank::Numbers;
use std::collections::HashMap;
use std::sync::Arc;
use tantivy::columnar::StrColumn;
use tantivy::{SegmentReader, TantivyError};
use wire::ItemId;

/// No year is known.
const NO_YEAR: i16 = i16::MIN;

/// A book as it is counted, and ranked by its words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    /// Its place among [`Dictionary::topics`].
    pub(crate) topic: u32,
    /// Its place among [`Dictionary::languages`].
    pub(crate) language: u16,
    pub(crate) title_words: u8,
    shelf: u8,
}

impl Counted {
    /// What stands beside the band of the price.
    const AVAILABLE: u8 = 1 << 7;

    /// Which band the price is in.
    pub(crate) fn band(self) -> usize {
        usize::from(self.shelf & !Self::AVAILABLE)
    }

    /// Whether the book can be had.
    pub(crate) fn available(self) -> bool {
        self.shelf & Self::AVAILABLE != 0
    }
}

fn shelf(price: u32, available: bool) -> u8 {
    let band = u8::try_from(band(price)).unwrap_or(Counted::AVAILABLE - 1);
    if available { band | Counted::AVAILABLE } else { band }
}

/// A book as it is sorted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sorted {
    pub(crate) id: u32,
    pub(crate) price: u32,
    /// The place of its title among those of the segment.
    pub(crate) title: u32,
    year: i16,
}

impl Sorted {
    pub(crate) fn numbers(self) -> Numbers {
        let year = Some(self.year).filter(|year| *year != NO_YEAR);
        Numbers { price: self.price, year, id: ItemId(self.id) }
    }
}

/// The books of one segment, and their titles.
pub(crate) struct Columns {
    pub(crate) counted: Vec<Counted>,
    pub(crate) sorted: Vec<Sorted>,
    pub(crate) titles: Option<StrColumn>,
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
        let counted = |doc: u32| Counted {
            topic: topics.of_doc(doc),
            language: u16::try_from(languages.of_doc(doc)).unwrap_or(u16::MAX),
            title_words: u8::try_from(title_words.get_val(doc)).unwrap_or(u8::MAX),
            shelf: shelf(narrow(prices.get_val(doc)), available.get_val(doc) != 0),
        };
        let sorted = |doc: u32| Sorted {
            id: narrow(ids.get_val(doc)),
            price: narrow(prices.get_val(doc)),
            title: titles.as_ref().and_then(|titles| titles.ords().first(doc)).map_or(0, narrow),
            year: years.first(doc).and_then(|year| i16::try_from(year).ok()).unwrap_or(NO_YEAR),
        };
        let documents = 0..segment.max_doc();
        let (counted, sorted) = (documents.clone().map(counted).collect(), documents.map(sorted).collect());
        Ok(Self { counted, sorted, titles })
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

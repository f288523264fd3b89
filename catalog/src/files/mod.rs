//! Books in files: CSV and ONIX, read a book at a time whichever it is, each mistake with its place.
//!
//! What becomes of the books is the business of `cli`; nothing here knows a shop.

mod bounded;
mod columns;
mod csv_file;
pub(crate) mod generated;
mod onix;
mod written;

pub(crate) use columns::Mapping;
pub(crate) use csv_file::{COLUMNS, row};
pub(crate) use written::{Target, Writer};

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use stock::Fields;
use wire::ItemId;

/// A book as a file has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FiledBook {
    /// Its id, where the file names one; without it, the book has an ISBN.
    pub(crate) id: Option<ItemId>,
    pub(crate) fields: Fields,
    /// Units there are of it, where the file says so.
    pub(crate) units: Option<u64>,
    /// Where a picture of its cover is, as the file says it: an address, or the name of another file.
    pub(crate) cover: Option<String>,
}

/// The most bytes of the place of a cover.
const MOST_PLACE: usize = 2000;

/// Where something stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// A line, from 1.
    Line(u64),
    /// A record, from 1, and what the file calls it; empty where it says nothing.
    Record(u64, String),
}

/// A book, or a file, that can't be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadRow {
    pub(crate) at: At,
    /// Where the mistake is in one: `column 7 (price)`, `ISBN`.
    pub(crate) field: Option<String>,
    pub(crate) why: String,
}

impl fmt::Display for At {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(to, "line {line}"),
            Self::Record(number, name) if name.is_empty() => write!(to, "record {number}"),
            Self::Record(number, name) => write!(to, "record {number} ({name})"),
        }
    }
}

impl fmt::Display for BadRow {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.at.fmt(to)?;
        if let Some(field) = &self.field {
            write!(to, ", {field}")?;
        }
        write!(to, ": {}", self.why)
    }
}

/// How a file is to be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    /// What a CSV file calls its columns.
    pub(crate) mapping: Mapping,
    /// The currency of the prices to be taken, as ISO 4217 has it; only ONIX names one.
    pub(crate) currency: Option<String>,
}

enum Format<R: BufRead> {
    Csv(Box<csv_file::Rows<R>>),
    Onix(Box<onix::Records<R>>),
}

/// The books of a file, one at a time; memory does not depend on its size but for the ids and ISBNs seen.
pub(crate) struct Books<R: BufRead> {
    format: Format<R>,
    ids: HashSet<ItemId>,
    /// Of the books without an id.
    isbns: HashSet<u64>,
}

/// Opens a file of books, CSV or ONIX.
///
/// # Errors
/// The path and why, where it can't be read or is neither.
pub(crate) fn open(path: &Path, reading: &Reading) -> Result<Books<BufReader<File>>, String> {
    let failed = |why: String| format!("{}: {why}", path.display());
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    Books::read(BufReader::with_capacity(64 * 1024, file), reading).map_err(|bad| failed(bad.to_string()))
}

impl<R: BufRead> Books<R> {
    /// Reads as far as it takes to know what the file is.
    ///
    /// # Errors
    /// Where a CSV file lacks a column, or has one that is unknown.
    pub(crate) fn read(mut file: R, reading: &Reading) -> Result<Self, BadRow> {
        let bad = |error: std::io::Error| BadRow { at: At::Line(1), field: None, why: error.to_string() };
        let begins = file.fill_buf().map_err(bad)?;
        let format = if looks_like_xml(begins) {
            Format::Onix(Box::new(onix::Records::new(file, reading.currency.clone())))
        } else {
            Format::Csv(Box::new(csv_file::Rows::open(file, &reading.mapping)?))
        };
        Ok(Self { format, ids: HashSet::new(), isbns: HashSet::new() })
    }

    /// How far the file has been read, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        match &self.format {
            Format::Csv(rows) => rows.bytes(),
            Format::Onix(records) => records.bytes(),
        }
    }

    /// The highest id that the file has named so far.
    pub(crate) fn highest(&self) -> Option<ItemId> {
        self.ids.iter().max().copied()
    }

    fn known(&mut self, book: &FiledBook) -> Option<(&'static str, String)> {
        let twice = |what: String| format!("{what} stands in an earlier row too");
        match (book.id, book.fields.isbn) {
            (Some(id), _) => (!self.ids.insert(id)).then(|| ("id", twice(id.to_string()))),
            (None, Some(isbn)) => (!self.isbns.insert(isbn.number())).then(|| ("isbn", twice(isbn.to_string()))),
            (None, None) => Some(("isbn", "a book needs an id or an ISBN, by which it is found again".into())),
        }
    }
}

/// XML begins with a bracket, perhaps after a mark of the encoding, in one byte a character or in two.
fn looks_like_xml(begins: &[u8]) -> bool {
    let marked = [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff"];
    let begins = marked.iter().find_map(|mark| begins.strip_prefix(*mark)).unwrap_or(begins);
    begins.iter().find(|byte| !byte.is_ascii_whitespace() && **byte != 0) == Some(&b'<')
}

impl<R: BufRead> Iterator for Books<R> {
    type Item = Result<FiledBook, BadRow>;

    fn next(&mut self) -> Option<Self::Item> {
        let (at, book) = match &mut self.format {
            Format::Csv(rows) => rows.next()?,
            Format::Onix(records) => records.next()?,
        };
        let book = match book {
            Ok(book) => book,
            Err((field, why)) => return Some(Err(BadRow { at, field, why })),
        };
        Some(match self.known(&book) {
            None => Ok(book),
            Some((name, why)) => {
                let field = match &self.format {
                    Format::Csv(rows) => rows.column(name),
                    Format::Onix(_) => Some(name.to_owned()),
                };
                Err(BadRow { at, field, why })
            }
        })
    }
}

/// What a row or record has in it: a book, or the field that is wrong and why.
type Found = Result<FiledBook, (Option<String>, String)>;

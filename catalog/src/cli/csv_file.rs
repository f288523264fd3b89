//! The CSV file of books: read a row at a time, each mistake with its line and column; written again the same way.

use csv::StringRecord;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{Chain, Read};
use std::str::FromStr;
use stock::Fields;
use stock::command::{MOST_UNITS, NewBook};
use wire::{ItemId, ItemState, Money, NotValid};

/// The columns, in the order in which they are written.
pub(crate) const COLUMNS: [&str; 8] = ["id", "title", "authors", "year", "language", "topic", "price", "units"];
/// The columns that a file must have.
const NEEDED: [&str; 5] = ["id", "title", "topic", "price", "units"];

/// A row, or a file, that can't be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadRow {
    pub(crate) line: u64,
    /// Number and name of the column, where the mistake is in one.
    pub(crate) column: Option<(usize, &'static str)>,
    pub(crate) why: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some((number, name)) => write!(to, "line {}, column {number} ({name}): {}", self.line, self.why),
            None => write!(to, "line {}: {}", self.line, self.why),
        }
    }
}

/// The rows of a file, one at a time; memory does not depend on its size but for the ids seen.
pub(crate) struct Rows<R> {
    reader: csv::Reader<Chain<R, &'static [u8]>>,
    columns: BTreeMap<&'static str, usize>,
    seen: BTreeSet<ItemId>,
    record: StringRecord,
}

impl<R: Read> Rows<R> {
    /// Reads the first line, which names the columns.
    ///
    /// # Errors
    /// When a needed column is missing, one is unknown or stands twice, or the file can't be read.
    pub(crate) fn open(file: R) -> Result<Self, BadRow> {
        // A last line that is not closed is closed here, so that lines can be counted back from the end of a row.
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file.chain(&b"\n"[..]));
        let bad = |why: String| BadRow { line: 1, column: None, why };
        let header = reader.headers().map_err(|error| bad(error.to_string()))?.clone();
        let mut columns = BTreeMap::new();
        for (index, name) in header.iter().enumerate() {
            let name = name.trim_start_matches('\u{feff}').trim();
            let known = COLUMNS.into_iter().find(|known| known.eq_ignore_ascii_case(name));
            let known =
                known.ok_or_else(|| bad(format!("unknown column {name:?}; known are {}", COLUMNS.join(", "))))?;
            if columns.insert(known, index).is_some() {
                return Err(bad(format!("column {known} stands twice")));
            }
        }
        if let Some(missing) = NEEDED.into_iter().find(|name| !columns.contains_key(name)) {
            return Err(bad(format!("column {missing} is missing; needed are {}", NEEDED.join(", "))));
        }
        Ok(Self { reader, columns, seen: BTreeSet::new(), record: StringRecord::new() })
    }

    /// How far the file has been read, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.reader.position().byte()
    }

    fn row(&mut self, line: u64) -> Result<NewBook, BadRow> {
        if self.record.len() != self.columns.len() {
            let why = format!("{} fields where the first line names {}", self.record.len(), self.columns.len());
            return Err(BadRow { line, column: None, why });
        }
        let row = Row { record: &self.record, columns: &self.columns, line };
        let id: ItemId = row.parsed("id")?;
        let fields = Fields {
            title: Some(row.text("title", 1, 1000)?.to_owned()),
            authors: row.optional("authors", 1000)?.map(str::to_owned),
            year: row.optional("year", 10)?.map(|_| row.year()).transpose()?,
            language: row.optional("language", 35)?.map(str::to_owned),
            topic: Some(row.text("topic", 1, 100)?.to_owned()),
            cost: Some(row.parsed::<Money>("price")?),
        };
        let units = row.units()?;
        if !self.seen.insert(id) {
            return Err(row.bad("id", format!("{id} stands in an earlier row too")));
        }
        Ok(NewBook { id, fields, units })
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<NewBook, BadRow>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.reader.position().line();
        match self.reader.read_record(&mut self.record) {
            Ok(true) => {
                // Counted back from where the reader stands now: where it stood may be before blank lines it skipped.
                let breaks = |field: &str| field.bytes().filter(|byte| *byte == b'\n').count() as u64;
                let inside: u64 = self.record.iter().map(breaks).sum();
                Some(self.row(self.reader.position().line().saturating_sub(inside + 1)))
            }
            Ok(false) => None,
            Err(error) => {
                let line = error.position().map_or(line, csv::Position::line);
                Some(Err(BadRow { line, column: None, why: error.to_string() }))
            }
        }
    }
}

/// One row, while it is being read.
struct Row<'a> {
    record: &'a StringRecord,
    columns: &'a BTreeMap<&'static str, usize>,
    line: u64,
}

impl Row<'_> {
    fn bad(&self, name: &'static str, why: impl Into<String>) -> BadRow {
        let number = self.columns.get(name).map_or(0, |index| index + 1);
        BadRow { line: self.line, column: Some((number, name)), why: why.into() }
    }

    fn get(&self, name: &str) -> &str {
        self.columns.get(name).and_then(|index| self.record.get(*index)).unwrap_or("").trim()
    }

    fn text(&self, name: &'static str, least: usize, most: usize) -> Result<&str, BadRow> {
        let text = self.get(name);
        if text.chars().any(char::is_control) {
            return Err(self.bad(name, "has a control character"));
        }
        match text.chars().count() {
            0 if least > 0 => Err(self.bad(name, "is empty")),
            length if length > most => Err(self.bad(name, format!("has {length} characters; at most {most}"))),
            _ => Ok(text),
        }
    }

    /// An empty field says nothing, and takes nothing away from a book that has it.
    fn optional(&self, name: &'static str, most: usize) -> Result<Option<&str>, BadRow> {
        Ok(Some(self.text(name, 0, most)?).filter(|text| !text.is_empty()))
    }

    fn parsed<T: FromStr<Err = NotValid>>(&self, name: &'static str) -> Result<T, BadRow> {
        let text = self.get(name);
        text.parse().map_err(|error: NotValid| self.bad(name, format!("{text:?}: {error}")))
    }

    fn year(&self) -> Result<i16, BadRow> {
        let text = self.get("year");
        let year: Option<i16> = text.parse().ok().filter(|year| (-5000..=3000).contains(year));
        year.ok_or_else(|| self.bad("year", format!("{text:?}: a year is a whole number from -5000 to 3000")))
    }

    fn units(&self) -> Result<u64, BadRow> {
        let text = self.get("units");
        let units: Option<u64> = text.parse().ok().filter(|units| *units <= MOST_UNITS);
        units.ok_or_else(|| self.bad("units", format!("{text:?}: units are a whole number from 0 to {MOST_UNITS}")))
    }
}

/// The row of a book, in the order of [`COLUMNS`].
pub(crate) fn row(book: &ItemState) -> [String; 8] {
    let cents = book.cost.value.cents();
    let price = if cents.is_multiple_of(100) { (cents / 100).to_string() } else { book.cost.value.to_string() };
    [
        book.id.to_string(),
        book.title.value.clone(),
        book.authors.value.clone(),
        book.year.value.map(|year| year.to_string()).unwrap_or_default(),
        book.language.value.clone(),
        book.topic.value.clone(),
        price,
        book.count().to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Result<NewBook, String>> {
        match Rows::open(text.as_bytes()) {
            Ok(rows) => rows.map(|row| row.map_err(|bad| bad.to_string())).collect(),
            Err(bad) => vec![Err(bad.to_string())],
        }
    }

    #[test]
    fn columns_come_in_any_order_and_empty_ones_say_nothing() {
        let rows = read("units,price,topic,title,id,year\n2,12.50,novels,\"Emma, a novel\",7,\n");
        let book = rows[0].as_ref().expect("a good row");
        assert_eq!((book.id, book.units, book.fields.year), (ItemId(7), 2, None));
        assert_eq!(book.fields.title.as_deref(), Some("Emma, a novel"));
    }

    #[test]
    fn each_mistake_is_named_with_its_line_and_column() {
        let header = "id,title,authors,year,language,topic,price,units\n";
        let cases = [
            ("x,T,,,,t,1,1", "line 2, column 1 (id)"),
            ("1,,,,,t,1,1", "line 2, column 2 (title): is empty"),
            ("1,T,,17x,,t,1,1", "line 2, column 4 (year)"),
            ("1,T,,,,t,-1,1", "line 2, column 7 (price)"),
            ("1,T,,,,t,1.005,1", "line 2, column 7 (price)"),
            ("1,T,,,,t,1,-1", "line 2, column 8 (units)"),
            ("1,T,,,,t,1", "line 2: 7 fields"),
            ("1,T\u{7},,,,t,1,1", "line 2, column 2 (title): has a control"),
        ];
        for (row, expected) in cases {
            let rows = read(&format!("{header}{row}\n"));
            let bad = rows[0].as_ref().expect_err(row);
            assert!(bad.starts_with(expected), "{row}: {bad}");
        }
    }

    #[test]
    fn a_row_after_a_field_of_several_lines_is_named_by_its_own_line() {
        for end in ["\n", ""] {
            let rows = read(&format!("id,title,topic,price,units\n1,\"A \n\n\",t,1,1\n\nx,T,t,1,1{end}"));
            assert!(rows[1].as_ref().expect_err("a bad id").starts_with("line 6, column 1"), "{rows:?}");
        }
    }

    #[test]
    fn an_id_twice_and_a_file_without_its_columns_are_refused() {
        let rows = read("id,title,topic,price,units\n1,A,t,1,1\n1,B,t,1,1\n");
        assert!(rows[1].as_ref().expect_err("twice").contains("earlier row"));
        assert!(read("id,title\n")[0].as_ref().expect_err("missing").contains("column topic is missing"));
        assert!(read("id,colour\n")[0].as_ref().expect_err("unknown").contains("unknown column \"colour\""));
    }
}

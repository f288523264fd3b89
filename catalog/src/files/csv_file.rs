//! The CSV file of books: read a row at a time, each mistake with its line and column; written again the same way.

use super::bounded::Bounded;
pub(crate) use super::columns::COLUMNS;
use super::{At, BadRow, FiledBook, Found, MOST_PLACE, Mapping};
use csv::StringRecord;
use std::collections::BTreeMap;
use std::io::{BufRead, Chain};
use std::str::FromStr;
use stock::Fields;
use stock::command::{MOST_DESCRIPTION, MOST_LANGUAGE, MOST_PUBLISHER, MOST_TITLE, MOST_TOPIC, MOST_UNITS};
use wire::{ItemState, Money, NotValid, topic};

type Wrong = (Option<String>, String);

/// The rows of a file, one at a time.
pub(crate) struct Rows<R> {
    reader: csv::Reader<Bounded<Chain<R, &'static [u8]>>>,
    columns: BTreeMap<&'static str, usize>,
    /// How many columns the first line names.
    width: usize,
    record: StringRecord,
    /// Whether the file can't be read any further.
    broken: bool,
}

impl<R: BufRead> Rows<R> {
    /// Reads the first line, which names the columns. What stands between them, a comma, a semicolon or a tab, is what
    /// stands in it most often.
    ///
    /// # Errors
    /// When a needed column is missing, one is unknown or stands twice, or the file can't be read.
    pub(crate) fn open(mut file: R, mapping: &Mapping) -> Result<Self, BadRow> {
        let bad = |why: String| BadRow { at: At::Line(1), field: None, why };
        let begins = file.fill_buf().map_err(|error| bad(error.to_string()))?;
        let first = begins.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let count = |delimiter: u8| first.split(|byte| *byte == delimiter).count();
        // The last of several that are equal would win: a comma is what is usual.
        let delimiter = [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',');
        // A last line that is not closed is closed here, so that lines can be counted back from the end of a row.
        let file = Bounded::new(file.chain(&b"\n"[..]));
        let mut reader = csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(file);
        let header = reader.headers().map_err(|error| bad(error.to_string()))?.clone();
        let columns = mapping.columns(&header).map_err(bad)?;
        Ok(Self { reader, columns, width: header.len(), record: StringRecord::new(), broken: false })
    }

    /// How far the file has been read, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.reader.position().byte()
    }

    /// The column of this name, as it is named where something is wrong with it.
    pub(crate) fn column(&self, name: &str) -> Option<String> {
        self.columns.get(name).map(|index| format!("column {} ({name})", index + 1))
    }

    fn book(&self) -> Found {
        if self.record.len() != self.width {
            let why = format!("{} fields where the first line names {}", self.record.len(), self.width);
            return Err((None, why));
        }
        let row = Row { record: &self.record, columns: &self.columns };
        let topic = row.text("topic", 1, MOST_TOPIC)?;
        if !topic::is_whole(topic) {
            return Err(row.bad("topic", format!("{topic:?}: each topic of a path has a name: fiction / crime")));
        }
        let fields = Fields {
            title: Some(row.text("title", 1, MOST_TITLE)?.to_owned()),
            authors: row.optional("authors", MOST_TITLE)?.map(str::to_owned),
            year: row.year()?,
            language: row.optional("language", MOST_LANGUAGE)?.map(str::to_owned),
            topic: Some(topic.to_owned()),
            cost: Some(row.price()?),
            isbn: row.parsed("isbn")?,
            publisher: row.optional("publisher", MOST_PUBLISHER)?.map(str::to_owned),
            published: row.parsed("published")?,
            format: row.parsed("format")?,
            description: row.description()?,
            cover: None,
        };
        let cover = row.optional("cover", MOST_PLACE)?.map(str::to_owned);
        Ok(FiledBook { id: row.parsed("id")?, fields, units: row.units()?, cover })
    }
}

impl<R: BufRead> Iterator for Rows<R> {
    type Item = (At, Found);

    fn next(&mut self) -> Option<Self::Item> {
        if self.broken {
            return None;
        }
        self.reader.get_mut().next_book();
        let line = self.reader.position().line();
        match self.reader.read_record(&mut self.record) {
            Ok(true) => {
                // Counted back from where the reader stands now: where it stood may be before blank lines it skipped.
                let breaks = |field: &str| field.bytes().filter(|byte| *byte == b'\n').count() as u64;
                let inside: u64 = self.record.iter().map(breaks).sum();
                Some((At::Line(self.reader.position().line().saturating_sub(inside + 1)), self.book()))
            }
            Ok(false) => None,
            Err(error) => {
                self.broken = error.is_io_error();
                let line = error.position().map_or(line, csv::Position::line);
                Some((At::Line(line), Err((None, error.to_string()))))
            }
        }
    }
}

/// One row, while it is being read.
struct Row<'a> {
    record: &'a StringRecord,
    columns: &'a BTreeMap<&'static str, usize>,
}

impl Row<'_> {
    fn bad(&self, name: &'static str, why: impl Into<String>) -> Wrong {
        let number = self.columns.get(name).map_or(0, |index| index + 1);
        (Some(format!("column {number} ({name})")), why.into())
    }

    fn get(&self, name: &str) -> &str {
        self.columns.get(name).and_then(|index| self.record.get(*index)).unwrap_or("").trim()
    }

    fn text(&self, name: &'static str, least: usize, most: usize) -> Result<&str, Wrong> {
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
    fn optional(&self, name: &'static str, most: usize) -> Result<Option<&str>, Wrong> {
        Ok(Some(self.text(name, 0, most)?).filter(|text| !text.is_empty()))
    }

    fn parsed<T: FromStr<Err = NotValid>>(&self, name: &'static str) -> Result<Option<T>, Wrong> {
        let text = self.get(name);
        if text.is_empty() {
            return Ok(None);
        }
        let shown = || text.chars().take(100).collect::<String>();
        text.parse().map(Some).map_err(|error: NotValid| self.bad(name, format!("{:?}: {error}", shown())))
    }

    fn year(&self) -> Result<Option<i16>, Wrong> {
        let Some(text) = self.optional("year", 10)? else { return Ok(None) };
        let year: Option<i16> = text.parse().ok().filter(|year| (-5000..=3000).contains(year));
        let wrong = || self.bad("year", format!("{text:?}: a year is a whole number from -5000 to 3000"));
        year.map(Some).ok_or_else(wrong)
    }

    /// With a point, or a comma where that is how cents are set apart.
    fn price(&self) -> Result<Money, Wrong> {
        let text = self.text("price", 1, 20)?;
        let price = if text.contains('.') { text.parse() } else { text.replacen(',', ".", 1).parse() };
        price.map_err(|error: NotValid| self.bad("price", format!("{text:?}: {error}")))
    }

    fn units(&self) -> Result<Option<u64>, Wrong> {
        let Some(text) = self.optional("units", 20)? else { return Ok(None) };
        let units: Option<u64> = text.parse().ok().filter(|units| *units <= MOST_UNITS);
        let wrong = || self.bad("units", format!("{text:?}: units are a whole number from 0 to {MOST_UNITS}"));
        units.map(Some).ok_or_else(wrong)
    }

    fn description(&self) -> Result<Option<String>, Wrong> {
        let text = self.get("description");
        if text.len() > MOST_DESCRIPTION {
            let why = format!("has {} bytes; at most {MOST_DESCRIPTION}", text.len());
            return Err(self.bad("description", why));
        }
        let text = text.replace("\r\n", "\n");
        if text.chars().any(|letter| letter.is_control() && letter != '\n') {
            return Err(self.bad("description", "has a control character"));
        }
        Ok(Some(text).filter(|text| !text.is_empty()))
    }
}

/// The row of a book, in the order of [`COLUMNS`].
pub(crate) fn row(book: &ItemState) -> [String; COLUMNS.len()] {
    fn or_empty(value: Option<impl ToString>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    [
        book.id.to_string(),
        book.title.value.clone(),
        book.authors.value.clone(),
        or_empty(book.year.value),
        book.language.value.clone(),
        book.topic.value.clone(),
        price(book.cost.value),
        book.count().to_string(),
        or_empty(book.isbn.value),
        book.publisher.value.clone(),
        or_empty(book.published.value),
        or_empty(book.format.value),
        book.description.value.clone(),
    ]
}

/// A price without the cents where there are none.
pub(super) fn price(price: Money) -> String {
    let cents = price.cents();
    if cents.is_multiple_of(100) { (cents / 100).to_string() } else { price.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{Books, Reading};
    use wire::{Format, ItemId};

    fn read_as(text: &str, mapping: &str) -> Vec<Result<FiledBook, String>> {
        let reading = Reading { mapping: mapping.parse().expect("a mapping"), ..Reading::default() };
        match Books::read(text.as_bytes(), &reading) {
            Ok(rows) => rows.map(|row| row.map_err(|bad| bad.to_string())).collect(),
            Err(bad) => vec![Err(bad.to_string())],
        }
    }

    fn read(text: &str) -> Vec<Result<FiledBook, String>> {
        read_as(text, "")
    }

    #[test]
    fn columns_come_in_any_order_and_empty_ones_say_nothing() {
        let rows = read("units,price,topic,title,id,year\n2,12.50,novels,\"Emma, a novel\",7,\n");
        let book = rows[0].as_ref().expect("a good row");
        assert_eq!((book.id, book.units, book.fields.year), (Some(ItemId(7)), Some(2), None));
        assert_eq!(book.fields.title.as_deref(), Some("Emma, a novel"));
        let rows = read("id,title,topic,price,units\n7,A,t,1,\n");
        assert_eq!(rows[0].as_ref().expect("a good row").units, None);
    }

    #[test]
    fn a_book_has_everything_that_is_known_of_its_edition() {
        let header = "title,topic,price,isbn,publisher,published,format,description";
        let rows = read(&format!(
            "{header}\nT,fiction / crime,9,0-306-40615-2,Holt & Söhne,2024-05,E-book,\"One.\r\n\r\nTwo, \"\"three\"\".\"\n"
        ));
        let book = rows[0].as_ref().expect("a good row");
        assert_eq!((book.id, book.units), (None, None));
        let fields = &book.fields;
        assert_eq!(fields.isbn.map(|isbn| isbn.to_string()).as_deref(), Some("9780306406157"));
        assert_eq!(fields.published.map(|date| date.to_string()).as_deref(), Some("2024-05"));
        assert_eq!((fields.format, fields.publisher.as_deref()), (Some(Format::EBook), Some("Holt & Söhne")));
        assert_eq!(fields.description.as_deref(), Some("One.\n\nTwo, \"three\"."));
    }

    #[test]
    fn a_file_of_others_is_read_by_its_own_names_delimiter_and_commas() {
        let text = "\u{feff}EAN;Titel;Preis;Regal;Gebiet\n978-3-16-148410-0;\"Der Prozess; Roman\";12,50;7b;Romane\n";
        let rows = read_as(text, "isbn=EAN,title=Titel,price=Preis,topic=Gebiet");
        let book = rows[0].as_ref().expect("a good row");
        assert_eq!(book.fields.title.as_deref(), Some("Der Prozess; Roman"));
        assert_eq!(book.fields.cost.map(Money::cents), Some(1250));
        let tabs = read("isbn\ttitle\ttopic\tprice\n9783161484100\tA, B\tt\t7,5\n");
        assert_eq!(tabs[0].as_ref().expect("a good row").fields.cost.map(Money::cents), Some(750));
    }

    #[test]
    fn each_mistake_is_named_with_its_line_and_column() {
        let header = "id,title,authors,year,language,topic,price,units,isbn,publisher,published,format,description\n";
        let long = "é".repeat(2001);
        let cases = [
            ("x,T,,,,t,1,1,,,,,", "line 2, column 1 (id)"),
            ("1,,,,,t,1,1,,,,,", "line 2, column 2 (title): is empty"),
            ("1,T,,17x,,t,1,1,,,,,", "line 2, column 4 (year)"),
            ("1,T,,,,t / ,1,1,,,,,", "line 2, column 6 (topic)"),
            ("1,T,,,,t,-1,1,,,,,", "line 2, column 7 (price)"),
            ("1,T,,,,t,1.005,1,,,,,", "line 2, column 7 (price)"),
            ("1,T,,,,t,,1,,,,,", "line 2, column 7 (price): is empty"),
            ("1,T,,,,t,1,-1,,,,,", "line 2, column 8 (units)"),
            ("1,T,,,,t,1,1,9780306406158,,,,", "line 2, column 9 (isbn): \"9780306406158\": the last digit"),
            ("1,T,,,,t,1,1,,,May,,", "line 2, column 11 (published)"),
            ("1,T,,,,t,1,1,,,,scroll,", "line 2, column 12 (format)"),
            (&format!("1,T,,,,t,1,1,,,,,{long}"), "line 2, column 13 (description): has 4002 bytes"),
            ("1,T,,,,t,1,1,,,,,a\u{7}", "line 2, column 13 (description): has a control"),
            ("1,T,,,,t,1", "line 2: 7 fields"),
            ("1,T\u{7},,,,t,1,1,,,,,", "line 2, column 2 (title): has a control"),
            (",T,,,,t,1,1,,,,,", "line 2, column 9 (isbn): a book needs"),
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
    fn an_id_or_isbn_twice_and_a_file_without_its_columns_are_refused() {
        let rows = read("id,title,topic,price,units\n1,A,t,1,1\n1,B,t,1,1\n");
        assert!(rows[1].as_ref().expect_err("twice").contains("earlier row"));
        let rows = read("isbn,title,topic,price\n0306406152,A,t,1\n9780306406157,B,t,1\n");
        assert!(rows[1].as_ref().expect_err("twice").starts_with("line 3, column 1 (isbn): 9780306406157 stands"));
        assert!(read("id,title\n")[0].as_ref().expect_err("missing").contains("column topic is missing"));
        assert!(read("id,colour\n")[0].as_ref().expect_err("unknown").contains("unknown column \"colour\""));
    }

    #[test]
    fn a_row_that_is_written_is_read_as_the_same() {
        let mut state = ItemState::unknown(ItemId(7));
        state.title.value = "A \"title\", with; everything".into();
        state.topic.value = "a / b".into();
        state.isbn.value = "9780306406157".parse().ok();
        state.published.value = "2024-05".parse().ok();
        state.format.value = Some(Format::SheetMusic);
        state.description.value = "One.\n\nTwo.".into();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(COLUMNS).expect("memory takes it");
        writer.write_record(row(&state)).expect("memory takes it");
        let text = String::from_utf8(writer.into_inner().expect("flushes")).expect("UTF-8");
        let rows = read(&text);
        let book = rows[0].as_ref().expect("a good row");
        assert_eq!(book.fields.title.as_deref(), Some(state.title.value.as_str()));
        assert_eq!(book.fields.description.as_deref(), Some(state.description.value.as_str()));
        let kept = (book.fields.isbn, book.fields.published, book.fields.format, book.units);
        assert_eq!(kept, (state.isbn.value, state.published.value, state.format.value, Some(0)));
    }
}

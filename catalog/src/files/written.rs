//! Books without ids, written to a file that can be imported.

use super::csv_file::price;
use super::onix::write;
use super::{COLUMNS, FiledBook};
use std::io::{self, Write};

/// The kind of a file that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Csv,
    /// ONIX 3.0, with prices in this currency.
    Onix {
        currency: String,
    },
}

enum Form<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Onix { to: W, currency: String },
}

/// A file that is being written.
pub(crate) struct Writer<W: Write> {
    form: Form<W>,
    written: u64,
}

impl<W: Write> Writer<W> {
    pub(crate) fn begin(mut to: W, target: Target) -> io::Result<Self> {
        let form = match target {
            Target::Csv => {
                let mut csv = csv::Writer::from_writer(to);
                csv.write_record(&COLUMNS[1..])?;
                Form::Csv(Box::new(csv))
            }
            Target::Onix { currency } => {
                write::begin(&mut to)?;
                Form::Onix { to, currency }
            }
        };
        Ok(Self { form, written: 0 })
    }

    pub(crate) fn write(&mut self, book: &FiledBook) -> io::Result<()> {
        self.written += 1;
        match &mut self.form {
            Form::Csv(csv) => Ok(csv.write_record(row(book))?),
            Form::Onix { to, currency } => write::record(to, self.written, book, currency),
        }
    }

    /// Ends the file, which is then whole.
    pub(crate) fn end(self) -> io::Result<()> {
        match self.form {
            Form::Csv(mut csv) => csv.flush(),
            Form::Onix { mut to, .. } => {
                write::end(&mut to)?;
                to.flush()
            }
        }
    }
}

/// The columns of a book but for its id, in their order.
fn row(book: &FiledBook) -> [String; COLUMNS.len() - 1] {
    fn text<T: ToString>(value: Option<T>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let fields = &book.fields;
    let words = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        words(&fields.title),
        words(&fields.authors),
        text(fields.year),
        words(&fields.language),
        words(&fields.topic),
        fields.cost.map(price).unwrap_or_default(),
        text(book.units),
        text(fields.isbn),
        words(&fields.publisher),
        text(fields.published),
        text(fields.format),
        words(&fields.description),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::generated::Generated;
    use crate::files::{Books, Reading};

    fn file(number: u64, target: Target) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = Writer::begin(&mut bytes, target).expect("memory takes it");
        Generated::new(number, 5).for_each(|book| writer.write(&book).expect("memory takes it"));
        writer.end().expect("memory takes it");
        bytes
    }

    #[test]
    fn what_is_generated_is_read_again_field_by_field_from_csv_and_from_onix() {
        let made: Vec<_> = Generated::new(300, 5).collect();
        for target in [Target::Csv, Target::Onix { currency: "EUR".into() }] {
            let bytes = file(300, target.clone());
            let books = Books::read(bytes.as_slice(), &Reading::default()).unwrap_or_else(|bad| panic!("{bad}"));
            let read: Vec<_> = books.map(|book| book.unwrap_or_else(|bad| panic!("{bad}"))).collect();
            assert_eq!(read.len(), 300);
            for (read, made) in read.iter().zip(&made) {
                assert_eq!(read, made, "{target:?}");
            }
            assert_eq!(bytes, file(300, target));
        }
    }
}

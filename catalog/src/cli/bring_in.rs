//! `catalog import`: checks the whole file first, then brings it into the running shop, part by part.
//!
//! Which book is which, and the calls, are in `shelving`.

use super::covers::Covers;
use super::progress::Progress;
use super::shelving::Shelving;
use crate::files::{self, BadRow, Books, FiledBook, Reading};
use serve::command_line::{Fatal, Place};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use wire::ItemId;

/// Books in a part, for each replica: about as many as it is sent in one call, which is one commit.
const BATCH: usize = 1000;
/// Bytes of texts in a part: with what JSON adds to them, a call stays well below what a replica takes.
const PART_BYTES: usize = 5 << 19;
/// Bad rows that are shown; the rest is counted.
const MOST_SHOWN: usize = 50;

/// What is wrong with a file, and how much is right.
#[derive(Default)]
struct Checked {
    good: u64,
    bad: u64,
    /// Good rows that name a cover.
    covers: u64,
    /// The first of the bad rows.
    shown: Vec<BadRow>,
    /// The highest id that the file names.
    highest: Option<ItemId>,
}

/// What an import does beside bringing books in.
#[derive(Clone, Copy)]
pub(crate) struct Choices {
    /// The good rows of a file that has bad ones.
    pub(crate) skip_bad: bool,
    /// The covers, too.
    pub(crate) covers: bool,
}

pub(crate) async fn import(places: &[Place], file: &Path, reading: &Reading, choices: Choices) -> Result<(), Fatal> {
    let checked = check(file, reading)?;
    let Checked { good, bad, .. } = checked;
    if bad > 0 && !choices.skip_bad {
        checked.list(file);
        let message = format!(
            "{} has {bad} bad rows and {good} good ones; nothing was imported. Mend them, or import the good ones with \
             --skip-bad",
            file.display()
        );
        return Err(Fatal::Failed(message));
    }
    let mut shelving = Shelving::reach(places, checked.highest).await?;
    let mut covers = choices.covers.then(|| Covers::of(file, checked.covers));
    let mut progress = Progress::new("importing", "books", good);
    let mut books = open(file, reading)?.flatten().peekable();
    while books.peek().is_some() {
        let part = part(&mut books, BATCH * places.len());
        let size = part.len() as u64;
        shelving.shelve(part).await?;
        progress.add(size);
        let places = shelving.covers();
        if let Some(covers) = &mut covers {
            covers.bring(&shelving, places).await;
        }
    }
    shelving.until_everyone_has_it().await;
    progress.done();
    let tally = shelving.done();
    let (added, changed, recounted) = (tally.added, tally.changed, tally.recounted);
    println!("{added} books added, {changed} changed, {recounted} counted anew, {bad} bad rows skipped.");
    checked.list(file);
    for why in &tally.not_counted {
        eprintln!("not counted: {why}");
    }
    let without = covers.map_or(0, Covers::done);
    match tally.not_counted.len() {
        0 if without == 0 => Ok(()),
        0 => Err(Fatal::Failed(format!(
            "the books are in, {without} of them without their covers; import the file again"
        ))),
        some => Err(Fatal::Failed(format!("{some} books could not be counted; import the file again"))),
    }
}

fn open(file: &Path, reading: &Reading) -> Result<Books<BufReader<File>>, Fatal> {
    files::open(file, reading).map_err(Fatal::Failed)
}

/// The next books, as many as make a part.
fn part(books: &mut impl Iterator<Item = FiledBook>, most: usize) -> Vec<FiledBook> {
    let (mut part, mut bytes) = (Vec::with_capacity(most), 0);
    for book in books {
        let fields = &book.fields;
        let texts = [&fields.title, &fields.authors, &fields.topic, &fields.publisher, &fields.description];
        bytes += texts.into_iter().flatten().map(String::len).sum::<usize>();
        part.push(book);
        if part.len() == most || bytes > PART_BYTES {
            break;
        }
    }
    part
}

/// Reads the whole file.
fn check(file: &Path, reading: &Reading) -> Result<Checked, Fatal> {
    let length = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
    let mut progress = Progress::new("checking", "MiB", length >> 20);
    let mut books = open(file, reading)?;
    let mut checked = Checked::default();
    while let Some(book) = books.next() {
        match book {
            Ok(book) => {
                checked.good += 1;
                checked.covers += u64::from(book.cover.is_some());
            }
            Err(row) => {
                checked.bad += 1;
                if checked.shown.len() < MOST_SHOWN {
                    checked.shown.push(row);
                }
            }
        }
        if (checked.good + checked.bad).is_multiple_of(1000) {
            progress.set(books.bytes() >> 20);
        }
    }
    checked.highest = books.highest();
    progress.done();
    Ok(checked)
}

impl Checked {
    /// Shows the bad rows, each with its place, the field and why.
    fn list(&self, file: &Path) {
        for row in &self.shown {
            eprintln!("{}: {row}", file.display());
        }
        if self.bad > MOST_SHOWN as u64 {
            eprintln!("… and {} more bad rows", self.bad - MOST_SHOWN as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_when_it_has_as_many_books_or_as_many_bytes_as_it_may() {
        let described = |bytes: usize| {
            let mut book = FiledBook::default();
            book.fields.description = Some("x".repeat(bytes));
            book
        };
        assert_eq!(part(&mut (0..10).map(|_| described(1)), 3).len(), 3);
        assert_eq!(part(&mut (0..2).map(|_| described(1)), 3).len(), 2);
        let long = 4000;
        let books = part(&mut (0..10_000).map(|_| described(long)), 100_000).len();
        assert!((books - 1) * long <= PART_BYTES && books * long > PART_BYTES, "{books}");
    }
}

//! `catalog import`: checks the whole file first, then brings it into the running shop, part by part.
//!
//! Which book is which, and the calls, are in `imports`.

use super::covers::Covers;
use super::progress::Progress;
use crate::files::{self, BadRow, Books, Reading};
use crate::imports::{BATCH, Shelving, Stopped, part};
use serve::Caller;
use serve::command_line::{Fatal, Place};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use wire::{ItemId, OperatorName};

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
pub(crate) struct Choices {
    /// The good rows of a file that has bad ones.
    pub(crate) skip_bad: bool,
    /// The covers, too.
    pub(crate) covers: bool,
    /// Who imports, for the record.
    pub(crate) by: OperatorName,
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
    let first = places.first().ok_or_else(|| Fatal::Usage("there is no catalog replica".into()))?;
    let caller = Caller::new(&first.secrets, &first.member.name);
    let members = places.iter().map(|place| place.member.clone()).collect();
    let stopped = |why: Stopped| Fatal::Failed(why.to_string());
    let mut shelving = Shelving::reach(members, caller, checked.highest, choices.by).await.map_err(stopped)?;
    let mut covers = choices.covers.then(|| Covers::of(file, checked.covers));
    let mut progress = Progress::new("importing", "books", good);
    let mut books = open(file, reading)?.flatten().peekable();
    while books.peek().is_some() {
        let part = part(&mut books, BATCH * places.len());
        let size = part.len() as u64;
        shelving.shelve(part).await.map_err(stopped)?;
        progress.add(size);
        let places = shelving.covers();
        if let Some(covers) = &mut covers {
            covers.bring(&shelving, places).await;
        }
    }
    shelving.until_everyone_has_it().await;
    progress.done();
    let tally = shelving.tally();
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

//! An import of the desk from its check to its end.

use super::job::Job;
use super::{BATCH, Shelving, part};
use crate::files::{self, FiledBook};
use crate::peers::Peers;
use std::sync::Arc;
use stock::command::Command;
use tokio::task::spawn_blocking;
use wire::import::{BadRow, Phase};
use wire::{Cause, ItemId, Way};

/// Rows between two looks at whether somebody wants it to stop.
const LOOK: u64 = 200;

/// Checks the file and imports it as it is wanted; what becomes of it stands in the job.
pub(super) async fn run(job: &Arc<Job>, peers: &Peers) {
    let over = match checked_and_imported(job, peers).await {
        Ok(()) if job.is_cancelled() => Phase::Cancelled,
        Ok(()) => Phase::Done,
        Err(why) => Phase::Stopped(why),
    };
    let status = job.status();
    if !status.wanted.check_only && (status.done > 0 || over == Phase::Done) {
        let how = match &over {
            Phase::Cancelled => " was cancelled",
            Phase::Stopped(_) => " stopped before its end",
            _ => "",
        };
        let (added, changed, recounted, bad) = (status.added, status.changed, status.recounted, status.bad);
        let did = format!("{added} books added, {changed} changed, {recounted} counted anew, {bad} bad rows left out.");
        note(job, peers, &format!("{}{how}: {did}", named(job))).await;
    }
    job.is(over);
}

async fn checked_and_imported(job: &Arc<Job>, peers: &Peers) -> Result<(), String> {
    if job.is_over() {
        return Ok(());
    }
    job.is(Phase::Checking);
    let checking = job.clone();
    let broken = |_| "The file could not be read.".to_owned();
    let highest = spawn_blocking(move || check(&checking)).await.map_err(broken)??;
    let status = job.status();
    if status.wanted.check_only || job.is_cancelled() {
        return Ok(());
    }
    if status.bad > 0 && !status.wanted.skip_bad {
        return Err("It has bad rows, and nothing of it was imported. Mend them, or import the good ones.".into());
    }
    job.is(Phase::Importing);
    note(job, peers, &format!("{} began: {} books.", named(job), status.good)).await;
    let members: Vec<_> = peers.fleet.members().iter().chain([&peers.me]).cloned().collect();
    let most = BATCH * members.len();
    let reached = Shelving::reach(members, peers.caller.clone(), highest, status.wanted.by.clone()).await;
    let mut shelving = reached.map_err(|why| why.to_string())?;
    // A cover is a file beside the file, or at an address that a command line is asked to fetch: not what a browser sends.
    let mut books = job.books()?.flatten().map(|book| FiledBook { cover: None, ..book });
    while !job.is_cancelled() {
        let read = spawn_blocking(move || (part(&mut books, most), books)).await.map_err(broken)?;
        let found;
        (found, books) = read;
        if found.is_empty() {
            break;
        }
        let size = found.len() as u64;
        let shelved = shelving.shelve(found).await;
        job.went(if shelved.is_ok() { size } else { 0 }, shelving.tally());
        shelved.map_err(|why| why.to_string())?;
    }
    shelving.until_everyone_has_it().await;
    Ok(())
}

/// Reads the whole file; the highest id that it names.
fn check(job: &Job) -> Result<Option<ItemId>, String> {
    let mut books = job.books()?;
    let (mut good, mut rows, mut bad) = (0, 0, Vec::new());
    while let Some(book) = books.next() {
        match book {
            Ok(_) => good += 1,
            Err(row) => bad.push(told(&row)),
        }
        rows += 1_u64;
        if rows.is_multiple_of(LOOK) {
            job.found(books.bytes(), good, &mut bad);
            if job.is_cancelled() {
                return Ok(None);
            }
        }
    }
    job.found(job.status().bytes, good, &mut bad);
    Ok(books.highest())
}

fn told(row: &files::BadRow) -> BadRow {
    BadRow { place: row.at.to_string(), field: row.field.clone().unwrap_or_default(), why: row.why.clone() }
}

/// What the record calls it.
fn named(job: &Job) -> String {
    match job.status().wanted.name.as_str() {
        "" => "Import".to_owned(),
        name => format!("Import of {name}"),
    }
}

/// Tells the record. An import is not held up by it: what it does to each book stands there with the book.
async fn note(job: &Job, peers: &Peers, text: &str) {
    let Ok(text) = text.to_owned().try_into() else { return };
    let cause = Cause { by: job.status().wanted.by, way: Way::Import };
    if let Err(error) = peers.replica.ask(Command::Note { item: None, text }.caused(cause)).await {
        tracing::warn!(%error, "an import is not noted");
    }
}

//! `catalog init`: makes the first data of a shop, in one replica, and mints its opening stock there.
//!
//! Once, in one actor: every other replica joins with no rights and is given its share. A second call changes nothing.

use crate::changes::Changes;
use crate::files::{self, FiledBook, Reading};
use crate::machine::Catalog;
use crate::store::JOURNALLED;
use replica::{Replica, Setup};
use serve::command_line::{Fatal, Place};
use serve::{Caller, Readiness, clock};
use std::path::Path;
use stock::command::{Command, NewBook, Reply, Shelved};
use wire::ItemId;

const BATCH: usize = 1000;

pub(crate) async fn init(place: &Place, seed: &Path) -> Result<(), Fatal> {
    let (books, name) = (read(seed)?, &place.member.name);
    let caller = Caller::new(&place.secrets, name);
    let readiness = Readiness::new(name);
    let tables = Catalog::new(name.clone(), Changes::default(), clock::now_ms);
    // Where there are data already, they have to be vouched for as at any other start.
    let (replica, writer) = Replica::start(Setup::new(place, JOURNALLED, None), tables, caller, readiness)?;
    let mut total = Shelved::default();
    for batch in books.chunks(BATCH) {
        // What is there stays as it is: an operator may have changed it since.
        let ids: Vec<ItemId> = batch.iter().map(|book| book.id).collect();
        let there = replica.readers().read(move |books| crate::store::states(books, &ids)).await;
        let there = there.map_err(|error| Fatal::Failed(format!("can't read the catalog: {error}")))?;
        let new = batch.iter().filter(|book| !there.contains_key(&book.id)).cloned().collect();
        let shelved = replica.ask(Command::Shelve(new)).await.map(Reply::shelved);
        let shelved = shelved.map_err(|error| Fatal::Failed(error.to_string()))?;
        total.added += shelved.added;
    }
    replica.stop().await;
    writer.finished().await;
    let units: u64 = books.iter().filter_map(|book| book.units).sum();
    match total.added {
        0 => println!("{name} has its opening stock already; nothing was changed"),
        added => println!("{name} opened with {added} titles, {units} units"),
    }
    Ok(())
}

/// The books of the file. Those without an id get the numbers above all that it names, the same ones whenever it is read.
fn read(seed: &Path) -> Result<Vec<NewBook>, Fatal> {
    let failed = |why: String| Fatal::Failed(format!("{}: {why}", seed.display()));
    let mut books = files::open(seed, &Reading::default()).map_err(Fatal::Failed)?;
    let read: Vec<FiledBook> = books.by_ref().collect::<Result<_, _>>().map_err(|bad| failed(bad.to_string()))?;
    let mut next = books.highest().map_or(0, |highest| highest.0);
    let numbered = read.into_iter().map(|FiledBook { id, fields, units, .. }| {
        let id = if let Some(id) = id {
            id
        } else {
            next = next.checked_add(1).ok_or_else(|| failed("there are no ids above those that it names".into()))?;
            ItemId(next)
        };
        Ok(NewBook { id, fields, units, drawn: false })
    });
    numbered.collect()
}

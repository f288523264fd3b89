//! `catalog check`: folds the journals of a replica again, from nothing, and compares with its tables.

use crate::serve::FILE;
use crate::store;
use journal::Entry;
use replica::ChainCheck;
use serve::command_line::{Fatal, Place};
use stock::{Numbers, Op, Shelf};
use wire::ItemId;

/// Differences that are shown; the rest is counted.
const MOST_SHOWN: usize = 50;

pub(crate) fn check(place: &Place) -> Result<(), Fatal> {
    let database = replica::read_only(&place.paths.replica_dir(&place.member.name), FILE)?;
    // One transaction, so that a replica that is running does not change under the comparison.
    let failed = |error: rusqlite::Error| Fatal::Failed(format!("can't read {}: {error}", place.member.name));
    let reader = database.unchecked_transaction().map_err(failed)?;
    let mut fold = Fold::default();
    let folded = replica::entries(&reader, |entry| {
        fold.entry(&entry);
        Ok(())
    });
    folded.map_err(failed)?;
    let mut after = None;
    loop {
        let page = store::of_topic(&reader, None, after, Some(1000)).map_err(failed)?;
        let ids: Vec<ItemId> = page.iter().filter_map(|state| id(state)).collect();
        let Some(last) = ids.last() else { break };
        after = Some(*last);
        for book in store::books(&reader, &ids).map_err(failed)? {
            fold.compare(&book);
        }
    }
    fold.verdict(&place.member.name)
}

fn id(state: &str) -> Option<ItemId> {
    serde_json::from_str::<wire::ItemState>(state).ok().map(|state| state.id)
}

/// The fold made again, and what was found to differ.
struct Fold {
    shelf: Shelf,
    chain: ChainCheck,
    books: usize,
    differences: Vec<String>,
}

impl Default for Fold {
    fn default() -> Self {
        let nobody = journal::ActorId::from_bits(0);
        let shelf = Shelf::new(nobody, Numbers::new('A', 0, false));
        Self { shelf, chain: ChainCheck::default(), books: 0, differences: Vec::new() }
    }
}

impl Fold {
    fn entry(&mut self, entry: &Entry) {
        self.differences.extend(self.chain.broken(entry));
        let (actor, seq) = (entry.actor, entry.head.seq);
        match entry.body.read::<Op>() {
            Ok(op) => self.shelf.apply(actor, seq, op),
            Err(error) => self.differences.push(format!("journal of {actor}: entry {seq} can't be read: {error}")),
        }
    }

    fn compare(&mut self, stored: &stock::Book) {
        self.books += 1;
        let item = stored.state.id;
        match self.shelf.book(item) {
            None => self.differences.push(format!("item {item} stands in no journal")),
            Some(folded) if folded.state != stored.state => {
                self.differences
                    .push(format!("item {item}: the table says {:?}, the journals {:?}", stored.state, folded.state));
            }
            Some(folded) if folded.accounts != stored.accounts || folded.gives != stored.gives => {
                self.differences.push(format!("item {item}: the accounts differ from the journals"));
            }
            Some(_) => (),
        }
    }

    fn verdict(mut self, name: &cluster::ReplicaName) -> Result<(), Fatal> {
        let folded = self.shelf.changed_books().filter(|book| book.exists()).count();
        if folded != self.books {
            self.differences.push(format!("the journals make {folded} books, the tables have {}", self.books));
        }
        for difference in self.differences.iter().take(MOST_SHOWN) {
            println!("{difference}");
        }
        if self.differences.is_empty() {
            println!("{name}: {} entries fold to exactly the {} books in the tables", self.chain.entries(), self.books);
            return Ok(());
        }
        Err(Fatal::Failed(format!(
            "{name}: {} differences between the journals and the tables",
            self.differences.len()
        )))
    }
}

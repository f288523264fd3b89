//! `catalog check`: folds the journals of a replica again, from nothing, and compares with its tables.
//!
//! Every table is compared, row by row. Nothing is repaired: the journals are the truth, and a replica whose tables
//! differ is started anew on empty data.

use crate::store;
use journal::{ActorId, Entry};
use replica::ChainCheck;
use rusqlite::Connection;
use serve::command_line::{Fatal, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use stock::{Numbers, Op, Shelf};
use wire::sale::SaleRef;
use wire::{ItemId, OrderId};

/// Differences that are shown; the rest is counted.
const MOST_SHOWN: usize = 50;
/// Books compared in one go.
const PAGE: u32 = 1000;

pub(crate) fn check(place: &Place) -> Result<(), Fatal> {
    let name = &place.member.name;
    let database = store::KIND.read_only(place)?;
    // One transaction, so that a replica that is running does not change under the comparison.
    let failed = |error: rusqlite::Error| Fatal::Failed(format!("can't read {name}: {error}"));
    let reader = database.unchecked_transaction().map_err(failed)?;
    let mut fold = Fold::default();
    fold.read(&reader).and_then(|()| fold.compare(&reader)).map_err(failed)?;
    fold.verdict(name)
}

/// The fold made again, and what was found to differ.
struct Fold {
    shelf: Shelf,
    chain: ChainCheck,
    /// What was adjusted under each name; by more than one actor only where they were apart.
    references: BTreeMap<String, BTreeSet<(ItemId, i64)>>,
    incarnations: BTreeSet<(ActorId, String)>,
    books: usize,
    /// Covers whose bytes are not here.
    covers_missing: u64,
    differences: Vec<String>,
}

impl Default for Fold {
    fn default() -> Self {
        let nobody = ActorId::from_bits(0);
        Self {
            shelf: Shelf::new(nobody, Numbers::new('A', 0, false)),
            chain: ChainCheck::default(),
            references: BTreeMap::new(),
            incarnations: BTreeSet::new(),
            books: 0,
            covers_missing: 0,
            differences: Vec::new(),
        }
    }
}

impl Fold {
    fn read(&mut self, from: &Connection) -> rusqlite::Result<()> {
        replica::entries(from, |entry| {
            self.entry(&entry);
            Ok(())
        })
    }

    fn entry(&mut self, entry: &Entry) {
        self.differences.extend(self.chain.broken(entry));
        let (actor, seq) = (entry.actor, entry.head.seq);
        let op = match entry.body.read::<Op>() {
            Ok(op) => op,
            Err(error) => {
                self.differences.push(format!("journal of {actor}: entry {seq} can't be read: {error}"));
                return;
            }
        };
        self.chain.retires(&op);
        match &op {
            Op::Open { replica } => drop(self.incarnations.insert((actor, replica.clone()))),
            Op::Mint { item, n, reference, .. } => {
                self.adjusted(reference, *item, i64::try_from(*n).unwrap_or(i64::MAX));
            }
            Op::Burn { item, n, reference, .. } => {
                self.adjusted(reference, *item, -i64::try_from(*n).unwrap_or(i64::MAX));
            }
            _ => (),
        }
        self.shelf.apply(actor, seq, op);
    }

    fn adjusted(&mut self, name: &str, item: ItemId, delta: i64) {
        self.references.entry(name.to_owned()).or_default().insert((item, delta));
    }

    fn compare(&mut self, with: &Connection) -> rusqlite::Result<()> {
        self.differences.extend(self.chain.differences(with)?);
        self.compare_books(with)?;
        self.compare_sales(with)?;
        self.compare_covers(with)?;
        let stored = store::every_reference(with)?;
        for name in stored.keys().chain(self.references.keys()).collect::<BTreeSet<_>>() {
            let (table, journal) = (stored.get(name), self.references.get(name));
            let agrees = table.zip(journal).is_some_and(|(done, all)| all.contains(&(done.item, done.delta)));
            if !agrees {
                self.differences.push(differs(&format!("adjustment {name}"), table, journal));
            }
        }
        let wanted: BTreeSet<_> = self.shelf.new_changes().iter().copied().collect();
        for row in store::every_change(with)?.symmetric_difference(&wanted) {
            let stock::ChangeRow { place, .. } = row;
            let what = format!("change {} of {}", place.seq, place.actor);
            self.differences.push(format!("{what} stands in only one of table and journals, or differs"));
        }
        for (actor, replica) in store::every_incarnation(with)?.symmetric_difference(&self.incarnations) {
            self.differences.push(format!("incarnation {actor} of {replica} stands in only one of table and journals"));
        }
        Ok(())
    }

    fn compare_books(&mut self, with: &Connection) -> rusqlite::Result<()> {
        let (mut after, mut accounts, mut gives) = (None, 0, 0);
        loop {
            let page = store::items(with, after, PAGE)?;
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            for (item, _) in page.iter().filter(|(_, found)| !found) {
                self.differences
                    .push(format!("item {item}: its topic, words, ISBN or author are not those of its state"));
            }
            let ids: Vec<ItemId> = page.into_iter().map(|(item, _)| item).collect();
            for book in store::books(with, &ids)? {
                accounts += book.accounts.len();
                gives += book.gives.len();
                self.compare_book(&book);
            }
        }
        if store::found_by_nothing(with)? > 0 {
            self.differences.push("books that there are not are found by an ISBN or author".into());
        }
        let rows = store::rows_of_stock(with)?;
        if rows != (accounts, gives) {
            let (stock, give) = rows;
            let found = format!("{stock} accounts and {give} gifts, the books have {accounts} and {gives}");
            self.differences.push(format!("the tables have {found}"));
        }
        let folded = self.shelf.changed_books().count();
        if folded != self.books {
            self.differences.push(format!("the journals make {folded} books, the tables have {}", self.books));
        }
        Ok(())
    }

    fn compare_book(&mut self, stored: &stock::Book) {
        self.books += 1;
        let item = stored.state.id;
        let Some(folded) = self.shelf.book(item) else {
            self.differences.push(format!("item {item} stands in no journal"));
            return;
        };
        if folded.state != stored.state {
            self.differences.push(differs(&format!("item {item}"), Some(&stored.state), Some(&folded.state)));
        }
        if folded.accounts != stored.accounts {
            let found = differs(&format!("accounts of item {item}"), Some(&stored.accounts), Some(&folded.accounts));
            self.differences.push(found);
        }
        if folded.gives != stored.gives {
            self.differences.push(differs(&format!("gifts of item {item}"), Some(&stored.gives), Some(&folded.gives)));
        }
    }

    /// Bytes that are not here are no difference: they are asked of the others.
    fn compare_covers(&mut self, with: &Connection) -> rusqlite::Result<()> {
        for book in self.shelf.changed_books() {
            let Some(cover) = book.state.cover.value else { continue };
            if !store::is_named(with, cover.hash)? {
                self.differences.push(format!("item {}: its cover {} is not in the table", book.state.id, cover.hash));
            }
        }
        let damaged = store::damaged_covers(with)?;
        self.differences.extend(damaged.into_iter().map(|hash| format!("cover {hash}: its bytes are others")));
        self.covers_missing = store::number_of_missing_covers(with)?;
        Ok(())
    }

    fn compare_sales(&mut self, with: &Connection) -> rusqlite::Result<()> {
        let mut sold: BTreeMap<SaleRef, (OrderId, bool)> = BTreeMap::new();
        let mut numbers: BTreeMap<u64, BTreeSet<OrderId>> = BTreeMap::new();
        for known in self.shelf.new_sales() {
            sold.insert(known.at, (known.sale.order, known.live));
            numbers.entry(known.sale.number.0).or_default().insert(known.sale.order);
        }
        let stored = store::every_sale(with)?;
        for at in stored.keys().chain(sold.keys()).collect::<BTreeSet<_>>() {
            let (table, journal) = (stored.get(at), sold.get(at));
            if table != journal {
                self.differences.push(differs(&format!("sale {} of {}", at.seq, at.actor), table, journal));
            }
        }
        let advances: BTreeSet<_> = self.shelf.new_advances().iter().copied().collect();
        for (order, at) in store::every_advance(with)?.symmetric_difference(&advances) {
            let found =
                format!("step {} of {} of order {order} stands in only one of table and journals", at.seq, at.actor);
            self.differences.push(found);
        }
        for (number, orders) in numbers.iter().filter(|(_, orders)| orders.len() > 1) {
            self.differences.push(format!("order number {number} stands for {} orders: {orders:?}", orders.len()));
        }
        let mut drawn = Numbers::new('A', 0, false);
        for number in numbers.keys() {
            drawn.seen(*number);
        }
        let (table, journal) = (store::highest(with)?, drawn.highest());
        if table != journal {
            self.differences.push(differs("highest order number", Some(&table), Some(&journal)));
        }
        Ok(())
    }

    fn verdict(self, name: &cluster::ReplicaName) -> Result<(), Fatal> {
        for difference in self.differences.iter().take(MOST_SHOWN) {
            println!("{difference}");
        }
        if self.covers_missing > 0 {
            println!(
                "{name}: {} covers are not here yet; it asks the others for them while it runs",
                self.covers_missing
            );
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

fn differs<A: Debug, B: Debug>(what: &str, table: Option<&A>, journal: Option<&B>) -> String {
    let said = |side: Option<String>| side.unwrap_or_else(|| "nothing".into());
    let (table, journal) = (table.map(|a| format!("{a:?}")), journal.map(|b| format!("{b:?}")));
    format!("{what}: the table says {}, the journals {}", said(table), said(journal))
}

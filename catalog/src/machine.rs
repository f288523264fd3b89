//! The catalog's part of a batch: load what it touches, let `stock` decide, store what changed.

use crate::changes::{Changes, Whose};
use crate::command::{Command, Holder, Lack, NewBook, NotSold, Reply, Shelved, TransferAnswer};
use crate::store;
use cluster::ReplicaName;
use journal::ActorId;
use replica::{Arrived, Machine, Pen};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use stock::{Adjusted, Granted, Missing, NotAdjusted, Numbers, Op, Shelf, Sold};
use wire::sale::{Reserve, Reserved, SaleRef};
use wire::{ItemId, OrderId};

/// The catalog, as the writer drives it.
pub(crate) struct Catalog {
    replica: ReplicaName,
    changes: Changes,
    /// Read with the first batch, and kept up to date with every one.
    known: Option<Known>,
    /// By the clock of this machine; stands in sales and stamps, decides nothing.
    now_ms: fn() -> u64,
}

/// What every batch needs of the time before it.
struct Known {
    incarnations: BTreeMap<ActorId, String>,
    /// The highest order number seen.
    highest: u64,
    /// Whether this actor has sold anything yet.
    sold: bool,
}

/// What one batch works on.
pub(crate) struct Working {
    shelf: Shelf,
    opened: Vec<(ActorId, String)>,
    highest_before: u64,
    now_ms: u64,
}

impl Catalog {
    /// The catalog of `replica`, which tells `changes` of every book that changes.
    pub(crate) fn new(replica: ReplicaName, changes: Changes, now_ms: fn() -> u64) -> Self {
        Self { replica, changes, known: None, now_ms }
    }
}

impl Machine for Catalog {
    type Op = Op;
    type Command = Command;
    type Reply = Reply;
    type Working = Working;

    fn load(
        &mut self,
        database: &Connection,
        me: ActorId,
        commands: &[Command],
        arrived: &[Arrived<Op>],
    ) -> rusqlite::Result<Working> {
        let known = if let Some(known) = &self.known {
            known
        } else {
            let (highest, sold) = store::numbers(database, me)?;
            let incarnations = store::incarnations(database)?;
            self.known.insert(Known { incarnations, highest, sold })
        };
        let before = |(actor, replica): (&ActorId, &String)| *actor != me && replica == self.replica.as_str();
        let reborn = !known.sold && known.incarnations.iter().any(before);
        let highest_before = known.highest;
        let mut books = Shelf::new(me, Numbers::new(self.replica.letter(), highest_before, reborn));
        let mut touched = Touched::default();
        for command in commands {
            touched.command(command);
        }
        for entry in arrived {
            touched.op(&entry.op);
        }
        let orders: Vec<_> = touched.orders.iter().copied().collect();
        for sale in store::sales(database, &orders)? {
            // A sale may be voided in this batch, which gives its units back.
            touched.items.extend(sale.sale.lines.iter().map(|line| line.item));
            books.load_sale(sale);
        }
        store::load_references(database, touched.references.iter().map(String::as_str), &mut books)?;
        let items: Vec<_> = touched.items.iter().copied().collect();
        store::books(database, &items)?.into_iter().for_each(|book| books.load_book(book));
        Ok(Working { shelf: books, opened: Vec::new(), highest_before, now_ms: (self.now_ms)() })
    }

    fn decide(&self, working: &mut Working, command: Command, pen: &mut Pen<Op>) -> Reply {
        match command {
            Command::Sell(wish) => Reply::Sold(working.sell(&wish, pen)),
            Command::Give(request) => Reply::Given(match working.shelf.grant(&request) {
                Granted::Now(op) => {
                    working.write(pen, op);
                    TransferAnswer::Given
                }
                Granted::Before => TransferAnswer::Given,
                Granted::SendTheSale => TransferAnswer::SendTheSale,
                Granted::Few { .. } => TransferAnswer::Few,
            }),
            Command::Adjust { item, delta, reference } => {
                let adjusted = working.shelf.adjust(item, delta, &reference);
                Reply::Adjusted(working.write_all(pen, adjusted))
            }
            Command::TakeStock { item, count, reference } => {
                let adjusted = working.shelf.take_stock(item, count, &reference);
                Reply::Adjusted(working.write_all(pen, adjusted))
            }
            Command::Set { item, fields } => {
                let adjusted = working.shelf.set(item, &fields, working.now_ms);
                Reply::Adjusted(working.write_all(pen, adjusted))
            }
            Command::Shelve(books) => Reply::Shelved(working.shelve(books, pen)),
        }
    }

    fn absorb(&self, working: &mut Working, arrived: Vec<Arrived<Op>>, pen: &mut Pen<Op>) {
        let mut sold = BTreeSet::new();
        for Arrived { actor, seq, op } in arrived {
            if let Op::Open { replica } = &op {
                working.opened.push((actor, replica.clone()));
            }
            sold.extend(op.order());
            working.shelf.apply(actor, seq, op);
        }
        for void in working.shelf.voids(sold) {
            working.write(pen, void);
        }
    }

    fn save(&self, database: &Connection, working: &Working) -> rusqlite::Result<()> {
        let Working { shelf, opened, highest_before, .. } = working;
        // Ends the process, with nothing committed: there is no way here but through a fault in this program.
        shelf.check().map_err(|overdrawn| rusqlite::Error::ToSqlConversionFailure(Box::new(overdrawn)))?;
        store::write_books(database, &shelf.changed_books().collect::<Vec<_>>())?;
        store::write_ledger(database, &store::LedgerChanges { shelf, opened, highest_before: *highest_before })
    }

    fn committed(&mut self, working: Working) {
        let Some(known) = &mut self.known else { return };
        known.incarnations.extend(working.opened);
        known.highest = known.highest.max(working.shelf.highest_number());
        known.sold |= working.shelf.new_sales().any(|sale| sale.at.actor == working.shelf.me());
        let me = working.shelf.me();
        let whose = |book: &stock::Book| if book.changed_by.contains(&me) { Whose::Own } else { Whose::Everyones };
        let changed = working.shelf.changed_books().filter(|book| book.exists());
        self.changes.note(changed.map(|book| (&book.state, whose(book))));
    }

    fn opening(&self) -> Op {
        Op::Open { replica: self.replica.to_string() }
    }
}

/// The rows that a batch will need.
#[derive(Default)]
struct Touched {
    items: BTreeSet<ItemId>,
    orders: BTreeSet<OrderId>,
    references: BTreeSet<String>,
}

impl Touched {
    fn command(&mut self, command: &Command) {
        match command {
            Command::Sell(wish) => {
                self.orders.insert(wish.order);
                self.items.extend(wish.basket.lines().iter().map(|line| line.item));
            }
            Command::Give(request) => drop(self.items.insert(request.item)),
            Command::Adjust { item, reference, .. } | Command::TakeStock { item, reference, .. } => {
                self.items.insert(*item);
                self.references.insert(reference.clone());
            }
            Command::Set { item, .. } => drop(self.items.insert(*item)),
            Command::Shelve(books) => {
                self.items.extend(books.iter().map(|book| book.id));
                self.references.extend(books.iter().map(|book| opening_reference(book.id)));
            }
        }
    }

    fn op(&mut self, op: &Op) {
        self.items.extend(op.items());
        self.orders.extend(op.order());
        if let Op::Mint { reference, .. } | Op::Burn { reference, .. } = op {
            self.references.insert(reference.clone());
        }
    }
}

/// The name under which a new book's first units are minted: however often it is imported, once.
fn opening_reference(item: ItemId) -> String {
    format!("opening-{item}")
}

impl Working {
    fn write(&mut self, pen: &mut Pen<Op>, op: Op) -> u64 {
        let seq = pen.write(&op);
        self.shelf.apply(pen.actor(), seq, op);
        seq
    }

    fn write_all(&mut self, pen: &mut Pen<Op>, adjusted: Result<Adjusted, NotAdjusted>) -> Result<(), NotAdjusted> {
        if let Adjusted::Now(ops) = adjusted? {
            for op in ops {
                self.write(pen, op);
            }
        }
        Ok(())
    }

    fn sell(&mut self, wish: &Reserve, pen: &mut Pen<Op>) -> Result<Reserved, NotSold> {
        let (at, sale) = match self.shelf.sell(wish, self.now_ms) {
            Sold::Before(known) => (known.at, known.sale),
            Sold::Now(op) => {
                let Op::Sell(sale) = op.clone() else { unreachable!("a sale is committed by a Sell") };
                (SaleRef { actor: pen.actor(), seq: self.write(pen, op) }, sale)
            }
            Sold::Refused(refused) => return Err(NotSold::Refused(refused)),
            Sold::Short(missing) => {
                let nowhere = self.shelf.nowhere(&missing).map(NotSold::Refused);
                return Err(nowhere.unwrap_or_else(|| NotSold::Short(self.lacks(&missing))));
            }
        };
        Ok(Reserved { sale, at, items: self.shelf.states(&wish.basket) })
    }

    fn lacks(&self, missing: &[Missing]) -> Vec<Lack> {
        let me = self.shelf.me();
        let lack = |missing: &Missing| {
            let book = self.shelf.book(missing.item);
            let accounts = book.iter().flat_map(|book| book.accounts.iter().map(move |account| (book, account)));
            let holder = accounts.filter(|(_, (actor, account))| **actor != me && account.units() > 0);
            let mut holders: Vec<_> = holder
                .map(|(book, (actor, account))| Holder {
                    actor: *actor,
                    units: account.units(),
                    given: book.given(*actor, me),
                })
                .collect();
            holders.sort_by_key(|holder| std::cmp::Reverse(holder.units));
            Lack { item: missing.item, held: missing.held, wanted: missing.wanted, holders }
        };
        missing.iter().map(lack).collect()
    }

    fn shelve(&mut self, books: Vec<NewBook>, pen: &mut Pen<Op>) -> Shelved {
        let mut shelved = Shelved::default();
        for NewBook { id, fields, units } in books {
            let known = self.shelf.book(id).is_some_and(stock::Book::exists);
            // A known book never fails here, and a new one brings its title.
            let ops = match self.shelf.set(id, &fields, self.now_ms) {
                Ok(Adjusted::Now(ops)) => ops,
                Ok(Adjusted::Before) | Err(_) => Vec::new(),
            };
            shelved.changed += u64::from(known && !ops.is_empty());
            for op in ops {
                self.write(pen, op);
            }
            if !known {
                shelved.added += 1;
                let delta = i64::try_from(units).unwrap_or(i64::MAX);
                let minted = self.shelf.adjust(id, delta, &opening_reference(id));
                let opened = self.write_all(pen, minted);
                debug_assert!(opened.is_ok(), "a new book's units can be minted: {opened:?}");
            } else if self.shelf.book(id).is_none_or(|book| book.total() != units) {
                shelved.recount.push((id, units));
            }
        }
        shelved
    }
}

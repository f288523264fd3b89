//! The catalog as the writer drives it: what a batch loads from the tables and stores there. What it decides is `stock`'s.

use crate::changes::{Changes, Whose};
use crate::store::{self, Tables};
use cluster::ReplicaName;
use journal::{ActorId, Arrived};
use replica::Stored;
use rusqlite::Connection;
use std::collections::BTreeMap;
use stock::command::Command;
use stock::{Batch, Numbers, Op};

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
    /// Whether this actor has drawn an order number yet.
    drawn: bool,
}

impl Catalog {
    /// The catalog of `replica`, which tells `changes` of every book that changes.
    pub(crate) fn new(replica: ReplicaName, changes: Changes, now_ms: fn() -> u64) -> Self {
        Self { replica, changes, known: None, now_ms }
    }
}

impl Stored for Catalog {
    type Machine = Batch;

    fn load(
        &mut self,
        database: &Connection,
        me: ActorId,
        commands: &[Command],
        arrived: &[Arrived<Op>],
    ) -> rusqlite::Result<Batch> {
        let known = if let Some(known) = &self.known {
            known
        } else {
            let (highest, drawn) = store::numbers(database, me, self.replica.letter())?;
            let incarnations = store::incarnations(database)?;
            self.known.insert(Known { incarnations, highest, drawn })
        };
        let before = |(actor, replica): (&ActorId, &String)| *actor != me && replica == self.replica.as_str();
        let reborn = !known.drawn && known.incarnations.iter().any(before);
        let numbers = Numbers::new(self.replica.letter(), known.highest, reborn);
        Batch::load(&Tables(database), me, numbers, (self.now_ms)(), commands, arrived)
    }

    fn save(&self, database: &Connection, batch: &Batch) -> rusqlite::Result<()> {
        let books = batch.shelf();
        // Ends the process, with nothing committed: there is no way here but through a fault in this program.
        books.check().map_err(|overdrawn| rusqlite::Error::ToSqlConversionFailure(Box::new(overdrawn)))?;
        store::write_books(database, &books.changed_books().collect::<Vec<_>>())?;
        store::keep(database, batch.images())?;
        let highest_before = self.known.as_ref().map_or(0, |known| known.highest);
        store::write_ledger(database, &store::LedgerChanges { shelf: books, opened: batch.opened(), highest_before })
    }

    fn committed(&mut self, batch: Batch) {
        let Some(known) = &mut self.known else { return };
        let books = batch.shelf();
        let me = books.me();
        known.incarnations.extend(batch.opened().iter().cloned());
        known.highest = known.highest.max(books.highest_number());
        let lane = Numbers::lane(self.replica.letter());
        let drawn = |sale: &stock::KnownSale| sale.at.actor == me && sale.sale.number.0 % Numbers::LANES == lane;
        known.drawn |= books.new_sales().any(drawn);
        let whose = |book: &stock::Book| if book.changed_by.contains(&me) { Whose::Own } else { Whose::Everyones };
        let changed = books.changed_books().filter(|book| book.exists());
        self.changes.note(changed.map(|book| (&book.state, whose(book))));
    }
    fn opening(&self) -> Op {
        Op::Open { replica: self.replica.to_string() }
    }
}

//! The order tier as the writer drives it: what a batch loads from the tables and stores there. What it decides is
//! `orders`'.

use crate::store::{self, Tables};
use cluster::ReplicaName;
use journal::{ActorId, Arrived};
use orders::{Batch, Command, Op};
use replica::Stored;
use rusqlite::Connection;

/// The orders, as the writer drives them.
pub(crate) struct Orders {
    replica: ReplicaName,
}

impl Orders {
    pub(crate) fn new(replica: ReplicaName) -> Self {
        Self { replica }
    }
}

impl Stored for Orders {
    type Machine = Batch;

    fn load(
        &mut self,
        database: &Connection,
        _me: ActorId,
        commands: &[Command],
        arrived: &[Arrived<Op>],
    ) -> rusqlite::Result<Batch> {
        Batch::load(&Tables(database), commands, arrived)
    }

    fn save(&self, database: &Connection, batch: &Batch) -> rusqlite::Result<()> {
        store::save(database, batch.ledger(), batch.compared())
    }

    fn committed(&mut self, _batch: Batch) {}

    fn opening(&self) -> Op {
        Op::Open { replica: self.replica.to_string() }
    }
}

//! The order tier as the writer drives it: what a batch loads from the tables and stores there. What it decides is
//! `orders`'.

use crate::store::{self, Tables};
use cluster::ReplicaName;
use journal::{ActorId, Arrived, Machine, Pen};
use orders::{Batch, Command, Kept, Op};
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

impl Machine for Orders {
    type Op = Op;
    type Command = Command;
    /// The order, for [`Command::Place`].
    type Reply = Option<Kept>;
    type Working = Batch;

    fn absorb(&self, batch: &mut Batch, arrived: Vec<Arrived<Op>>, _pen: &mut Pen<Op>) {
        batch.absorb(arrived);
    }

    fn decide(&self, batch: &mut Batch, command: Command, pen: &mut Pen<Op>) -> Option<Kept> {
        batch.decide(command, pen)
    }

    fn opening(&self) -> Op {
        Op::Open { replica: self.replica.to_string() }
    }
}

impl Stored for Orders {
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
}

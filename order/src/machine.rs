//! The order tier's part of a batch: load what it touches, fold, store what changed.

use crate::ledger::{Known, Ledger, Op};
use crate::store;
use cluster::ReplicaName;
use journal::ActorId;
use replica::{Arrived, Machine, Pen};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use wire::order::Order;
use wire::sale::PlacedSale;

/// What may be asked of the writer.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    /// Keep the order of this sale; `told` where a buyer is answered with it.
    Place { placed: PlacedSale, told: bool },
    /// The sales of this catalog actor up to this entry have all been compared.
    Compared(ActorId, u64),
}

/// An order as it is kept, and the entries that carry it.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) order: Order,
    pub(crate) placed: BTreeSet<(ActorId, u64)>,
}

impl From<Known> for Kept {
    fn from(Known { order, placed, .. }: Known) -> Self {
        Self { order, placed }
    }
}

/// The orders, as the writer drives them.
pub(crate) struct Orders {
    replica: ReplicaName,
}

impl Orders {
    pub(crate) fn new(replica: ReplicaName) -> Self {
        Self { replica }
    }
}

/// What one batch works on.
#[derive(Default)]
pub(crate) struct Working {
    ledger: Ledger,
    compared: BTreeMap<ActorId, u64>,
}

impl Machine for Orders {
    type Op = Op;
    type Command = Command;
    /// The order, for [`Command::Place`].
    type Reply = Option<Kept>;
    type Working = Working;

    fn load(
        &mut self,
        database: &Connection,
        _me: ActorId,
        commands: &[Command],
        arrived: &[Arrived<Op>],
    ) -> rusqlite::Result<Working> {
        let asked = commands.iter().filter_map(|command| match command {
            Command::Place { placed, .. } => Some(placed.sale.order),
            Command::Compared(..) => None,
        });
        let heard = arrived.iter().filter_map(|entry| match &entry.op {
            Op::Place { placed, .. } => Some(placed.sale.order),
            Op::Open { .. } => None,
        });
        let orders: BTreeSet<_> = asked.chain(heard).collect();
        let ledger = store::load(database, orders)?;
        Ok(Working { ledger, compared: BTreeMap::new() })
    }

    fn decide(&self, working: &mut Working, command: Command, pen: &mut Pen<Op>) -> Option<Kept> {
        let (placed, told) = match command {
            Command::Place { placed, told } => (placed, told),
            Command::Compared(actor, seq) => {
                working.compared.insert(actor, seq);
                return None;
            }
        };
        let id = placed.sale.order;
        if !working.ledger.knows(&placed, told) {
            let op = Op::Place { placed, told };
            let seq = pen.write(&op);
            working.ledger.apply(pen.actor(), seq, op);
        }
        working.ledger.orders.get(&id).cloned().map(Kept::from)
    }

    fn absorb(&self, working: &mut Working, arrived: Vec<Arrived<Op>>, _pen: &mut Pen<Op>) {
        for Arrived { actor, seq, op } in arrived {
            working.ledger.apply(actor, seq, op);
        }
    }

    fn save(&self, database: &Connection, working: &Working) -> rusqlite::Result<()> {
        store::save(database, &working.ledger, &working.compared)
    }

    fn committed(&mut self, _working: Working) {}

    fn opening(&self) -> Op {
        Op::Open { replica: self.replica.to_string() }
    }
}

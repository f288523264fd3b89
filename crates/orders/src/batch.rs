//! One batch of an order replica: the orders it will need, and what each command leads to.
//!
//! Pure: the rows come from whoever keeps them ([`Rows`]).

use crate::ledger::{Known, Ledger, Op};
use journal::{ActorId, Arrived, Machine, Pen};
use std::collections::{BTreeMap, BTreeSet};
use wire::order::Order;
use wire::{OrderId, Standing};

/// What may be asked of the writer.
#[derive(Clone, Debug)]
pub enum Command {
    /// Keep the order of this sale, and its steps.
    Place {
        /// The sale, where it stands, and the steps of the order.
        standing: Standing,
        /// Whether a buyer is answered with it.
        told: bool,
    },
    /// The sales of this catalog actor up to this entry have all been compared.
    Compared(ActorId, u64),
}

/// An order as it is kept, and the entries that carry it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The order.
    pub order: Order,
    /// The entries of the order journals that carry it.
    pub placed: BTreeSet<(ActorId, u64)>,
}

impl From<Known> for Kept {
    fn from(Known { order, placed, .. }: Known) -> Self {
        Self { order, placed }
    }
}

/// Where the fold of the journals is kept between two batches.
pub trait Rows {
    /// Why it can't be read.
    type Error;

    /// What is known of these orders; unknown ones are left out.
    ///
    /// # Errors
    /// When it can't be read.
    fn orders(&self, orders: &BTreeSet<OrderId>) -> Result<Vec<Known>, Self::Error>;
}

/// What one batch works on.
#[derive(Debug, Default)]
pub struct Batch {
    ledger: Ledger,
    compared: BTreeMap<ActorId, u64>,
}

impl Batch {
    /// Loads what `commands` and the entries that `arrived` will touch.
    ///
    /// # Errors
    /// When `rows` can't be read.
    pub fn load<R: Rows>(rows: &R, commands: &[Command], arrived: &[Arrived<Op>]) -> Result<Self, R::Error> {
        let asked = commands.iter().filter_map(|command| match command {
            Command::Place { standing, .. } => Some(standing.placed.sale.order),
            Command::Compared(..) => None,
        });
        let heard = arrived.iter().filter_map(|entry| match &entry.op {
            Op::Place { standing, .. } => Some(standing.placed.sale.order),
            Op::Open { .. } => None,
        });
        let mut ledger = Ledger::default();
        let known = rows.orders(&asked.chain(heard).collect())?;
        ledger.orders.extend(known.into_iter().map(|known| (known.order.id, known)));
        Ok(Self { ledger, compared: BTreeMap::new() })
    }

    /// The working set, with everything that the batch changed.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Catalog actors whose sales have been compared up to these entries.
    pub fn compared(&self) -> &BTreeMap<ActorId, u64> {
        &self.compared
    }
}

impl Machine for Batch {
    type Op = Op;
    type Command = Command;
    /// The order, for [`Command::Place`].
    type Reply = Option<Kept>;

    fn absorb(&mut self, arrived: Vec<Arrived<Op>>, _: &mut Pen<Op>) {
        for Arrived { actor, seq, op } in arrived {
            self.ledger.apply(actor, seq, op);
        }
    }

    fn decide(&mut self, command: Command, pen: &mut Pen<Op>) -> Option<Kept> {
        let (standing, told) = match command {
            Command::Place { standing, told } => (standing, told),
            Command::Compared(actor, seq) => {
                self.compared.insert(actor, seq);
                return None;
            }
        };
        let id = standing.placed.sale.order;
        if !self.ledger.knows(&standing, told) {
            let op = Op::Place { standing, told };
            let seq = pen.write(&op);
            self.ledger.apply(pen.actor(), seq, op);
        }
        self.ledger.orders.get(&id).cloned().map(Kept::from)
    }
}

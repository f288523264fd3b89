//! What must be true at every step, recomputed from everything that was ever written and everything that was ever told.

use journal::{ActorId, Entry, Hash};
use std::collections::BTreeMap;
use stock::Op;
use wire::Fulfilment;
use wire::order::Order;
use wire::sale::SoldLine;
use wire::{ItemId, OrderId};

/// The union of the journals of a tier's actors, on disks that are there and on those that were lost.
#[derive(Default)]
pub(super) struct Auditor {
    written: BTreeMap<ActorId, Vec<(Hash, Op)>>,
    /// Units that came in less those that went, of each book.
    stocked: BTreeMap<ItemId, i128>,
    /// Units in live sales, of each book: an order that was sold apart stands in both.
    sold: BTreeMap<ItemId, i128>,
    /// Live sales, by order.
    live: BTreeMap<OrderId, BTreeMap<ActorId, Vec<SoldLine>>>,
    seen: BTreeMap<ActorId, u64>,
    adopting: BTreeMap<OrderId, Vec<ActorId>>,
    told: BTreeMap<OrderId, Order>,
    told_units: BTreeMap<ItemId, i128>,
    /// What does not hold, in the order in which it was noticed.
    pub(super) breaches: Vec<String>,
}

impl Auditor {
    /// Somebody else has seen the journal of `actor` up to this entry.
    pub(super) fn seen(&mut self, actor: ActorId, seq: u64) {
        let seen = self.seen.entry(actor).or_default();
        *seen = seq.max(*seen);
    }

    /// The last entry of `actor` that somebody else has seen.
    pub(super) fn seen_of(&self, actor: ActorId) -> u64 {
        self.seen.get(&actor).copied().unwrap_or(0)
    }

    /// A catalog's own journal after a commit. An entry that stood there and that nobody has seen may have been taken
    /// back by a disk.
    pub(super) fn wrote(&mut self, journal: &[Entry]) {
        let Some(first) = journal.first() else { return };
        let actor = first.actor;
        let seen = self.seen_of(actor);
        let known = self.written.get(&actor).map_or(0, Vec::len);
        for entry in journal {
            let index = usize::try_from(entry.head.seq - 1).unwrap_or(usize::MAX);
            let before = self.written.get(&actor).and_then(|written| written.get(index)).map(|(hash, _)| *hash);
            match before {
                Some(hash) if hash == entry.head.hash => (),
                Some(_) if entry.head.seq <= seen => {
                    self.breach(format!("entry {} of {actor:?} was written twice", entry.head.seq));
                }
                _ if index < known => {
                    self.forget_after(actor, index);
                    self.note(actor, entry);
                }
                _ => self.note(actor, entry),
            }
        }
        self.look();
    }

    fn note(&mut self, actor: ActorId, entry: &Entry) {
        let Ok(op) = entry.body.read::<Op>() else {
            return self.breach(format!("entry {} of {actor:?} can't be read", entry.head.seq));
        };
        self.written.entry(actor).or_default().push((entry.head.hash, op.clone()));
        self.fold(actor, &op, 1);
    }

    /// An entry that nobody has seen is gone with its disk: another one stands there now.
    fn forget_after(&mut self, actor: ActorId, index: usize) {
        let gone = self.written.entry(actor).or_default().split_off(index);
        for (_, op) in gone.iter().rev() {
            self.fold(actor, op, -1);
        }
    }

    fn fold(&mut self, actor: ActorId, op: &Op, sign: i128) {
        match op {
            Op::Mint { item, n, .. } => *self.stocked.entry(*item).or_default() += sign * i128::from(*n),
            Op::Burn { item, n, .. } => *self.stocked.entry(*item).or_default() -= sign * i128::from(*n),
            Op::Sell(sale) if sign > 0 => self.sell(actor, sale.order, sale.lines.clone()),
            Op::Sell(sale) => self.take_back(actor, sale.order),
            Op::Void { order } | Op::Advance { order, to: Fulfilment::Cancelled, .. } if sign > 0 => {
                self.take_back(actor, *order);
            }
            Op::Retire { actor: retired, end, .. } if sign > 0 => self.retire(*retired, end.seq),
            Op::Advance { to, .. } if *to != Fulfilment::Cancelled => (),
            Op::Void { .. } | Op::Advance { .. } | Op::Retire { .. } => {
                self.breach("an entry that changes others is gone".into());
            }
            Op::Open { .. } | Op::Give { .. } | Op::Inherit { .. } | Op::Set { .. } | Op::Note { .. } => (),
        }
    }

    fn sell(&mut self, actor: ActorId, order: OrderId, lines: Vec<SoldLine>) {
        for from in self.adopting.remove(&order).unwrap_or_default() {
            self.take_back(from, order);
        }
        for line in &lines {
            *self.sold.entry(line.item).or_default() += i128::from(line.quantity.units());
        }
        self.live.entry(order).or_default().insert(actor, lines);
    }

    fn take_back(&mut self, actor: ActorId, order: OrderId) {
        let lines = self.live.get_mut(&order).and_then(|sales| sales.remove(&actor)).unwrap_or_default();
        for line in lines {
            *self.sold.entry(line.item).or_default() -= i128::from(line.quantity.units());
        }
    }

    /// What a retired actor wrote after its end is gone with its disk: sales that orders name are adopted, losses that it
    /// alone knew of are forgotten, and units that only it had seen come in were there all the same.
    fn retire(&mut self, actor: ActorId, end: u64) {
        let after = usize::try_from(end).unwrap_or(usize::MAX);
        let beyond = self.written.get(&actor).map(|written| written.iter().skip(after));
        let beyond: Vec<Op> = beyond.into_iter().flatten().map(|(_, op)| op.clone()).collect();
        for op in beyond.iter().rev().filter(|op| matches!(op, Op::Burn { .. } | Op::Sell { .. })) {
            self.fold(actor, op, -1);
        }
    }

    /// This sale of an actor that writes no more, which no journal will hold, is about to be made another's.
    pub(super) fn adopting(&mut self, from: ActorId, order: OrderId) {
        self.adopting.entry(order).or_default().push(from);
    }

    /// A buyer was told of this order.
    pub(super) fn told(&mut self, order: &Order) {
        if let Some(before) = self.told.get(&order.id) {
            if before.lines != order.lines || before.buyer != order.buyer {
                self.breach(format!("order {} was told with two contents", order.id));
            }
            return;
        }
        for line in &order.lines {
            *self.told_units.entry(line.item).or_default() += i128::from(line.quantity.units());
        }
        self.told.insert(order.id, order.clone());
        self.look();
    }

    /// Every order that a buyer was told of.
    pub(super) fn orders(&self) -> &BTreeMap<OrderId, Order> {
        &self.told
    }

    /// Units of a book that are left in the shop, by the union of the journals.
    pub(super) fn left(&self, item: ItemId) -> i128 {
        self.stocked.get(&item).copied().unwrap_or(0) - self.sold.get(&item).copied().unwrap_or(0)
    }

    /// The books that ever had units.
    pub(super) fn items(&self) -> Vec<ItemId> {
        self.stocked.keys().copied().collect()
    }

    fn look(&mut self) {
        for item in self.items() {
            let stocked = self.stocked.get(&item).copied().unwrap_or(0);
            let told = self.told_units.get(&item).copied().unwrap_or(0);
            if told > stocked {
                self.breach(format!("item {item}: {told} units in confirmed orders, {stocked} stocked"));
            }
            if self.left(item) < 0 {
                self.breach(format!(
                    "item {item}: {} more sold than stocked, in all journals together",
                    -self.left(item)
                ));
            }
        }
    }

    /// Notes what does not hold.
    pub(super) fn breach(&mut self, what: String) {
        if !self.breaches.contains(&what) {
            self.breaches.push(what);
        }
    }
}

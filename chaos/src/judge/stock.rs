//! Stock: no title sells more units than came in, and what is sold and what is left add up to what came in.
//!
//! Where a catalog lost data that nobody else had read, sales may stand in the orders only and deliveries nowhere. That
//! is a named exception: it is told in units, and allowed for sales of incarnations that are lost, never for others.

use super::{Case, Verdict};
use crate::closing::CatalogView;
use crate::fault::Replica;
use crate::ledger::{Answer, Ask};
use journal::ActorId;
use std::collections::{BTreeMap, BTreeSet};
use stock::Op;
use uuid::Uuid;
use wire::Fulfilment;
use wire::sale::Sale;

/// What the journals that one catalog holds come to.
#[derive(Default)]
struct Folded<'a> {
    /// Sales that were not taken back.
    live: BTreeMap<(ActorId, Uuid), &'a Sale>,
    /// Deliveries by their name: the title, the units, how often.
    minted: BTreeMap<&'a str, (u32, u64, u32)>,
    /// Units of each actor by title: what it alone may sell.
    rights: BTreeMap<(ActorId, u32), i64>,
    given: BTreeMap<(ActorId, ActorId, u32), i64>,
    opened: BTreeMap<ActorId, &'a str>,
}

impl<'a> Folded<'a> {
    fn of(view: &'a CatalogView) -> Self {
        let mut folded = Self::default();
        for entry in &view.journal {
            folded.add(entry.actor, &entry.body);
        }
        folded
    }

    fn add(&mut self, actor: ActorId, op: &'a Op) {
        match op {
            Op::Open { replica } => {
                self.opened.insert(actor, replica);
            }
            Op::Mint { item, n, reference, .. } => {
                self.minted.entry(reference).or_insert((item.0, *n, 0)).2 += 1;
                *self.rights.entry((actor, item.0)).or_default() += signed(*n);
            }
            Op::Burn { item, n, .. } => *self.rights.entry((actor, item.0)).or_default() -= signed(*n),
            Op::Give { item, to, cum } => self.give(actor, *to, item.0, *cum),
            Op::Inherit { item, from, cum } => self.give(*from, actor, item.0, *cum),
            Op::Sell(sale) => {
                self.live.insert((actor, sale.order.0), sale);
                for line in &sale.lines {
                    *self.rights.entry((actor, line.item.0)).or_default() -= signed(line.quantity.into());
                }
            }
            Op::Void { order } | Op::Advance { order, to: Fulfilment::Cancelled, .. } => {
                let sale = self.live.remove(&(actor, order.0));
                for line in sale.iter().flat_map(|sale| &sale.lines) {
                    *self.rights.entry((actor, line.item.0)).or_default() += signed(line.quantity.into());
                }
            }
            Op::Advance { .. } | Op::Set { .. } | Op::Retire { .. } | Op::Note { .. } => {}
        }
    }

    fn give(&mut self, from: ActorId, to: ActorId, item: u32, cum: u64) {
        let given = self.given.entry((from, to, item)).or_default();
        let more = (signed(cum) - *given).max(0);
        *given += more;
        *self.rights.entry((from, item)).or_default() -= more;
        *self.rights.entry((to, item)).or_default() += more;
    }

    /// The orders that were sold, each with how many live sales it has.
    fn sold(&self) -> BTreeMap<Uuid, u32> {
        let mut sold = BTreeMap::new();
        for (_, order) in self.live.keys() {
            *sold.entry(*order).or_default() += 1;
        }
        sold
    }
}

/// A delivery as the operator knows it.
struct Delivery {
    item: u32,
    units: u64,
    done: bool,
}

pub(super) fn judge(case: &Case, verdict: &mut Verdict) {
    let deliveries = deliveries(case);
    let folded: Vec<Folded<'_>> = case.closing.catalogs.iter().map(Folded::of).collect();
    no_title_is_oversold(case, verdict, &deliveries);
    let lost = lost_incarnations(case, &folded);
    let mut books = Books { breaches: Vec::new(), sold_unseen: 0, delivered_unseen: 0 };
    for (view, folded) in case.closing.catalogs.iter().zip(&folded) {
        books.add_up(case, view, folded, &deliveries, &lost);
    }
    let looked = format!("{} titles at {} catalogs", case.closing.stock.len(), folded.len());
    verdict.check("what was sold and what is left add up to what came in", &books.breaches, looked);
    verdict.count("units sold that some catalog shows as left: their sale went with lost data", books.sold_unseen);
    verdict
        .count("units delivered that some catalog does not know of: they went with lost data", books.delivered_unseen);
    let held = |folded: &Folded<'_>| -> i64 {
        let stranded = folded.rights.iter().filter(|((actor, _), _)| lost.contains(actor));
        stranded.map(|(_, units)| (*units).max(0)).sum()
    };
    let stranded = folded.iter().map(held).max().unwrap_or(0);
    verdict.count("units of lost incarnations that nobody can sell", u64::try_from(stranded).unwrap_or(0));
}

fn no_title_is_oversold(case: &Case, verdict: &mut Verdict, deliveries: &BTreeMap<Uuid, Delivery>) {
    // What may have come in: one who oversells can't hide behind a delivery that nobody asked for.
    let mut came_in = case.closing.stock.clone();
    for delivery in deliveries.values() {
        *came_in.entry(delivery.item).or_default() += delivery.units;
    }
    let mut orders = case.listed();
    for (key, purchase) in case.purchases() {
        if !purchase.confirmed.is_empty() {
            orders.insert(case.order_of(key), (purchase.item, purchase.quantity));
        }
    }
    let mut sold: BTreeMap<u32, u64> = BTreeMap::new();
    for (item, quantity) in orders.values() {
        *sold.entry(*item).or_default() += quantity;
    }
    let over = sold.iter().filter(|(item, sold)| **sold > came_in.get(item).copied().unwrap_or(0));
    let over: Vec<String> = over
        .map(|(item, sold)| format!("title {item}: {sold} units sold of {}", came_in.get(item).copied().unwrap_or(0)))
        .collect();
    let looked = format!("{} orders, {} units of {} titles", orders.len(), sold.values().sum::<u64>(), sold.len());
    verdict.check("no title sold more units than came in", &over, looked);
}

/// What one catalog's journals add up to, set against orders and deliveries.
struct Books {
    breaches: Vec<String>,
    sold_unseen: u64,
    delivered_unseen: u64,
}

impl Books {
    fn add_up(
        &mut self,
        case: &Case,
        view: &CatalogView,
        folded: &Folded<'_>,
        deliveries: &BTreeMap<Uuid, Delivery>,
        lost: &BTreeSet<ActorId>,
    ) {
        let (at, orders, sold) = (view.replica, case.listed(), folded.sold());
        let mut expected: BTreeMap<u32, i64> =
            case.closing.stock.iter().map(|(item, units)| (*item, signed(*units))).collect();
        for (order, times) in &sold {
            match orders.get(order) {
                None => self.breaches.push(format!("{at}: a sale for order {order}, which no order replica has")),
                Some(_) if *times > 1 => self.breaches.push(format!("{at}: order {order} was sold {times} times")),
                Some((item, quantity)) => *expected.entry(*item).or_default() -= signed(*quantity),
            }
        }
        let mut unseen = 0;
        let stands_on = stands_on(case);
        for (order, (_, quantity)) in orders.iter().filter(|(order, _)| !sold.contains_key(order)) {
            let actors = stands_on.get(order);
            if actors.is_some_and(|actors| actors.iter().all(|actor| lost.contains(actor))) {
                unseen += quantity;
            } else {
                self.breaches.push(format!("{at}: order {order} has no sale, though nobody lost one"));
            }
        }
        self.sold_unseen = self.sold_unseen.max(unseen);
        self.deliveries_add_up(view, folded, deliveries, !lost.is_empty(), &mut expected);
        for book in &view.books {
            let shown: i64 = book.parts.values().map(|part| part.net).sum();
            let expected = expected.get(&book.id.0).copied().unwrap_or(0);
            if shown != expected {
                let title = book.id;
                self.breaches.push(format!("{at}: title {title}: {shown} units are left, {expected} should be"));
            }
        }
    }

    fn deliveries_add_up(
        &mut self,
        view: &CatalogView,
        folded: &Folded<'_>,
        deliveries: &BTreeMap<Uuid, Delivery>,
        data_were_lost: bool,
        expected: &mut BTreeMap<u32, i64>,
    ) {
        let (at, mut unseen) = (view.replica, 0);
        for (key, delivery) in deliveries {
            match folded.minted.get(format!("key-{key}").as_str()) {
                Some((item, units, 1)) if (*item, *units) == (delivery.item, delivery.units) => {
                    *expected.entry(*item).or_default() += signed(*units);
                }
                Some((_, _, times)) => self.breaches.push(format!("{at}: delivery {key} came in {times} times")),
                None if !delivery.done => {}
                None if data_were_lost => unseen += delivery.units,
                None => self.breaches.push(format!("{at}: delivery {key} was confirmed and is not there")),
            }
        }
        self.delivered_unseen = self.delivered_unseen.max(unseen);
    }
}

fn deliveries(case: &Case) -> BTreeMap<Uuid, Delivery> {
    let mut deliveries = BTreeMap::new();
    for entry in &case.entries {
        if let Ask::Deliver { item, units, key } = entry.ask {
            let delivery = deliveries.entry(key).or_insert(Delivery { item, units, done: false });
            delivery.done |= entry.answer == Answer::Delivered;
        }
    }
    deliveries
}

/// The catalog actors on whose sales each order stands.
fn stands_on(case: &Case) -> BTreeMap<Uuid, BTreeSet<ActorId>> {
    let mut stands: BTreeMap<Uuid, BTreeSet<ActorId>> = BTreeMap::new();
    for (order, at) in
        case.closing.orders.iter().flat_map(|view| view.journal.iter()).filter_map(|entry| entry.body.placed())
    {
        stands.entry(order).or_default().insert(at.actor);
    }
    stands
}

/// The incarnations of catalogs whose data were lost: actors that nobody writes as any more.
fn lost_incarnations(case: &Case, folded: &[Folded<'_>]) -> BTreeSet<ActorId> {
    let lost_data = case.deeds.iter().filter(|deed| deed.spell.fault.ends_an_incarnation());
    let losers: BTreeSet<&str> = lost_data.filter_map(|deed| deed.spell.fault.replica()).map(Replica::as_str).collect();
    let present: BTreeSet<ActorId> = case.closing.catalogs.iter().map(|view| view.actor).collect();
    let opened: BTreeMap<ActorId, &str> = folded.iter().flat_map(|folded| folded.opened.clone()).collect();
    let theirs = opened.iter().filter(|(_, replica)| losers.contains(**replica)).map(|(actor, _)| *actor);
    // One that lived between two losses may be known by its sales alone.
    let sold = stands_on(case).into_values().flatten().filter(|actor| !opened.contains_key(actor));
    let unknown = sold.filter(|_| Replica::CATALOGS.iter().any(|at| losers.contains(at.as_str())));
    theirs.chain(unknown).filter(|actor| !present.contains(actor)).collect()
}

fn signed(units: u64) -> i64 {
    i64::try_from(units).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;

//! One life: a shop opens, is struck for a while, is left in peace, and must be whole.

use super::catalog::CatalogNode;
use super::customer::{BOOKS, shop};
use super::fate;
use super::order::OrderNode;
use super::replica::Phase;
use super::world::World;
use crate::catalog::{Catalog, Fault};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;
use stock::Fields;
use stock::command::{Command, NewBook};
use wire::{ItemId, Money};

/// How long the shop is struck.
const STRUCK: Duration = Duration::from_secs(15);
/// By when, after that, all replicas must agree.
const WHOLE: Duration = Duration::from_secs(30);
/// How many customers there are.
const CUSTOMERS: u64 = 4;

/// The states that are worth reaching: lives that never reach one of them prove less than they seem to.
pub const WORTH_REACHING: [&str; 33] = [
    "a basket fell short of several lines",
    "a basket of several lines needed help with more than one",
    "a basket of several lines was sold",
    "a book was shown from the cache",
    "a book was sold out",
    "a catalog was silent",
    "a customer was told that nobody knows",
    "a disk was lost",
    "a full disk refused a batch",
    "a last sale was adopted",
    "a link was cut",
    "a link was cut one way",
    "a new actor after old data",
    "a retirement was refused",
    "a sale needed help",
    "a sale was sent to the holder",
    "a sale was taken back",
    "a third catalog joined",
    "a witness was lost",
    "after a commit, before its answer",
    "an actor was retired",
    "an answer that was lost was given again",
    "an answer was too old for its session",
    "an older database was put back",
    "an order had two copies when its buyer was told",
    "an order replica was silent",
    "an order was rolled forward",
    "before a commit",
    "between a commit and its witness",
    "one order was told by two sales",
    "the same by asking",
    "the shop was split in two",
    "units were inherited",
];

/// What a life came to.
#[derive(Clone, Debug)]
pub struct Life {
    /// Its seed.
    pub seed: u64,
    /// Steps taken; after each, everything written and told was audited.
    pub steps: u64,
    /// Orders that buyers were told of.
    pub orders: usize,
    /// What did not hold.
    pub breaches: Vec<String>,
    /// States worth reaching that were reached.
    pub reached: BTreeSet<&'static str>,
    /// What happened, line by line, where it was asked for.
    pub trace: Vec<String>,
}

/// Lives the life of `seed`, with a rule left out or none.
pub fn live(seed: u64, fault: Fault, traced: bool) -> Life {
    let world = Rc::new(World::new(seed, fault, traced));
    for (node, name) in [(0, "catalogA"), (1, "catalogB")] {
        world.catalogs.borrow_mut().push(Rc::new(CatalogNode::new(node, Catalog { name, fault })));
    }
    for (node, name) in [(10, "orderA"), (11, "orderB")] {
        world.orders.borrow_mut().push(Rc::new(OrderNode::new(node, name)));
    }
    open(&world);
    for customer in 0..CUSTOMERS {
        world.executor.spawn(World::CUSTOMERS, shop(world.clone(), customer));
    }
    world.executor.spawn(World::FATE, fate::strike(world.clone(), STRUCK));
    let broken = || !world.auditor.borrow().breaches.is_empty();
    let mut steps = world.executor.run(STRUCK + WHOLE / 3, broken);
    world.executor.kill(World::CUSTOMERS);
    if !broken() {
        steps += world.executor.run(STRUCK + WHOLE, broken);
    }
    if !broken() {
        is_whole(&world);
    }
    let orders = world.auditor.borrow().orders().len();
    let breaches = world.auditor.borrow().breaches.clone();
    let life = Life { seed, steps, orders, breaches, reached: world.reached(), trace: world.trace() };
    // Tasks hold the world and the world holds tasks: nothing would ever be freed.
    world.executor.clear();
    life
}

fn open(world: &Rc<World>) {
    for (node, _) in world.catalog_nodes().into_iter().chain(world.order_nodes()) {
        world.start(node);
    }
    let (first, shop) = (world.catalogs.borrow()[0].clone(), world.clone());
    world.executor.spawn(first.replica.node, async move {
        let book = |id| {
            let fields = Fields {
                title: Some(format!("Book {id}")),
                topic: Some("tests".into()),
                cost: Money::from_cents(100).ok(),
                ..Fields::default()
            };
            let units = [2, 6, 40][usize::try_from(id).unwrap_or(0) % 3];
            NewBook::counted(ItemId(id), fields, units)
        };
        let books = (0..BOOKS).map(book).collect();
        drop(first.replica.commit(&shop, Vec::new(), vec![Command::Shelve(books)]).await);
    });
}

/// After a time in peace, everything is everywhere, once.
fn is_whole(world: &Rc<World>) {
    let catalogs = world.catalogs.borrow();
    let orders = world.orders.borrow();
    for (name, phase) in catalogs
        .iter()
        .map(|c| (c.replica.name, c.replica.phase.get()))
        .chain(orders.iter().map(|o| (o.replica.name, o.replica.phase.get())))
    {
        if phase != Phase::Up {
            return world.breach(format!("{name} is {phase:?} at the end"));
        }
    }
    let first = catalogs[0].replica.disk.borrow();
    for other in catalogs.iter().skip(1) {
        let disk = other.replica.disk.borrow();
        if disk.held.heads != first.held.heads {
            return world
                .breach(format!("{} and {} hold different journals", catalogs[0].replica.name, other.replica.name));
        }
        let books = |fold: &crate::catalog::Shop| -> Vec<_> {
            fold.books.values().map(|book| (book.state.clone(), book.accounts.clone(), book.gives.clone())).collect()
        };
        if books(&disk.fold) != books(&first.fold) || disk.fold.sales.len() != first.fold.sales.len() {
            return world.breach(format!("{} made other books of the same journals", other.replica.name));
        }
    }
    let auditor = world.auditor.borrow();
    let mut breaches = Vec::new();
    if first.fold.sales.values().flatten().any(|sale| !sale.live) {
        world.reach("a sale was taken back");
    }
    let writes = |actor| catalogs.iter().any(|catalog| catalog.replica.me() == Some(actor));
    for (id, told) in auditor.orders() {
        let sales = first.fold.sales.get(id).map(Vec::as_slice).unwrap_or_default();
        let mut live: Vec<_> = sales.iter().filter(|sale| sale.live).map(|sale| sale.at.actor).collect();
        live.sort_unstable();
        let lost = told.sale.seq > first.held.head(told.sale.actor).seq;
        if live.is_empty() && !lost {
            breaches.push(format!("order {id} has no live sale"));
        }
        // A second one stays only where its writer is gone.
        if live.iter().skip(1).any(|actor| writes(*actor)) {
            breaches.push(format!("order {id} has {} live sales", live.len()));
        }
        for order in orders.iter() {
            let book = order.replica.disk.borrow();
            let Some(kept) = book.fold.orders.get(id) else {
                breaches.push(format!("{} does not have order {id}", order.replica.name));
                continue;
            };
            let numbers = || std::iter::once(&kept.order.number).chain(&kept.order.also);
            if kept.order.lines != told.lines || !numbers().any(|number| *number == told.number) {
                breaches.push(format!("{} has order {id} as {:?}, told was {told:?}", order.replica.name, kept.order));
            }
            if kept.sales.values().filter(|told| **told).count() > 1 {
                world.reach("one order was told by two sales");
            }
        }
    }
    for pair in orders.windows(2) {
        let of = |at: usize| {
            let book = pair[at].replica.disk.borrow();
            book.fold.orders.iter().map(|(id, known)| (*id, known.order.clone())).collect::<Vec<_>>()
        };
        if of(0) != of(1) {
            breaches.push("the order replicas have different orders".into());
        }
    }
    drop(auditor);
    for breach in breaches {
        world.breach(breach);
    }
}

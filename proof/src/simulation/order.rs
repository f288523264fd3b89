//! An order replica in the simulation: the waiting around the product's decisions, as `order/src/checkout.rs` and its
//! neighbours do it.

use super::executor::Node;
use super::network::{Answer, Ask};
use super::replica::{NotWritten, Replica, Tier};
use super::world::World;
use crate::catalog::Fault;
use crate::disk::Tables;
use journal::{ActorId, Arrived};
use orders::selling::{Help, Selling, Step};
use orders::{Batch, Command, Comparison, Kept, Known, Op, Rows, Way, way};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;
use wire::order::{OrderState, Outcome, Purchase, Receipt};
use wire::sale::{PlacedSale, Refused, Reserve, Reserved, SaleRef};
use wire::{OrderId, home};

const FAST: Duration = Duration::from_secs(1);
const ALONE: Duration = Duration::from_millis(2200);
const COPIES: Duration = Duration::from_millis(250);
const DEADLINE: Duration = Duration::from_secs(2);

/// The tables of an order replica.
pub(super) struct Orders {
    /// The replica's name.
    pub(super) name: &'static str,
}

/// The fold of the order journals.
#[derive(Clone, Default)]
pub(super) struct Book {
    /// The orders.
    pub(super) orders: BTreeMap<OrderId, Known>,
    /// Every sale that is known here.
    pub(super) sales: BTreeSet<SaleRef>,
}

impl Rows for &Book {
    type Error = Infallible;
    fn orders(&self, orders: &BTreeSet<OrderId>) -> Result<Vec<Known>, Infallible> {
        Ok(orders.iter().filter_map(|order| self.orders.get(order)).cloned().collect())
    }
}

impl Tables for Orders {
    type Machine = Batch;
    type Fold = Book;

    fn load(&self, book: &Book, _: ActorId, _: u64, commands: &[Command], arrived: &[Arrived<Op>]) -> Batch {
        Batch::load(&book, commands, arrived).unwrap_or_else(|never| match never {})
    }

    fn save(&self, book: &mut Book, _: ActorId, batch: &Batch) -> Result<(), String> {
        let ledger = batch.ledger();
        for id in &ledger.changed {
            book.orders.insert(*id, ledger.orders[id].clone());
        }
        book.sales.extend(&ledger.heard);
        Ok(())
    }

    fn opening(&self) -> Op {
        Op::Open { replica: self.name.to_owned() }
    }
}

/// One order replica.
pub(super) struct OrderNode {
    /// Its data and its process.
    pub(super) replica: Rc<Replica<Orders>>,
}

impl OrderNode {
    /// An order replica without data.
    pub(super) fn new(node: Node, name: &'static str) -> Self {
        Self { replica: Rc::new(Replica::new(node, name, Orders { name })) }
    }

    /// Runs the process until it dies.
    pub(super) async fn run(self: Rc<Self>, world: Rc<World>) {
        self.replica.clone().start(world.clone()).await;
        let mut comparison = Comparison::default();
        loop {
            world.executor.sleep(Duration::from_secs(1)).await;
            for (catalog, _) in world.catalog_nodes() {
                if world.fault != Fault::TellBeforeKeeping {
                    self.roll_forward(&world, catalog, &mut comparison).await;
                }
            }
        }
    }

    async fn roll_forward(&self, world: &Rc<World>, catalog: Node, comparison: &mut Comparison) -> Option<()> {
        let heads = world.call(self.replica.node, catalog, Ask::Heads, DEADLINE).await;
        let Ok(Answer::Heads(_, held)) = heads else { return None };
        for (actor, head) in held.heads {
            if let Some(listed) = comparison.due(actor) {
                let seen = self
                    .replica
                    .disk
                    .borrow()
                    .fold
                    .sales
                    .iter()
                    .filter(|at| at.actor == actor)
                    .map(|at| at.seq)
                    .collect();
                let missing = Comparison::missing(&listed, &seen);
                if !missing.is_empty() {
                    let asked = world.call(self.replica.node, catalog, Ask::SalesOf(missing), DEADLINE).await;
                    let Ok(Answer::Sales(sales)) = asked else { return None };
                    for placed in sales {
                        world.reach("an order was rolled forward");
                        self.keep(world, placed, false).await.ok()?;
                    }
                }
                comparison.done(actor, listed.last()?.seq);
            }
            if let Some(after) = comparison.list_after(actor, head.seq) {
                let asked = world.call(self.replica.node, catalog, Ask::SalesAfter(actor, after), DEADLINE).await;
                let Ok(Answer::Listed(listed)) = asked else { return None };
                comparison.list(actor, listed);
            }
        }
        Some(())
    }

    async fn keep(&self, world: &Rc<World>, placed: PlacedSale, told: bool) -> Result<Kept, Refused> {
        let at = placed.at;
        let kept = self.replica.commit(world, Vec::new(), vec![Command::Place { standing: placed.into(), told }]).await;
        let unsure = |error: NotWritten| Refused::Unsure { why: format!("{error:?}") };
        let kept = kept.map_err(unsure)?.pop().flatten().expect("the writer answers a Place with the order");
        world.auditor.borrow_mut().seen(at.actor, at.seq);
        Ok(kept)
    }

    async fn buy(&self, world: &Rc<World>, purchase: Purchase, help: Help) -> Outcome {
        let orders = self.replica.orders.borrow().clone();
        if help == Help::None && orders.is_taken(purchase.order) {
            return Err(Refused::AskAlone { item: purchase.basket.first(), unsure: false });
        }
        let _order = orders.take(purchase.order).await;
        let known = self.replica.disk.borrow().fold.orders.get(&purchase.order).cloned().map(Kept::from);
        match way(purchase, known) {
            Way::Refuse(refused) => Err(refused),
            Way::Show(kept) => Ok(self.receipt(world, *kept, Vec::new()).await),
            Way::Tell(placed) => {
                let kept = self.keep(world, *placed, true).await?;
                Ok(self.receipt(world, kept, Vec::new()).await)
            }
            Way::Sell(wish) => {
                let Reserved { sale, at, items } = self.sell(world, &wish, help).await?;
                let placed = PlacedSale { sale, at };
                if world.fault == Fault::TellBeforeKeeping {
                    let order = orders::ledger::order(placed.into(), true);
                    return Ok(Receipt { order, copies: 1, state: OrderState::Confirmed, items });
                }
                let kept = self.keep(world, placed, true).await?;
                Ok(self.receipt(world, kept, items).await)
            }
        }
    }

    async fn sell(&self, world: &Rc<World>, wish: &Reserve, help: Help) -> Result<Reserved, Refused> {
        let began = world.executor.now();
        let (mut selling, mut step) = Selling::begin(help, self.ranked(world, wish).await);
        loop {
            let elapsed = || world.executor.since(began);
            step = match step {
                Step::Ask(catalog) => {
                    let (ask, patience) = match help {
                        Help::None => (Ask::Reserve(wish.clone()), FAST),
                        Help::Any => (Ask::ReserveAlone(wish.clone()), ALONE),
                    };
                    match world.call(self.replica.node, catalog, ask, patience).await {
                        Ok(Answer::Reserved(answer)) => selling.answered(*answer, elapsed()),
                        Ok(_) => selling.unanswered(false, "nonsense".into(), elapsed()),
                        Err(silence) => {
                            world.reach("a catalog was silent");
                            selling.unanswered(silence.is_certain(), format!("{silence:?}"), elapsed())
                        }
                    }
                }
                Step::Wait(wait) => {
                    world.executor.sleep(wait.most.min(Duration::from_millis(300)) + wait.pause).await;
                    let ranked = self.ranked(world, wish).await;
                    selling.waited(!ranked.is_empty(), ranked, elapsed())
                }
                Step::Done(sold) => return sold,
            };
        }
    }

    /// The catalogs that answer a probe, the home of the basket first.
    async fn ranked(&self, world: &Rc<World>, wish: &Reserve) -> Vec<Node> {
        let mut ready = Vec::new();
        for (node, name) in world.catalog_nodes() {
            let probe = world.call(self.replica.node, node, Ask::Ready, Duration::from_millis(50)).await;
            if matches!(probe, Ok(Answer::Ready(true))) {
                ready.push((node, name));
            }
        }
        home::rank(&wish.basket.first().key(), &mut ready, |(_, name)| *name);
        ready.into_iter().map(|(node, _)| node).collect()
    }

    async fn receipt(&self, world: &Rc<World>, kept: Kept, items: Vec<wire::ItemState>) -> Receipt {
        let peers = world.peers_of(self.replica.node);
        let has = |peer: &Node| {
            kept.placed.iter().any(|(actor, seq)| {
                self.replica.actor_of(*peer) == Some(*actor) || self.replica.held_by(*peer, *actor) >= *seq
            })
        };
        let end = world.executor.now() + COPIES;
        while !peers.iter().all(has) && world.executor.now() < end {
            world.executor.sleep(Duration::from_millis(10)).await;
        }
        let copies = 1 + peers.iter().filter(|peer| has(peer)).count();
        let state = if copies == 1 + peers.len() { OrderState::Settled } else { OrderState::Confirmed };
        Receipt { order: kept.order, copies, state, items }
    }

    /// Waits until every purchase that is under way now is kept or given up.
    async fn settled(&self, world: &Rc<World>) {
        if world.fault == Fault::NoBarrier {
            return;
        }
        let orders = self.replica.orders.borrow().clone();
        for order in orders.taken() {
            drop(orders.take(order).await);
        }
    }
}

impl Tier for OrderNode {
    type Tables = Orders;

    fn replica(&self) -> &Replica<Orders> {
        &self.replica
    }

    async fn answer_of_its_own(&self, world: &Rc<World>, ask: Ask) -> Answer {
        match ask {
            Ask::Buy(purchase) => Answer::Bought(Box::new(self.buy(world, purchase, Help::None).await)),
            Ask::BuyAlone(purchase) => Answer::Bought(Box::new(self.buy(world, purchase, Help::Any).await)),
            Ask::Evidence(actor) => {
                self.settled(world).await;
                let disk = self.replica.disk.borrow();
                let seen = disk.fold.sales.iter().filter(|at| at.actor == actor).map(|at| at.seq);
                Answer::Seen(seen.max().unwrap_or(0))
            }
            Ask::SalesBeyond(heads, living) => {
                self.settled(world).await;
                let disk = self.replica.disk.borrow();
                let orders = disk.fold.orders.values();
                let held = |at: &SaleRef| heads.get(&at.actor).copied().unwrap_or(0) >= at.seq;
                let late = |at: &&SaleRef| !living.contains(&at.actor) && !held(at) && world.fault != Fault::NoEvidence;
                let sales = orders.filter_map(|known| {
                    let at = *known.sales.keys().find(late)?;
                    let mut placed = orders::ledger::sale_of(&known.order);
                    placed.at = at;
                    Some(placed)
                });
                Answer::Sales(sales.collect())
            }
            _ => Answer::No,
        }
    }
}

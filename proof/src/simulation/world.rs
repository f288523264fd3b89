//! The cluster: who there is, who can talk to whom, what chance does, and what has been noticed.

use super::auditor::Auditor;
use super::catalog::CatalogNode;
use super::executor::{Executor, Node};
use super::frontend::FrontendNode;
use super::network::{Answers, Weather};
use super::order::OrderNode;
use super::replica::{Dies, Phase};
use crate::catalog::Fault;
use journal::{ActorId, Entry, Head, Held};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

/// One life of a cluster.
pub(super) struct World {
    /// Time and tasks.
    pub(super) executor: Executor,
    /// The catalogs; a third may join.
    pub(super) catalogs: RefCell<Vec<Rc<CatalogNode>>>,
    /// The order replicas.
    pub(super) orders: RefCell<Vec<Rc<OrderNode>>>,
    /// The frontends.
    pub(super) frontends: Vec<Rc<FrontendNode>>,
    /// What was written and told.
    pub(super) auditor: RefCell<Auditor>,
    /// What was broken on purpose.
    pub(super) fault: Fault,
    reached: RefCell<BTreeSet<&'static str>>,
    chance: RefCell<SmallRng>,
    weather: Cell<Weather>,
    cut: RefCell<BTreeSet<(Node, Node)>>,
    /// Of a thousand commits, how many kill their process.
    deadly: Cell<u32>,
    actors: Cell<u128>,
    trace: Option<RefCell<Vec<String>>>,
}

impl World {
    /// Whose tasks messages under way are.
    pub(super) const WIRE: Node = 100;
    /// Whose tasks the customers are.
    pub(super) const CUSTOMERS: Node = 101;
    /// Whose tasks supervision and faults are.
    pub(super) const FATE: Node = 102;

    /// A world of this seed, with nobody in it yet.
    pub(super) fn new(seed: u64, fault: Fault, traced: bool) -> Self {
        Self {
            executor: Executor::default(),
            catalogs: RefCell::default(),
            orders: RefCell::default(),
            frontends: FrontendNode::all(),
            auditor: RefCell::default(),
            fault,
            reached: RefCell::default(),
            chance: RefCell::new(SmallRng::seed_from_u64(seed)),
            weather: Cell::new(Weather { lost: 0, doubled: 0, slowest_ms: 5 }),
            cut: RefCell::default(),
            deadly: Cell::default(),
            actors: Cell::default(),
            trace: traced.then(RefCell::default),
        }
    }

    // ---- chance

    /// A number from 0 up to, and without, `below`.
    pub(super) fn pick(&self, below: u64) -> u64 {
        self.chance.borrow_mut().random_range(0..below.max(1))
    }

    /// Whether something happens that does so `in_a_thousand` times.
    pub(super) fn chance(&self, in_a_thousand: u32) -> bool {
        in_a_thousand > 0 && self.pick(1000) < u64::from(in_a_thousand)
    }

    /// A pause between these, in milliseconds.
    pub(super) fn pause(&self, from_ms: u64, to_ms: u64) -> Duration {
        Duration::from_millis(from_ms + self.pick(to_ms - from_ms))
    }

    /// Whether, and where, a process dies in the commit that begins now.
    pub(super) fn dies(&self) -> Option<Dies> {
        let kinds = [Dies::Before, Dies::BetweenCommitAndWitness, Dies::After];
        let which = usize::try_from(self.pick(3)).unwrap_or(0);
        self.chance(self.deadly.get()).then_some(kinds[which])
    }

    /// A name for a new incarnation; chance decides how it sorts among the others.
    pub(super) fn new_actor(&self) -> ActorId {
        let number = self.actors.get() + 1;
        self.actors.set(number);
        ActorId::from_bits((u128::from(self.pick(1 << 32)) << 96) | number)
    }

    // ---- the network

    /// How the network is.
    pub(super) fn weather(&self) -> Weather {
        self.weather.get()
    }

    /// How long a message takes.
    pub(super) fn travel(&self) -> Duration {
        Duration::from_micros(100 + self.pick(1000 * self.weather().slowest_ms))
    }

    /// Changes the weather, and how often a commit kills.
    pub(super) fn turn(&self, weather: Weather, deadly: u32) {
        self.weather.set(weather);
        self.deadly.set(deadly);
    }

    /// Whether messages from one to the other are lost.
    pub(super) fn is_cut(&self, from: Node, to: Node) -> bool {
        self.cut.borrow().contains(&(from, to))
    }

    /// Cuts one direction, or both.
    pub(super) fn cut(&self, from: Node, to: Node, both: bool) {
        let mut cut = self.cut.borrow_mut();
        cut.insert((from, to));
        if both {
            cut.insert((to, from));
        }
    }

    /// Lets every message through again.
    pub(super) fn heal(&self) {
        self.cut.borrow_mut().clear();
    }

    // ---- who there is

    /// The node's process, if it listens.
    pub(super) fn listens(&self, node: Node) -> Option<Rc<dyn Answers>> {
        if let Some(catalog) = self.catalogs.borrow().iter().find(|catalog| catalog.replica.node == node) {
            return (catalog.replica.phase.get() != Phase::Down).then(|| catalog.clone() as Rc<dyn Answers>);
        }
        if let Some(order) = self.orders.borrow().iter().find(|order| order.replica.node == node) {
            return (order.replica.phase.get() != Phase::Down).then(|| order.clone() as Rc<dyn Answers>);
        }
        None
    }

    /// The catalogs' nodes, by name.
    pub(super) fn catalog_nodes(&self) -> Vec<(Node, &'static str)> {
        self.catalogs.borrow().iter().map(|catalog| (catalog.replica.node, catalog.replica.name)).collect()
    }

    /// The order replicas' nodes, by name.
    pub(super) fn order_nodes(&self) -> Vec<(Node, &'static str)> {
        self.orders.borrow().iter().map(|order| (order.replica.node, order.replica.name)).collect()
    }

    /// The other replicas of a node's tier.
    pub(super) fn peers_of(&self, node: Node) -> Vec<Node> {
        let (catalogs, orders) = (self.catalog_nodes(), self.order_nodes());
        let tier = if catalogs.iter().any(|(other, _)| *other == node) { catalogs } else { orders };
        tier.into_iter().map(|(other, _)| other).filter(|other| *other != node).collect()
    }

    /// Who of another tier has seen entries of this node's.
    pub(super) fn evidence_for(&self, node: Node) -> Vec<Node> {
        let is_catalog = self.catalog_nodes().iter().any(|(other, _)| *other == node);
        if is_catalog { self.order_nodes().into_iter().map(|(order, _)| order).collect() } else { Vec::new() }
    }

    /// Kills a node's process.
    pub(super) fn kill(&self, node: Node) {
        for catalog in self.catalogs.borrow().iter().filter(|catalog| catalog.replica.node == node) {
            catalog.replica.die();
        }
        for order in self.orders.borrow().iter().filter(|order| order.replica.node == node) {
            order.replica.die();
        }
        self.executor.kill(node);
    }

    /// Kills a node's process, and starts it again after a while.
    pub(super) fn restart(self: &Rc<Self>, node: Node, after: Duration) {
        let world = self.clone();
        self.executor.spawn(Self::FATE, async move {
            world.kill(node);
            world.executor.sleep(after).await;
            world.start(node);
        });
    }

    /// Starts a node whose process does not run.
    pub(super) fn start(self: &Rc<Self>, node: Node) {
        let catalog = self.catalogs.borrow().iter().find(|catalog| catalog.replica.node == node).cloned();
        if let Some(catalog) = catalog.filter(|catalog| catalog.replica.phase.get() == Phase::Down) {
            self.executor.spawn(node, catalog.run(self.clone()));
        }
        let order = self.orders.borrow().iter().find(|order| order.replica.node == node).cloned();
        if let Some(order) = order.filter(|order| order.replica.phase.get() == Phase::Down) {
            self.executor.spawn(node, order.run(self.clone()));
        }
    }

    // ---- what is noticed

    /// The replica that writes as `me` holds this: others' entries have been seen then.
    pub(super) fn seen(&self, me: Option<ActorId>, held: &Held) {
        let mut auditor = self.auditor.borrow_mut();
        let others = held.heads.iter().filter(|(actor, _)| Some(**actor) != me);
        others.for_each(|(actor, head)| auditor.seen(*actor, head.seq));
    }

    /// A catalog or order replica has committed entries of its own after entry `shown`.
    pub(super) fn wrote(&self, name: &'static str, journal: &[Entry], shown: Head) {
        if name.starts_with("catalog") {
            self.auditor.borrow_mut().wrote(journal);
        }
        if self.trace.is_some() {
            for entry in journal.iter().filter(|entry| entry.head.seq > shown.seq) {
                self.say(name, || format!("writes {} {:?} {}", entry.head.seq, entry.actor, entry.body.text()));
            }
        }
    }

    /// An actor was retired: its disk is given up for good, and what it knew may not be undone by another.
    pub(super) fn given_up(&self, actor: ActorId) {
        for catalog in self.catalogs.borrow().iter() {
            let mut saved = catalog.replica.saved.borrow_mut();
            if saved.as_ref().is_some_and(|saved| saved.identity == Some(actor)) {
                *saved = None;
            }
            if let Some(me) = catalog.replica.me() {
                self.auditor.borrow_mut().seen(me, catalog.replica.shown().head(me).seq);
            }
        }
    }

    /// Notes that a state worth reaching was reached.
    pub(super) fn reach(&self, what: &'static str) {
        self.reached.borrow_mut().insert(what);
    }

    /// The states worth reaching that were reached.
    pub(super) fn reached(&self) -> BTreeSet<&'static str> {
        self.reached.borrow().clone()
    }

    /// Notes what must not happen.
    pub(super) fn breach(&self, what: String) {
        self.say("AUDITOR", || what.clone());
        self.auditor.borrow_mut().breach(what);
    }

    /// A line of the trace, if one is kept.
    pub(super) fn say(&self, who: &str, what: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            let now = self.executor.now().as_secs_f64();
            trace.borrow_mut().push(format!("{now:9.4} {who:<9} {}", what()));
        }
    }

    /// The trace so far.
    pub(super) fn trace(&self) -> Vec<String> {
        self.trace.as_ref().map(|trace| trace.borrow().clone()).unwrap_or_default()
    }
}

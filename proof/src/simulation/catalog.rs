//! A catalog in the simulation: the waiting around the product's decisions, as `catalog/src/till.rs` and its neighbours do
//! it.

use super::executor::Node;
use super::network::{Answer, Ask, Silence};
use super::replica::{NotWritten, Replica, Tier};
use super::world::World;
use crate::catalog::Catalog;
use crate::disk::Committed;
use journal::ActorId;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;
use stock::command::{Command, NotSold, Reply, TransferAnswer};
use stock::help::{Helped, Sent, Step};
use stock::{TransferMode, TransferRequest};
use wire::sale::{ListedSale, PlacedSale, Refused, Reserve, Reserved};
use wire::{ItemId, OrderId, home};

const DEADLINE: Duration = Duration::from_millis(600);

/// One catalog.
pub(super) struct CatalogNode {
    /// Its data and its process.
    pub(super) replica: Rc<Replica<Catalog>>,
}

impl CatalogNode {
    /// A catalog without data.
    pub(super) fn new(node: Node, machine: Catalog) -> Self {
        Self { replica: Rc::new(Replica::new(node, machine.name, machine)) }
    }

    /// Runs the process until it dies.
    pub(super) async fn run(self: Rc<Self>, world: Rc<World>) {
        self.replica.clone().start(world.clone()).await;
        loop {
            world.executor.sleep(Duration::from_millis(500)).await;
            self.spread(&world).await;
        }
    }

    async fn decide(&self, world: &Rc<World>, command: Command) -> Result<Reply, NotWritten> {
        Ok(self.replica.commit(world, Vec::new(), vec![command]).await?.pop().expect("an answer a command"))
    }

    async fn ask_writer(&self, world: &Rc<World>, wish: Reserve) -> Result<Reserved, NotSold> {
        match self.decide(world, Command::Sell(wish)).await {
            Ok(reply) => reply.sold(),
            Err(NotWritten::Full) => Err(NotSold::Refused(Refused::NotNow { status: 507, why: "full".into() })),
            Err(NotWritten::Ended(why)) => Err(NotSold::Refused(Refused::NotNow { status: 503, why })),
        }
    }

    async fn sell(&self, world: &Rc<World>, wish: Reserve) -> Result<Reserved, Refused> {
        let item = wish.basket.first();
        if self.replica.orders.borrow().is_taken(wish.order) {
            return Err(Refused::AskAlone { item, unsure: false });
        }
        match self.ask_writer(world, wish).await {
            Ok(reserved) => Ok(reserved),
            Err(NotSold::Refused(refused)) => Err(refused),
            Err(NotSold::Short(_)) => Err(Refused::AskAlone { item, unsure: false }),
        }
    }

    async fn sell_alone(&self, world: &Rc<World>, wish: Reserve) -> Result<Reserved, Refused> {
        let (orders, books) = (self.replica.orders.borrow().clone(), self.replica.books.borrow().clone());
        let _order = orders.take(wish.order).await;
        match self.ask_writer(world, wish.clone()).await {
            Ok(reserved) => return Ok(reserved),
            Err(NotSold::Refused(refused)) => return Err(refused),
            Err(NotSold::Short(lacks)) => {
                world.reach("a sale needed help");
                if lacks.len() > 1 {
                    world.reach("a basket of several lines needed help with more than one");
                }
            }
        }
        let _book = books.take(wish.basket.first()).await;
        let began = world.executor.now();
        let (mut helped, mut step) = (Helped::new(wish), Step::Decide);
        loop {
            step = match step {
                Step::Decide => {
                    let decided = self.ask_writer(world, helped.wish().clone()).await;
                    helped.decided(decided, world.executor.since(began))
                }
                Step::Ask { from, request } => {
                    let answer = match self.replica.me() {
                        Some(me) => self.transfer(world, from, request.by(me)).await,
                        None => Some(TransferAnswer::Few),
                    };
                    helped.answered(from, answer)
                }
                Step::Send(holder) => {
                    let (sent, seen) = self.send(world, helped.wish().clone(), holder).await;
                    helped.sent(holder, sent, seen)
                }
                Step::Done(sold) => return sold.map(|reserved| *reserved),
                Step::Away { item, holder } => {
                    world.reach("units were held by somebody away");
                    return Err(Refused::HeldElsewhere { item, holder: self.name_of(world, holder) });
                }
            };
        }
    }

    fn name_of(&self, world: &World, actor: ActorId) -> String {
        let node = self.replica.that_is(actor);
        let name = world.catalog_nodes().into_iter().find(|(other, _)| Some(*other) == node);
        name.map_or_else(|| format!("actor {actor}"), |(_, name)| name.to_owned())
    }

    async fn transfer(&self, world: &Rc<World>, from: ActorId, request: TransferRequest) -> Option<TransferAnswer> {
        let giver = self.replica.that_is(from)?;
        let asked = world.call(self.replica.node, giver, Ask::Transfer(request), DEADLINE).await;
        let Ok(Answer::Transferred(answer)) = asked else { return None };
        if answer != TransferAnswer::SendTheSale {
            self.replica.catch_up_with(world, giver).await.ok()?;
        }
        Some(answer)
    }

    async fn send(&self, world: &Rc<World>, wish: Reserve, holder: ActorId) -> (Sent, bool) {
        let Some(member) = self.replica.that_is(holder) else { return (Sent::Unsent, false) };
        world.reach("a sale was sent to the holder");
        let sent = world.call(self.replica.node, member, Ask::Reserve(wish), DEADLINE).await;
        let seen = self.replica.catch_up_with(world, member).await.is_ok();
        let sent = match sent {
            Ok(Answer::Reserved(answer)) => Sent::Answered(answer.map(Box::new)),
            Err(Silence::Unreachable) => Sent::Unsent,
            Ok(_) | Err(Silence::Unknown) => Sent::Silent("the holder did not answer".into()),
        };
        (sent, seen)
    }

    async fn spread(&self, world: &Rc<World>) {
        let Some(me) = self.replica.me() else { return };
        let books: Vec<_> = self.replica.disk.borrow().fold.books.values().cloned().collect();
        for book in books.iter().filter(|book| book.exists()) {
            let members = world.catalog_nodes();
            let home = home::home(&book.state.id.key(), members.iter().map(|(_, name)| *name));
            let known = |(node, name): &(Node, &'static str)| {
                let actor = if *node == self.replica.node { Some(me) } else { self.replica.actor_of(*node) };
                Some((actor?, Some(*name) == home))
            };
            let givers: Vec<_> = members.iter().filter_map(known).collect();
            if let Some(wish) = stock::wish(book, me, &givers) {
                let at_least = book.given(wish.from, me) + wish.units;
                let mode = TransferMode::Balance { keep: wish.keep };
                let request = TransferRequest { item: book.state.id, to: me, at_least, mode };
                if self.transfer(world, wish.from, request).await == Some(TransferAnswer::Given) {
                    world.reach("units were spread in the background");
                }
            }
        }
    }

    /// Adds units, or takes them away, where this replica has them.
    pub(super) async fn adjust(&self, world: &Rc<World>, item: ItemId, delta: i64, reference: String) {
        drop(self.decide(world, Command::Adjust { item, delta, reference }).await);
    }

    /// Retires an actor, as an operator has it done: everybody must answer first.
    ///
    /// # Errors
    /// Why nothing was retired.
    pub(super) async fn retire(&self, world: &Rc<World>, actor: ActorId) -> Result<(), &'static str> {
        for peer in world.peers_of(self.replica.node) {
            self.replica.catch_up_with(world, peer).await.map_err(|_| "a catalog does not answer")?;
        }
        let held = self.replica.shown();
        let end = held.head(actor);
        let heads: BTreeMap<_, _> = held.heads.iter().map(|(actor, head)| (*actor, head.seq)).collect();
        let peers = world.peers_of(self.replica.node);
        let living: BTreeSet<_> =
            peers.iter().map(|peer| self.replica.actor_of(*peer)).chain([self.replica.me()]).flatten().collect();
        if living.len() <= peers.len() || living.contains(&actor) {
            return Err("somebody does not say who it is, or is the one to be retired");
        }
        let mut last = Vec::new();
        for (order, _) in world.order_nodes() {
            let ask = Ask::SalesBeyond(heads.clone(), living.clone());
            match world.call(self.replica.node, order, ask, DEADLINE * 5).await {
                Ok(Answer::Sales(sales)) => last.extend(sales),
                _ => return Err("an order replica does not answer"),
            }
        }
        let failed = |_: NotWritten| "not written";
        let items = self.replica.disk.borrow().fold.books.keys().copied().collect();
        let retire = Command::Retire { actor, end };
        let adopt = Command::Adopt { from: vec![actor], sales: last.clone() };
        let inherit = Command::Inherit { from: actor, items };
        // Everything is looked at before anything is written.
        let mut copy = self.replica.disk.borrow().clone();
        let all = vec![retire.clone(), adopt.clone(), inherit.clone()];
        let conserved = match copy.commit(&self.replica.machine, 0, &[], all) {
            Ok(Committed::Done { replies, .. }) => replies.into_iter().all(|reply| reply.taken_over().is_ok()),
            _ => false,
        };
        if !conserved {
            world.reach("a retirement was refused");
            return Err("something that it wrote or was given is not known");
        }
        for placed in &last {
            world.auditor.borrow_mut().adopting(placed.at.actor, placed.sale.order);
        }
        if !held.retired.contains_key(&actor) {
            self.decide(world, retire).await.map_err(failed)?;
        }
        let adopted = self.decide(world, adopt).await.map_err(failed)?.taken_over().map_err(|_| "not conserved")?;
        world.say(self.replica.name, || format!("retires {actor:?} at {}, adopts {adopted} sales", end.seq));
        world.given_up(actor);
        if adopted > 0 {
            world.reach("a last sale was adopted");
        }
        let inherited = self.decide(world, inherit).await.map_err(failed)?;
        match inherited.taken_over() {
            Ok(0) => (),
            Ok(_) => world.reach("units were inherited"),
            Err(error) => world.breach(error.to_string()),
        }
        Ok(())
    }

    fn sales(&self, orders: &[OrderId]) -> Vec<PlacedSale> {
        let (disk, shown) = (self.replica.disk.borrow(), self.replica.shown());
        let known = orders.iter().filter_map(|order| disk.fold.sales.get(order)).flatten();
        let known = known.filter(|sale| sale.at.seq <= shown.head(sale.at.actor).seq);
        known.map(|sale| PlacedSale { sale: sale.sale.clone(), at: sale.at }).collect()
    }
}

impl Tier for CatalogNode {
    type Tables = Catalog;

    fn replica(&self) -> &Replica<Catalog> {
        &self.replica
    }

    async fn answer_of_its_own(&self, world: &Rc<World>, ask: Ask) -> Answer {
        match ask {
            Ask::Reserve(wish) => Answer::Reserved(Box::new(self.sell(world, wish).await)),
            Ask::ReserveAlone(wish) => Answer::Reserved(Box::new(self.sell_alone(world, wish).await)),
            Ask::Transfer(request) => self
                .decide(world, Command::Give(request))
                .await
                .map_or(Answer::No, |reply| Answer::Transferred(reply.given())),
            Ask::SalesAfter(actor, after) => {
                let (disk, upto) = (self.replica.disk.borrow(), self.replica.shown().head(actor).seq);
                let of =
                    |sale: &&stock::KnownSale| sale.at.actor == actor && sale.at.seq > after && sale.at.seq <= upto;
                let sales = disk.fold.sales.values().flatten().filter(of);
                let mut listed: Vec<_> = sales.map(|s| ListedSale { seq: s.at.seq, order: s.sale.order }).collect();
                listed.sort_by_key(|sale| sale.seq);
                Answer::Listed(listed)
            }
            Ask::SalesOf(orders) => Answer::Sales(self.sales(&orders)),
            Ask::Show(item) => {
                let disk = self.replica.disk.borrow();
                let book = disk.fold.books.get(&item).filter(|book| book.exists());
                Answer::Book(book.map(|book| Box::new(book.state.clone())))
            }
            _ => Answer::No,
        }
    }
}

//! What can happen next, and what comes of it: the product's functions around each step.

use super::action::Action;
use super::model::Model;
use super::world::{BOOK, Reached, Replica, World};
use crate::catalog::{Catalog, Fault};
use crate::disk::{Committed, Disk};
use journal::{ActorId, Claim, Recall, Verdict, Witness, judge, recall};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use stock::command::{Command, NewBook, Reply};
use stock::{Fields, TransferMode, TransferRequest};
use uuid::Uuid;
use wire::sale::{Basket, PlacedSale, Reserve, SaleRef};
use wire::{Buyer, Money, OrderId, Quantity};

const NAMES: [&str; 3] = ["catalogA", "catalogB", "catalogC"];

/// The id of an order, by its number.
pub(super) fn order_id(order: usize) -> OrderId {
    OrderId(Uuid::from_u128(order as u128 + 1))
}

impl Model {
    fn catalog(&self, at: usize) -> Catalog {
        Catalog { name: NAMES[at], fault: self.fault }
    }

    fn actor(&self, number: u32) -> ActorId {
        ActorId::from_bits(u128::from(if self.descending { 1000 - number } else { 1000 + number }))
    }

    /// The shop before anything has happened.
    pub(super) fn opening(&self) -> World {
        let replica = |_| Replica { disk: Arc::default(), witness: None, saved: None, up: true };
        let mut world = World {
            replicas: (0..self.replicas).map(replica).collect(),
            answers: BTreeMap::new(),
            told: BTreeMap::new(),
            actors: 0,
            left: self.budget,
            bounded: 0,
            reached: BTreeSet::new(),
            broken: None,
        };
        for at in 0..self.replicas {
            self.become_new(&mut world, at);
        }
        let fields = Fields {
            title: Some("Momo".into()),
            topic: Some("tests".into()),
            cost: Money::from_cents(100).ok(),
            ..Fields::default()
        };
        self.commit(&mut world, 0, vec![Command::Shelve(vec![NewBook::counted(BOOK, fields, self.units)])]);
        for to in 1..self.replicas {
            self.read_all(&mut world, 0, to);
        }
        world
    }

    fn become_new(&self, world: &mut World, at: usize) {
        let actor = self.actor(world.actors);
        world.actors += 1;
        Arc::make_mut(&mut world.replicas[at].disk).become_actor(actor);
        self.commit(world, at, Vec::new());
    }

    /// Commits, and writes the witness, as the product does before anybody hears of it.
    fn commit(&self, world: &mut World, at: usize, commands: Vec<Command>) -> Option<Vec<Reply>> {
        self.commit_with(world, at, &[], commands, true)
    }

    fn commit_with(
        &self,
        world: &mut World,
        at: usize,
        runs: &[journal::Run],
        commands: Vec<Command>,
        witnessed: bool,
    ) -> Option<Vec<Reply>> {
        let replica = &mut world.replicas[at];
        match Arc::make_mut(&mut replica.disk).commit(&self.catalog(at), 0, runs, commands) {
            Ok(Committed::Done { replies, witness }) => {
                if witnessed {
                    replica.witness = witness.or(replica.witness);
                }
                Some(replies)
            }
            Ok(Committed::Ended(_)) => {
                // It takes nothing on any more, until it starts as another.
                replica.up = false;
                None
            }
            Err(broken) => {
                world.broken = Some(broken);
                None
            }
        }
    }

    fn read_all(&self, world: &mut World, from: usize, to: usize) {
        let theirs = world.replicas[from].disk.held.heads.clone();
        let asks = world.replicas[to].disk.held.asks();
        let runs = theirs.keys().filter_map(|actor| {
            let held = asks.get(actor).copied().unwrap_or(0);
            world.replicas[from].disk.run_after(*actor, held, usize::MAX)
        });
        let runs: Vec<_> = runs.collect();
        self.commit_with(world, to, &runs, Vec::new(), true);
    }

    fn sell(&self, world: &mut World, at: usize, order: usize, witnessed: bool) -> Option<PlacedSale> {
        let wish = Reserve {
            order: order_id(order),
            buyer: Buyer::default(),
            basket: Basket::single(BOOK, Quantity::ONE),
            request_id: String::new(),
        };
        let reply = self.commit_with(world, at, &[], vec![Command::Sell(wish)], witnessed)?.pop()?;
        let reserved = reply.sold().ok()?;
        Some(PlacedSale { sale: reserved.sale, at: reserved.at })
    }

    fn give(&self, world: &mut World, from: usize, to: usize) -> Option<()> {
        let asker = world.replicas[to].disk.identity?;
        if from == to {
            // Only the fault does this; the product refuses.
            Arc::make_mut(&mut world.replicas[to].disk).fold.promised += 1;
            return Some(());
        }
        let giver = world.replicas[from].disk.identity?;
        let book = world.replicas[to].disk.fold.books.get(&BOOK)?;
        let request = TransferRequest {
            item: BOOK,
            to: asker,
            at_least: book.given(giver, asker) + 1,
            mode: TransferMode::Gather,
        };
        if self.fault == Fault::CreditBeforeLog {
            // The answer left before the entry was on disk, and the giver died in between.
            Arc::make_mut(&mut world.replicas[to].disk).fold.promised += 1;
            return Some(());
        }
        self.commit(world, from, vec![Command::Give(request)]).map(drop)
    }

    fn start(&self, world: &mut World, at: usize, silent: bool) -> Option<()> {
        let identity = world.replicas[at].disk.identity;
        let recall = recalls(&world.replicas[at]);
        // Only where others are asked can one of them stay silent.
        let asks = recall == Recall::Ask && self.fault != Fault::NoFence;
        if silent && !asks {
            return None;
        }
        let same = match (recall, identity) {
            (_, Some(_)) if self.fault == Fault::NoFence => true,
            (Recall::Same, Some(_)) => {
                world.reached.insert(Reached::SameByWitness);
                true
            }
            (Recall::Ask, Some(actor)) if !silent => {
                if self.is_under_way(world, actor) {
                    return None;
                }
                let same = everyone_agrees(world, at, actor);
                world.reached.extend(same.then_some(Reached::SameByAsking));
                same
            }
            (Recall::Ask | Recall::New, Some(_)) | (_, None) => false,
        };
        let replica = &mut world.replicas[at];
        replica.up = true;
        if let (true, false, Some(actor)) = (same, self.fault == Fault::NoWitnessAtStart, replica.disk.identity) {
            replica.witness = Some(Witness { actor, head: replica.disk.held.head(actor) });
        }
        if !same {
            world.reached.insert(Reached::NewActor);
            self.become_new(world, at);
        }
        Some(())
    }

    /// An order replica that is asked for evidence answers when everything that it had asked for before is settled: an
    /// answer that is still under way names an entry that may be missing here.
    fn is_under_way(&self, world: &World, actor: ActorId) -> bool {
        self.fault != Fault::NoBarrier && world.answers.keys().any(|sale| sale.actor == actor)
    }

    /// What the product's `retire` does once everybody has answered.
    fn retire(&self, world: &mut World, at: usize, actor: ActorId) -> Option<()> {
        for from in (0..self.replicas).filter(|from| *from != at) {
            self.read_all(world, from, at);
        }
        let held = &world.replicas[at].disk.held;
        let end = held.head(actor);
        if held.has_ended(actor) || end.seq == 0 {
            return None;
        }
        if self.is_under_way(world, actor) {
            return None;
        }
        let living: BTreeSet<_> = world.replicas.iter().filter_map(|replica| replica.disk.identity).collect();
        let late = |at: &SaleRef| !living.contains(&at.actor) && at.seq > held.head(at.actor).seq;
        let evidence = world.told.values().flatten().filter(|(at, _)| late(at) && self.fault != Fault::NoEvidence);
        let last: Vec<PlacedSale> = evidence.map(|(_, placed)| placed.clone()).collect();
        let units = world.replicas[at].disk.fold.books.get(&BOOK).map_or(0, |book| book.units_of(actor));
        if living.contains(&actor) {
            world.bounded += units;
        }
        // Refused where something is not known: then nothing has changed.
        let adopt = Command::Adopt { from: vec![actor], sales: last };
        let adopted = self.commit(world, at, vec![Command::Retire { actor, end }, adopt])?.pop()?.taken_over().ok()?;
        let taken =
            self.commit(world, at, vec![Command::Inherit { from: actor, items: vec![BOOK] }])?.pop()?.taken_over();
        let taken = taken.map_err(|not_conserved| world.broken = Some(not_conserved.to_string())).ok()?;
        world.reached.extend((adopted > 0).then_some(Reached::Adopted));
        world.reached.extend((taken > 0).then_some(Reached::Inherited));
        Some(())
    }

    fn down(world: &mut World, at: usize) -> &mut Replica {
        let replica = &mut world.replicas[at];
        replica.up = false;
        replica
    }

    /// Takes one step; `None` where it can't be taken, or changes nothing.
    pub(super) fn take(&self, world: &mut World, action: Action) -> Option<()> {
        match action {
            Action::Sell { at, order } => {
                let placed = self.sell(world, at, order, true)?;
                let told = world.told.get(&placed.sale.order).is_some_and(|told| told.contains_key(&placed.at));
                if told || world.answers.insert(placed.at, placed).is_some() {
                    return None;
                }
            }
            Action::SellAndDie { at, order } => {
                world.left.kills -= 1;
                self.sell(world, at, order, false)?;
                Self::down(world, at);
            }
            Action::Tell { order, actor } => {
                let placed = answer(world, order, actor)?;
                world.told.entry(placed.sale.order).or_default().insert(placed.at, placed);
            }
            Action::LoseAnswer { order, actor } => drop(answer(world, order, actor)?),
            Action::Give { from, to } => {
                world.left.gives -= 1;
                self.give(world, from, to)?;
            }
            Action::Read { from, to, actor } => {
                let held = world.replicas[to].disk.held.asks().get(&actor).copied().unwrap_or(0);
                let run = world.replicas[from].disk.run_after(actor, held, 1)?;
                self.commit_with(world, to, &[run], Vec::new(), true);
            }
            Action::Save(at) => world.replicas[at].saved = Some(world.replicas[at].disk.clone()),
            Action::PutBack(at) => {
                world.left.put_backs -= 1;
                let replica = Self::down(world, at);
                replica.disk = replica.saved.take()?;
            }
            Action::Kill(at) => {
                world.left.kills -= 1;
                Self::down(world, at);
            }
            Action::LoseWitness(at) => {
                world.left.kills -= 1;
                Self::down(world, at).witness = None;
            }
            Action::LoseData(at) => {
                world.left.losses -= 1;
                Self::down(world, at).disk = Arc::default();
            }
            Action::Start { at, silent } => self.start(world, at, silent)?,
            Action::Retire { at, actor } => {
                world.left.retirements -= 1;
                self.retire(world, at, actor)?;
            }
        }
        Some(())
    }

    /// The steps that are possible at one replica.
    pub(super) fn possible_at(&self, world: &World, at: usize, actions: &mut Vec<Action>) {
        let (replica, left) = (&world.replicas[at], world.left);
        for (from, other) in world.replicas.iter().enumerate().filter(|(from, _)| *from != at) {
            let asks = replica.disk.held.asks();
            let lacks = other.disk.held.heads.iter();
            let lacks = lacks.filter(|(actor, head)| head.seq > asks.get(actor).copied().unwrap_or(0));
            // One that has to ask others who it is answers questions meanwhile.
            if replica.up && (other.up || recalls(other) == Recall::Ask) {
                actions.extend(lacks.map(|(actor, _)| Action::Read { from, to: at, actor: *actor }));
            }
        }
        if left.put_backs > 0 && replica.saved.is_some() {
            actions.push(Action::PutBack(at));
        }
        if !replica.up {
            actions.extend([false, true].map(|silent| Action::Start { at, silent }));
            return;
        }
        actions.extend((0..self.orders).map(|order| Action::Sell { at, order }));
        if left.gives > 0 {
            let to_itself = self.fault == Fault::SelfGive;
            let others = (0..self.replicas).filter(|to| *to != at || to_itself);
            actions.extend(others.map(|to| Action::Give { from: at, to }));
        }
        if left.put_backs > 0 && replica.saved.is_none() {
            actions.push(Action::Save(at));
        }
        if left.kills > 0 {
            actions.extend((0..self.orders).map(|order| Action::SellAndDie { at, order }));
            actions.extend([Action::Kill(at), Action::LoseWitness(at)]);
        }
        if left.losses > 0 {
            actions.push(Action::LoseData(at));
        }
        if left.retirements > 0 && world.replicas.iter().all(|replica| replica.up) {
            let alive = |actor: &ActorId| world.replicas.iter().any(|other| other.disk.identity == Some(*actor));
            let me = replica.disk.identity;
            let known = world.replicas.iter().flat_map(|replica| replica.disk.held.heads.keys());
            let gone = known.filter(|actor| Some(**actor) != me && (self.retire_the_living || !alive(actor)));
            let mut gone: Vec<_> = gone.copied().collect();
            gone.sort_unstable();
            gone.dedup();
            actions.extend(gone.into_iter().map(|actor| Action::Retire { at, actor }));
        }
    }
}

/// What everybody else says of the actor in the data of replica `at`.
fn everyone_agrees(world: &World, at: usize, actor: ActorId) -> bool {
    let disk = &world.replicas[at].disk;
    let others = world.replicas.iter().enumerate().filter(|(other, _)| *other != at);
    let peers = others.map(|(_, other)| {
        let theirs = other.disk.held.heads.get(&actor).copied();
        let mine = theirs.and_then(|theirs| disk.hash_at(actor, theirs.seq));
        Some(Claim::of(theirs, mine, other.disk.held.has_ended(actor)))
    });
    let sales = world.told.values().flat_map(BTreeMap::keys).filter(|sale| sale.actor == actor);
    let orders = Claim { seq: sales.map(|sale| sale.seq).max().unwrap_or(0), agrees: true };
    let claims: Vec<_> = peers.chain([Some(orders)]).collect();
    judge(disk.held.head(actor), &claims) == Verdict::Same
}

/// What the files of a replica say.
fn recalls(replica: &Replica) -> Recall {
    let Disk { identity, held, .. } = replica.disk.as_ref();
    let data = identity.map(|actor| (actor, held.head(actor)));
    let at_witness = replica.witness.and_then(|last| replica.disk.hash_at(last.actor, last.head.seq));
    recall(data, replica.witness, at_witness, identity.is_some_and(|actor| held.has_ended(actor)))
}

fn answer(world: &mut World, order: usize, actor: ActorId) -> Option<PlacedSale> {
    let wanted = |sale: &PlacedSale| sale.at.actor == actor && sale.sale.order == order_id(order);
    let at = world.answers.values().find(|sale| wanted(sale))?.at;
    world.answers.remove(&at)
}

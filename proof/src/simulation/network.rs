//! What nodes say to each other, and what the network makes of it.
//!
//! The questions are those of the product's internal addresses, the bodies its own types.

use super::executor::{Node, Slot};
use super::world::World;
use journal::{ActorId, Held, Run};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;
use stock::TransferRequest;
use stock::command::TransferAnswer;
use wire::order::{Outcome, Purchase};
use wire::sale::{ListedSale, PlacedSale, Refused, Reserve, Reserved};
use wire::{ItemId, ItemState, OrderId};

/// A question.
#[derive(Clone, Debug)]
pub(super) enum Ask {
    /// Are you ready?
    Ready,
    /// How far are you?
    Heads,
    /// What do you have beyond this?
    Pull(BTreeMap<ActorId, u64>),
    /// Take this.
    Push(Vec<Run>),
    /// Which of this actor's entries have you seen?
    Evidence(ActorId),
    /// Sell, from what you have.
    Reserve(Reserve),
    /// Sell, with whatever help it takes.
    ReserveAlone(Reserve),
    /// Hand rights over.
    Transfer(TransferRequest),
    /// Where do the sales of this actor after this entry stand?
    SalesAfter(ActorId, u64),
    /// The sales of these orders.
    SalesOf(Vec<OrderId>),
    /// The sales that your orders stand on and that lie beyond these entries, but for those of the living.
    SalesBeyond(BTreeMap<ActorId, u64>, BTreeSet<ActorId>),
    /// Buy, if it can be decided quickly.
    Buy(Purchase),
    /// Buy, with whatever help it takes.
    BuyAlone(Purchase),
    /// Show a book.
    Show(ItemId),
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// To [`Ask::Ready`].
    Ready(bool),
    /// To [`Ask::Heads`] and [`Ask::Push`].
    Heads(Option<ActorId>, Held),
    /// To [`Ask::Pull`].
    Runs(Vec<Run>),
    /// To [`Ask::Evidence`].
    Seen(u64),
    /// To [`Ask::Reserve`] and [`Ask::ReserveAlone`].
    Reserved(Box<Result<Reserved, Refused>>),
    /// To [`Ask::Transfer`].
    Transferred(TransferAnswer),
    /// To [`Ask::SalesAfter`].
    Listed(Vec<ListedSale>),
    /// To [`Ask::SalesOf`] and [`Ask::SalesBeyond`].
    Sales(Vec<PlacedSale>),
    /// To [`Ask::Buy`] and [`Ask::BuyAlone`].
    Bought(Box<Outcome>),
    /// To [`Ask::Show`].
    Book(Option<Box<ItemState>>),
    /// A refusal of something that nobody waits for: the disk is full, the replica has ended.
    No,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// Nobody listens there: it did not happen.
    Unreachable,
    /// It may have happened.
    Unknown,
}

impl Silence {
    /// Whether it surely did not happen.
    pub(super) fn is_certain(self) -> bool {
        self == Self::Unreachable
    }
}

/// How the network is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weather {
    /// Of a thousand messages, how many are lost.
    pub(super) lost: u32,
    /// Of a thousand questions, how many arrive twice.
    pub(super) doubled: u32,
    /// The longest that a message takes, in milliseconds.
    pub(super) slowest_ms: u64,
}

/// Somebody who answers questions.
pub(super) trait Answers {
    /// Answers one; a task of its own.
    fn answer(self: Rc<Self>, world: Rc<World>, ask: Ask) -> Pin<Box<dyn Future<Output = Answer>>>;
}

impl World {
    /// Asks `to`, as `from`, and waits for `patience` at most.
    ///
    /// # Errors
    /// [`Silence`].
    pub(super) async fn call(
        self: &Rc<Self>,
        from: Node,
        to: Node,
        ask: Ask,
        patience: Duration,
    ) -> Result<Answer, Silence> {
        let slot: Slot<Result<Answer, Silence>> = Slot::default();
        let arrivals = 1 + u32::from(self.chance(self.weather().doubled));
        for _ in 0..arrivals {
            let (world, ask, slot, travel) = (self.clone(), ask.clone(), slot.clone(), self.travel());
            let lost = self.is_cut(from, to) || self.chance(self.weather().lost);
            // A message under way belongs to nobody: it arrives also when its sender is dead.
            self.executor.spawn(Self::WIRE, async move {
                world.executor.sleep(travel).await;
                if !lost {
                    world.deliver(from, to, ask, slot);
                }
            });
        }
        let (world, late) = (self.clone(), slot.clone());
        self.executor.spawn(from, async move {
            world.executor.sleep(patience).await;
            late.put(Err(Silence::Unknown));
        });
        slot.await
    }

    fn deliver(self: &Rc<Self>, from: Node, to: Node, ask: Ask, slot: Slot<Result<Answer, Silence>>) {
        let Some(answerer) = self.listens(to) else {
            if !self.is_cut(to, from) {
                slot.put(Err(Silence::Unreachable));
            }
            return;
        };
        let world = self.clone();
        self.executor.spawn(to, async move {
            let answer = answerer.answer(world.clone(), ask).await;
            let (travel, lost) = (world.travel(), world.is_cut(to, from) || world.chance(world.weather().lost));
            let executor = world.executor.clone();
            world.executor.spawn(Self::WIRE, async move {
                executor.sleep(travel).await;
                if !lost {
                    slot.put(Ok(answer));
                }
            });
        });
    }
}

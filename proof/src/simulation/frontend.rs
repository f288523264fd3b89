//! A frontend in the simulation: asks the order replicas, joins what it hears of books, and never shows a session an
//! older state than it has seen.

use super::executor::Node;
use super::network::{Answer, Ask, Silence};
use super::world::World;
use crate::catalog::Fault;
use orders::buying::{Buying, How, NoReceipt, Step};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use wire::item::Versions;
use wire::order::{Purchase, Receipt};
use wire::{ItemId, ItemState, home};

const FAST: Duration = Duration::from_millis(1500);
const ALONE: Duration = Duration::from_millis(4500);
const LOOK: Duration = Duration::from_millis(400);
/// After so long, what is cached is asked for again.
const TTL: Duration = Duration::from_millis(1500);

/// One frontend.
pub(super) struct FrontendNode {
    /// Its node.
    pub(super) node: Node,
    cache: RefCell<BTreeMap<ItemId, (ItemState, Duration)>>,
}

impl FrontendNode {
    /// The two of them.
    pub(super) fn all() -> Vec<Rc<Self>> {
        [20, 21].map(|node| Rc::new(Self { node, cache: RefCell::default() })).into()
    }

    /// Buys, as `frontend/src/orders.rs` does.
    ///
    /// # Errors
    /// [`NoReceipt`] says whether it may have happened all the same.
    pub(super) async fn buy(&self, world: &Rc<World>, purchase: &Purchase) -> Result<Receipt, NoReceipt> {
        let began = world.executor.now();
        let (mut buying, mut step) = Buying::begin(self.ranked(world, purchase).await);
        loop {
            let elapsed = || world.executor.since(began);
            step = match step {
                Step::Ask { replica, how, .. } => {
                    let (ask, patience) = match how {
                        How::Quickly => (Ask::Buy(purchase.clone()), FAST),
                        How::Alone => (Ask::BuyAlone(purchase.clone()), ALONE),
                    };
                    match world.call(self.node, replica, ask, patience).await {
                        Ok(Answer::Bought(outcome)) => buying.answered(*outcome, elapsed()),
                        Ok(_) => buying.unanswered(false, true, "nonsense".into(), elapsed()),
                        Err(silence) => {
                            world.reach("an order replica was silent");
                            buying.unanswered(silence.is_certain(), true, format!("{silence:?}"), elapsed())
                        }
                    }
                }
                Step::Wait(most) => {
                    world.executor.sleep(most.min(Duration::from_millis(300))).await;
                    let ranked = self.ranked(world, purchase).await;
                    buying.waited(!ranked.is_empty(), ranked, elapsed())
                }
                Step::Done(Ok(receipt)) => {
                    for state in &receipt.items {
                        self.join(world, state.clone());
                    }
                    return Ok(*receipt);
                }
                Step::Done(Err(why)) => return Err(why),
            };
        }
    }

    async fn ranked(&self, world: &Rc<World>, purchase: &Purchase) -> Vec<Node> {
        let mut ready = Vec::new();
        for (node, name) in world.order_nodes() {
            let probe = world.call(self.node, node, Ask::Ready, Duration::from_millis(50)).await;
            if matches!(probe, Ok(Answer::Ready(true))) {
                ready.push((node, name));
            }
        }
        home::rank(purchase.order.0.as_bytes(), &mut ready, |(_, name)| *name);
        ready.into_iter().map(|(node, _)| node).collect()
    }

    fn join(&self, world: &World, state: ItemState) {
        let now = world.executor.now();
        let mut cache = self.cache.borrow_mut();
        match cache.get_mut(&state.id) {
            Some((known, at)) => {
                known.join(state);
                *at = now;
            }
            None => drop(cache.insert(state.id, (state, now))),
        }
    }

    /// A book that contains everything in `seen`; `None` where nobody can show one now.
    pub(super) async fn look(&self, world: &Rc<World>, item: ItemId, seen: &Versions) -> Option<ItemState> {
        let forgetful = world.fault == Fault::NoMemory;
        let cached = self.cache.borrow().get(&item).cloned();
        if let Some((state, at)) = cached
            && world.executor.now() < at + TTL
            && (state.contains(seen) || forgetful)
        {
            world.reach("a book was shown from the cache");
            return Some(state);
        }
        for (catalog, _) in world.catalog_nodes() {
            let asked: Result<Answer, Silence> = world.call(self.node, catalog, Ask::Show(item), LOOK).await;
            if let Ok(Answer::Book(Some(state))) = asked {
                self.join(world, *state);
                let known = self.cache.borrow().get(&item).map(|(state, _)| state.clone())?;
                if known.contains(seen) || forgetful {
                    return Some(known);
                }
                world.reach("an answer was too old for its session");
            }
        }
        None
    }
}

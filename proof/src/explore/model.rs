//! Which steps are possible in a state, where each leads, and the run of the checker.

use super::action::Action;
use super::steps::order_id;
use super::world::{Budget, Reached, World};
use crate::catalog::Fault;
use stateright::{Checker, HasDiscoveries, Model as _, Property};
use std::time::{Duration, Instant};

/// A small shop, what may befall it, and what is wrong with it, if anything.
#[derive(Clone, Debug)]
pub struct Model {
    /// How many catalogs.
    pub replicas: usize,
    /// Units of the book, minted by the first.
    pub units: u64,
    /// How many orders.
    pub orders: usize,
    /// What may happen, how often.
    pub budget: Budget,
    /// Whether a new actor sorts before those before it: the larger gives way, so both must be tried.
    pub descending: bool,
    /// Whether an actor may be retired that is alive.
    pub retire_the_living: bool,
    /// The rule that is left out.
    pub fault: Fault,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            replicas: 2,
            units: 2,
            orders: 3,
            budget: Budget { gives: 2, ..Budget::default() },
            descending: false,
            retire_the_living: false,
            fault: Fault::None,
        }
    }
}

impl stateright::Model for Model {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![self.opening()]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        if world.broken.is_some() {
            return;
        }
        for at in 0..self.replicas {
            self.possible_at(world, at, actions);
        }
        let tells = world.answers.values().filter_map(|placed| {
            let order = (0..self.orders).find(|order| order_id(*order) == placed.sale.order)?;
            Some([Action::Tell { order, actor: placed.at.actor }, Action::LoseAnswer { order, actor: placed.at.actor }])
        });
        actions.extend(tells.flatten());
    }

    fn next_state(&self, before: &World, action: Action) -> Option<World> {
        let mut world = before.clone();
        self.take(&mut world, action)?;
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let always = Property::always;
        let sometimes = Property::<Self>::sometimes;
        let mut properties = vec![
            always("nothing is oversold", |_, world: &World| world.nothing_is_oversold()),
            always("the product finds nothing broken", |_, world: &World| world.broken.is_none()),
            always("held journals are prefixes", |_, world: &World| world.held_journals_are_prefixes()),
            always("equal journals mean one live sale an order", |_, world: &World| {
                world.equal_journals_mean_one_live_sale_an_order()
            }),
            sometimes("everything was sold", |model: &Self, world: &World| world.confirmed() == model.units),
        ];
        if self.units > 1 {
            properties.push(sometimes("both sides sold one order", |_, world| {
                world.told.values().any(|told| told.len() > 1)
            }));
            properties.push(sometimes("a sale was taken back", |_, world| {
                world.replicas.iter().flat_map(|r| r.disk.fold.sales.values().flatten()).any(|sale| !sale.live)
            }));
        }
        let mut reaches = |name, mark| {
            properties.push(sometimes(
                name,
                match mark {
                    Reached::NewActor => |_, world| world.reached.contains(&Reached::NewActor),
                    Reached::SameByWitness => |_, world| world.reached.contains(&Reached::SameByWitness),
                    Reached::SameByAsking => |_, world| world.reached.contains(&Reached::SameByAsking),
                    Reached::Inherited => |_, world| world.reached.contains(&Reached::Inherited),
                    Reached::Adopted => |_, world| world.reached.contains(&Reached::Adopted),
                },
            ));
        };
        if self.budget.put_backs + self.budget.losses > 0 {
            reaches("a replica went on as a new actor", Reached::NewActor);
        }
        if self.budget.kills > 0 {
            reaches("a replica was who its witness said", Reached::SameByWitness);
            reaches("a replica was who all others said", Reached::SameByAsking);
        }
        if self.budget.retirements > 0 && self.budget.losses > 0 {
            reaches("units were inherited", Reached::Inherited);
            reaches("a last sale was adopted", Reached::Adopted);
        }
        properties
    }
}

/// What the checker came to.
#[derive(Clone, Debug)]
pub struct Explored {
    /// How many different states.
    pub states: usize,
    /// Whether these were all there are.
    pub exhausted: bool,
    /// What does not hold, with the steps that lead there.
    pub breaches: Vec<(&'static str, Vec<Action>)>,
    /// States worth reaching that were not reached.
    pub unreached: Vec<&'static str>,
}

/// The most states to look at, repetitions included: what fits into the memory of a small machine.
const MOST_STATES: usize = 8_000_000;

/// Looks at all states, as far as `within` and the memory allow, or until the property `until` is broken.
pub fn explore(model: Model, within: Duration, until: Option<&'static str>) -> Explored {
    let sometimes: Vec<&'static str> = model
        .properties()
        .iter()
        .filter(|property| matches!(property.expectation, stateright::Expectation::Sometimes))
        .map(|property| property.name)
        .collect();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let began = Instant::now();
    let until = until.map_or(HasDiscoveries::All, |property| HasDiscoveries::AllOf([property].into()));
    let checker = model.checker().threads(threads).timeout(within).target_state_count(MOST_STATES);
    let checker = checker.finish_when(until).spawn_bfs().join();
    let found = checker.discoveries();
    let breaches = found.iter().filter(|(name, _)| !sometimes.contains(name));
    let breaches = breaches.map(|(name, path)| (*name, path.clone().into_actions())).collect();
    let unreached = sometimes.into_iter().filter(|name| !found.contains_key(name)).collect();
    Explored {
        states: checker.unique_state_count(),
        exhausted: began.elapsed() < within && checker.state_count() < MOST_STATES,
        breaches,
        unreached,
    }
}

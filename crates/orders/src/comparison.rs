//! Which of the catalogs' sales have no order here yet.
//!
//! What one look lists the next one compares, so that a purchase under way has time to arrive by itself.

use journal::ActorId;
use std::collections::{BTreeMap, BTreeSet};
use wire::OrderId;
use wire::sale::ListedSale;

/// How far the catalogs' sales have been compared with the orders here.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    compared: BTreeMap<ActorId, u64>,
    listed: BTreeMap<ActorId, Vec<ListedSale>>,
}

impl Comparison {
    /// Goes on where an earlier one had got to.
    pub fn from(compared: BTreeMap<ActorId, u64>) -> Self {
        Self { compared, listed: BTreeMap::new() }
    }

    /// The sales of `actor` that were listed at the last look, by number: to be compared now. Taken out.
    pub fn due(&mut self, actor: ActorId) -> Option<Vec<ListedSale>> {
        self.listed.remove(&actor)
    }

    /// After which entry the sales of `actor` should be listed, whose journal goes up to `head`; `None` where all of it
    /// was compared.
    pub fn list_after(&self, actor: ActorId, head: u64) -> Option<u64> {
        let compared = self.compared.get(&actor).copied().unwrap_or(0);
        (head > compared).then_some(compared)
    }

    /// Notes what a catalog listed, to be compared at the next look.
    pub fn list(&mut self, actor: ActorId, listed: Vec<ListedSale>) {
        if !listed.is_empty() {
            self.listed.insert(actor, listed);
        }
    }

    /// The orders of those `listed` whose sale is not among the entries `seen` here.
    pub fn missing(listed: &[ListedSale], seen: &BTreeSet<u64>) -> Vec<OrderId> {
        listed.iter().filter(|sale| !seen.contains(&sale.seq)).map(|sale| sale.order).collect()
    }

    /// All sales of `actor` up to entry `last` have orders here.
    pub fn done(&mut self, actor: ActorId, last: u64) {
        self.compared.insert(actor, last);
    }
}

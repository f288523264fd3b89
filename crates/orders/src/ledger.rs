//! What an order is: a function of the sales it stands on and the steps it has taken since, whatever order they are heard
//! of in.
//!
//! Pure. Two sales of one order come about when replicas sold it apart, or when a catalog died after its commit and
//! the order was sold again at another. One of the two is taken back in its catalog; the order goes on under the number
//! that its buyer was told, and every number it was sold under keeps leading to it.

use journal::ActorId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use wire::order::Order;
use wire::sale::{PlacedSale, Sale, SaleRef};
use wire::{Advance, OrderId, OrderNumber, Standing};

/// What an order replica writes into its journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Op {
    /// The first entry of every actor: which replica it is an incarnation of.
    Open {
        /// The replica's name in env.cfg.
        replica: String,
    },
    /// An order, on this sale and with these steps.
    Place {
        /// The sale, where it stands, and the steps of the order.
        #[serde(flatten)]
        standing: Standing,
        /// Whether a buyer is answered with it; false for a sale found in the catalog's journal.
        told: bool,
    },
}

impl journal::Operation for Op {}

/// The order on one sale.
pub fn order(Standing { placed: PlacedSale { sale, at }, mut advances }: Standing, told: bool) -> Order {
    advances.sort_unstable();
    advances.dedup();
    Order {
        id: sale.order,
        number: sale.number,
        also: Vec::new(),
        buyer: sale.buyer,
        lines: sale.lines,
        created_ms: sale.at_ms,
        sale: at,
        told,
        advances,
    }
}

/// The sale an order stands on.
pub fn sale_of(order: &Order) -> PlacedSale {
    let Order { id, number, buyer, lines, created_ms, sale: at, .. } = order.clone();
    PlacedSale { sale: Sale { order: id, number, buyer, lines, at_ms: created_ms }, at }
}

/// Adds one more sale to an order, and all steps that are told with it. It stands on a sale that a buyer was told rather than on one that was found, and
/// among equals on that of the smaller actor.
pub fn join(known: Order, new: Order) -> Order {
    let numbers: BTreeSet<OrderNumber> =
        [known.number, new.number].into_iter().chain(known.also.iter().copied()).collect();
    let advances: BTreeSet<Advance> = known.advances.iter().chain(&new.advances).copied().collect();
    let rank = |order: &Order| (!order.told, order.sale);
    let mut stands = if rank(&new) < rank(&known) { new } else { known };
    stands.advances = advances.into_iter().collect();
    stands.also = numbers.into_iter().filter(|number| *number != stands.number).collect();
    stands
}

/// All that is known of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The order.
    pub order: Order,
    /// The entries of the order journals that carry it.
    pub placed: BTreeSet<(ActorId, u64)>,
    /// The sales of it, by where they stand, and whether a buyer was told.
    pub sales: BTreeMap<SaleRef, bool>,
}

/// The working set of one batch.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The orders it touches, as far as they are known.
    pub orders: BTreeMap<OrderId, Known>,
    /// Those of which anything changed.
    pub changed: BTreeSet<OrderId>,
    /// The entries of catalogs, sales and steps, that were heard of for the first time.
    pub heard: BTreeSet<SaleRef>,
}

impl Ledger {
    /// Whether this is known here already: then nothing is to be written.
    pub fn knows(&self, Standing { placed, advances }: &Standing, told: bool) -> bool {
        let known = self.orders.get(&placed.sale.order);
        known.is_some_and(|known| known.has(placed.at, told) && advances.iter().all(|step| known.took(step)))
    }

    /// Folds one entry, of whatever order replica.
    pub fn apply(&mut self, actor: ActorId, seq: u64, op: Op) {
        let Op::Place { standing, told } = op else { return };
        let (id, at) = (standing.placed.sale.order, standing.placed.at);
        self.changed.insert(id);
        let Some(known) = self.orders.get_mut(&id) else {
            self.heard.extend(standing.advances.iter().map(|step| step.at).chain([at]));
            let (placed_by, sales) = (BTreeSet::from([(actor, seq)]), BTreeMap::from([(at, told)]));
            self.orders.insert(id, Known { order: order(standing, told), placed: placed_by, sales });
            return;
        };
        known.placed.insert((actor, seq));
        let new = standing.advances.iter().filter(|step| !known.took(step)).map(|step| step.at);
        let new: Vec<SaleRef> = new.chain((!known.has(at, told)).then_some(at)).collect();
        if !new.is_empty() {
            let told_before = known.sales.get(&at).copied().unwrap_or_default();
            known.sales.insert(at, told || told_before);
            known.order = join(known.order.clone(), order(standing, told || told_before));
            self.heard.extend(new);
        }
    }
}

impl Known {
    fn has(&self, sale: SaleRef, told: bool) -> bool {
        self.sales.get(&sale).is_some_and(|known| *known || !told)
    }

    fn took(&self, step: &Advance) -> bool {
        self.order.advances.contains(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use wire::sale::SoldLine;
    use wire::{Buyer, Fulfilment, ItemId, Money, Quantity};

    fn placed(actor: u128, seq: u64) -> PlacedSale {
        let line = SoldLine { item: ItemId(1), quantity: Quantity::ONE, cost: Money::default() };
        let number = OrderNumber(seq * 26 + u64::try_from(actor).expect("small"));
        let sale = Sale {
            order: OrderId(uuid::Uuid::from_u128(1)),
            number,
            buyer: Buyer::default(),
            lines: vec![line],
            at_ms: seq,
        };
        PlacedSale { sale, at: SaleRef { actor: ActorId::from_bits(actor), seq } }
    }

    fn step(actor: u128, to: Fulfilment) -> Advance {
        let nth = Fulfilment::ALL.iter().position(|one| *one == to).expect("one of all");
        Advance { at: SaleRef { actor: ActorId::from_bits(actor), seq: 10 + nth as u64 }, to, at_ms: 100 + nth as u64 }
    }

    fn stands(actor: u128, steps: &[Fulfilment]) -> Op {
        let advances = steps.iter().map(|to| step(actor, *to)).collect();
        Op::Place { standing: Standing { placed: placed(actor, 1), advances }, told: false }
    }

    #[test]
    fn an_order_has_come_as_far_as_the_farthest_of_its_steps_and_none_is_forgotten() {
        let mut ledger = Ledger::default();
        let me = ActorId::from_bits(9);
        ledger.apply(me, 1, stands(1, &[Fulfilment::Packed, Fulfilment::Shipped]));
        ledger.apply(me, 2, stands(1, &[]));
        ledger.apply(me, 3, stands(2, &[Fulfilment::Cancelled]));
        let known = ledger.orders.into_values().next().expect("an order");
        assert_eq!((known.order.fulfilment(), known.order.reached_ms()), (Fulfilment::Shipped, 103));
        assert_eq!(known.order.advances.len(), 3);
    }

    #[test]
    fn an_entry_of_before_orders_took_steps_is_read_and_written_as_it_was() {
        let plain = serde_json::to_string(&stands(1, &[])).expect("JSON");
        assert!(!plain.contains("advances"), "{plain}");
        assert_eq!(serde_json::from_str::<Op>(&plain).expect("read"), stands(1, &[]));
        let stepped = serde_json::to_string(&stands(1, &[Fulfilment::Packed])).expect("JSON");
        assert_eq!(serde_json::from_str::<Op>(&stepped).expect("read"), stands(1, &[Fulfilment::Packed]));
    }

    /// A sale by its actor and entry, whether its buyer was told, and a step that came with it.
    type Heard = (u128, u64, bool, Option<(u128, usize)>);

    proptest! {
        #[test]
        fn replicas_that_heard_of_the_same_sales_have_the_same_order(
            heard in prop::collection::vec((0_u128..4, 1_u64..4, any::<bool>(), prop::option::of((0_u128..4, 0_usize..4))), 1..8),
            shift in 0_usize..8,
        ) {
            let mut other = heard.clone();
            other.rotate_left(shift % heard.len());
            other.reverse();
            let fold = |sales: &[Heard]| {
                let mut ledger = Ledger::default();
                for (seq, (actor, at, told, taken)) in (1_u64..).zip(sales) {
                    let advances = taken.map(|(by, to)| step(by, Fulfilment::ALL[to])).into_iter().collect();
                    let op = Op::Place { standing: Standing { placed: placed(*actor, *at), advances }, told: *told };
                    ledger.apply(ActorId::from_bits(9), seq, op);
                }
                let known = ledger.orders.into_values().next().expect("an order");
                (known.order, known.sales, ledger.heard)
            };
            prop_assert_eq!(fold(&heard), fold(&other));
        }
    }

    #[test]
    fn an_order_keeps_the_number_its_buyer_was_told_and_every_other_leads_to_it() {
        let (found, told) = (placed(1, 1), placed(2, 1));
        let joined = join(order(told.clone().into(), true), order(found.clone().into(), false));
        assert_eq!((joined.number, joined.also), (told.sale.number, vec![found.sale.number]));
    }

    #[test]
    fn an_order_sold_apart_and_told_twice_stands_on_the_sale_of_the_smaller_actor() {
        let (small, large) = (placed(1, 1), placed(2, 1));
        let joined = join(order(large.clone().into(), true), order(small.clone().into(), true));
        assert_eq!((joined.number, joined.also), (small.sale.number, vec![large.sale.number]));
    }
}

//! What an order is: a function of the sales it stands on, whatever order they are heard of in.
//!
//! Pure. Two sales of one order come about when replicas sold it apart, or when a catalog died after its commit and
//! the order was sold again at another. One of the two is taken back in its catalog; the order goes on under the number
//! that its buyer was told, and every number it was sold under keeps leading to it.

use journal::ActorId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use wire::order::Order;
use wire::sale::{PlacedSale, Sale, SaleRef};
use wire::{OrderId, OrderNumber};

/// What an order replica writes into its journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Op {
    /// The first entry of every actor: which replica it is an incarnation of.
    Open {
        /// The replica's name in env.cfg.
        replica: String,
    },
    /// An order, on this sale.
    Place {
        /// The sale, and where it stands.
        #[serde(flatten)]
        placed: PlacedSale,
        /// Whether a buyer is answered with it; false for a sale found in the catalog's journal.
        told: bool,
    },
}

impl journal::Operation for Op {}

/// The order on one sale.
pub fn order(PlacedSale { sale, at }: PlacedSale, told: bool) -> Order {
    Order {
        id: sale.order,
        number: sale.number,
        also: Vec::new(),
        buyer: sale.buyer,
        lines: sale.lines,
        created_ms: sale.at_ms,
        sale: at,
        told,
    }
}

/// The sale an order stands on.
pub fn sale_of(order: &Order) -> PlacedSale {
    let Order { id, number, buyer, lines, created_ms, sale: at, .. } = order.clone();
    PlacedSale { sale: Sale { order: id, number, buyer, lines, at_ms: created_ms }, at }
}

/// Adds one more sale to an order. It stands on a sale that a buyer was told rather than on one that was found, and
/// among equals on that of the smaller actor.
pub fn join(known: Order, new: Order) -> Order {
    let numbers: BTreeSet<OrderNumber> =
        [known.number, new.number].into_iter().chain(known.also.iter().copied()).collect();
    let rank = |order: &Order| (!order.told, order.sale);
    let mut stands = if rank(&new) < rank(&known) { new } else { known };
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
    /// The sales heard of for the first time.
    pub new_sales: BTreeSet<SaleRef>,
}

impl Ledger {
    /// Whether this is known here already: then nothing is to be written.
    pub fn knows(&self, sale: &PlacedSale, told: bool) -> bool {
        self.orders.get(&sale.sale.order).is_some_and(|known| known.has(sale.at, told))
    }

    /// Folds one entry, of whatever order replica.
    pub fn apply(&mut self, actor: ActorId, seq: u64, op: Op) {
        let Op::Place { placed, told } = op else { return };
        let (id, at) = (placed.sale.order, placed.at);
        self.changed.insert(id);
        let Some(known) = self.orders.get_mut(&id) else {
            self.new_sales.insert(at);
            let (placed_by, sales) = (BTreeSet::from([(actor, seq)]), BTreeMap::from([(at, told)]));
            self.orders.insert(id, Known { order: order(placed, told), placed: placed_by, sales });
            return;
        };
        known.placed.insert((actor, seq));
        if !known.has(at, told) {
            self.new_sales.insert(at);
            known.sales.insert(at, told);
            known.order = join(known.order.clone(), order(placed, told));
        }
    }
}

impl Known {
    fn has(&self, sale: SaleRef, told: bool) -> bool {
        self.sales.get(&sale).is_some_and(|known| *known || !told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use wire::sale::SoldLine;
    use wire::{Buyer, ItemId, Money, Quantity};

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

    proptest! {
        #[test]
        fn replicas_that_heard_of_the_same_sales_have_the_same_order(
            heard in prop::collection::vec((0_u128..4, 1_u64..4, any::<bool>()), 1..8), shift in 0_usize..8,
        ) {
            let mut other = heard.clone();
            other.rotate_left(shift % heard.len());
            other.reverse();
            let fold = |sales: &[(u128, u64, bool)]| {
                let mut ledger = Ledger::default();
                for (seq, (actor, at, told)) in (1_u64..).zip(sales) {
                    let op = Op::Place { placed: placed(*actor, *at), told: *told };
                    ledger.apply(ActorId::from_bits(9), seq, op);
                }
                ledger.orders
            };
            let orders = |known: BTreeMap<OrderId, Known>| known.into_values().map(|known| known.order).collect::<Vec<_>>();
            prop_assert_eq!(orders(fold(&heard)), orders(fold(&other)));
        }
    }

    #[test]
    fn an_order_keeps_the_number_its_buyer_was_told_and_every_other_leads_to_it() {
        let (found, told) = (placed(1, 1), placed(2, 1));
        let joined = join(order(told.clone(), true), order(found.clone(), false));
        assert_eq!((joined.number, joined.also), (told.sale.number, vec![found.sale.number]));
    }

    #[test]
    fn an_order_sold_apart_and_told_twice_stands_on_the_sale_of_the_smaller_actor() {
        let (small, large) = (placed(1, 1), placed(2, 1));
        let joined = join(order(large.clone(), true), order(small.clone(), true));
        assert_eq!((joined.number, joined.also), (small.sale.number, vec![large.sale.number]));
    }
}

//! What an order is: a function of the sales it stands on, whatever order they are heard of in.
//!
//! Pure. Two sales of one order come about when replicas sold it apart; the one of the smaller actor stays (the other
//! is taken back in its catalog), and every number it was sold under keeps leading to it.

use journal::ActorId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use wire::order::Order;
use wire::sale::{PlacedSale, SaleRef};
use wire::{OrderId, OrderNumber};

/// What an order replica writes into its journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub(crate) enum Op {
    /// The first entry of every actor: which replica it is an incarnation of.
    Open {
        /// The replica's name in env.cfg.
        replica: String,
    },
    /// An order, on this sale.
    Place(PlacedSale),
}

/// The order on one sale.
pub(crate) fn order(PlacedSale { sale, at }: PlacedSale) -> Order {
    Order {
        id: sale.order,
        number: sale.number,
        also: Vec::new(),
        buyer: sale.buyer,
        lines: sale.lines,
        created_ms: sale.at_ms,
        sale: at,
    }
}

/// Adds one more sale to an order: the sale of the smaller actor is what it stands on.
pub(crate) fn join(known: Order, placed: PlacedSale) -> Order {
    let new = order(placed);
    let numbers: BTreeSet<OrderNumber> =
        [known.number, new.number].into_iter().chain(known.also.iter().copied()).collect();
    let mut stands = if new.sale < known.sale { new } else { known };
    stands.also = numbers.into_iter().filter(|number| *number != stands.number).collect();
    stands
}

/// The working set of one batch.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) orders: BTreeMap<OrderId, Order>,
    /// Per order, the entries of the order journals that carry it.
    pub(crate) placed: BTreeMap<OrderId, BTreeSet<(ActorId, u64)>>,
    /// The sales known, by where they stand.
    pub(crate) sales: BTreeSet<SaleRef>,
    pub(crate) changed: BTreeSet<OrderId>,
    pub(crate) new_placed: Vec<(OrderId, ActorId, u64)>,
    pub(crate) new_sales: Vec<(SaleRef, OrderId)>,
}

impl Ledger {
    /// Whether an order stands on this sale here already: then nothing is to be written.
    pub(crate) fn knows(&self, sale: &PlacedSale) -> bool {
        self.sales.contains(&sale.at)
    }

    /// Folds one entry, of whatever order replica.
    pub(crate) fn apply(&mut self, actor: ActorId, seq: u64, op: Op) {
        let Op::Place(placed) = op else { return };
        let id = placed.sale.order;
        if self.placed.entry(id).or_default().insert((actor, seq)) {
            self.new_placed.push((id, actor, seq));
        }
        if !self.sales.insert(placed.at) {
            return;
        }
        self.new_sales.push((placed.at, id));
        self.changed.insert(id);
        let known = self.orders.remove(&id);
        let joined = match known {
            Some(known) => join(known, placed),
            None => order(placed),
        };
        self.orders.insert(id, joined);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use wire::sale::{Sale, SoldLine};
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
            heard in prop::collection::vec((0_u128..4, 1_u64..4), 1..8), shift in 0_usize..8,
        ) {
            let mut other = heard.clone();
            other.rotate_left(shift % heard.len());
            other.reverse();
            let fold = |sales: &[(u128, u64)]| {
                let mut ledger = Ledger::default();
                for (seq, (actor, at)) in (1_u64..).zip(sales) {
                    ledger.apply(ActorId::from_bits(9), seq, Op::Place(placed(*actor, *at)));
                }
                ledger.orders
            };
            prop_assert_eq!(fold(&heard), fold(&other));
        }
    }

    #[test]
    fn an_order_sold_apart_stands_on_the_sale_of_the_smaller_actor_and_keeps_both_numbers() {
        let (small, large) = (placed(1, 1), placed(2, 1));
        let joined = join(order(large.clone()), small.clone());
        assert_eq!((joined.number, joined.also), (small.sale.number, vec![large.sale.number]));
    }
}

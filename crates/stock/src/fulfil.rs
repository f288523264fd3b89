//! What becomes of an order after its sale: which of two sales stands, and who may take the order one step on.
//!
//! Whoever holds the sale that stands decides alone, so an order is never shipped and cancelled at once. Two sales of one
//! order come about only where replicas could not talk; then either side may have taken steps. What was shipped has left
//! the house: that sale stands, whatever became of the other. Else a cancelled one ends the order, and else the smaller
//! actor's stands. Every sale that does not stand is taken back by who made it, so each copy that is sold is one that
//! left, or will leave, and all others are on the shelf.

use crate::{KnownSale, Op, Shelf};
use journal::ActorId;
use wire::{Advance, Fulfilment, OrderId};

/// Why an order takes no step here; nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAdvanced {
    /// No sale of it is known here.
    #[error("no sale of this order is known here")]
    Unknown,
    /// Who made the sale that stands decides, and this is another.
    #[error("another replica sold this order")]
    DecidedBy(ActorId),
    /// There is no such step from where it is.
    #[error("an order that is {now} can't become {to}")]
    NoSuchStep {
        /// How far it has come.
        now: Fulfilment,
        /// What it should have become.
        to: Fulfilment,
    },
}

impl Shelf {
    /// Every step that `order` has taken, by where it stands.
    pub fn advances(&self, order: OrderId) -> Vec<Advance> {
        self.advances.get(&order).into_iter().flatten().copied().collect()
    }

    /// How far `order` has come.
    pub fn fulfilment(&self, order: OrderId) -> Fulfilment {
        wire::fulfilment::reached(&self.advances(order))
    }

    /// Whether the replica that writes as `actor` has shipped `order`.
    fn shipped_by(&self, order: OrderId, actor: ActorId) -> bool {
        let mut steps = self.advances.get(&order).into_iter().flatten();
        steps.any(|step| step.at.actor == actor && step.to == Fulfilment::Shipped)
    }

    /// The live sales of `order`, the one that stands first.
    fn live_sales(&self, order: OrderId) -> Vec<&KnownSale> {
        let mut live: Vec<&KnownSale> = self.sales.get(&order).into_iter().flatten().filter(|sale| sale.live).collect();
        live.sort_by_key(|sale| (!self.shipped_by(order, sale.at.actor), sale.at));
        live
    }

    /// The sale that `order` stands on: whoever asks for the order again is answered with it. Of a cancelled order it is
    /// the one that was taken back: the order is not sold again.
    pub fn standing_sale(&self, order: OrderId) -> Option<&KnownSale> {
        let cancelled = || {
            let sales = self.sales.get(&order).filter(|_| self.fulfilment(order) == Fulfilment::Cancelled)?;
            sales.iter().min_by_key(|sale| sale.at)
        };
        self.live_sales(order).first().copied().or_else(cancelled)
    }

    /// The entries that take back own sales of `orders`, because the order stands on another, or was cancelled elsewhere.
    ///
    /// No message is needed: both sides see everything sooner or later, and decide the same.
    pub fn voids(&self, orders: impl IntoIterator<Item = OrderId>) -> Vec<Op> {
        let falls = |order: &OrderId| {
            let live = self.live_sales(*order);
            let mine = live.iter().any(|sale| sale.at.actor == self.me);
            let stands = live.first().is_some_and(|sale| sale.at.actor == self.me);
            let cancelled =
                || self.advances.get(order).into_iter().flatten().any(|step| step.to == Fulfilment::Cancelled);
            // Shipped on both sides: two copies are gone, and no count brings one back.
            mine && !self.shipped_by(*order, self.me) && (!stands || cancelled())
        };
        orders.into_iter().filter(falls).map(|order| Op::Void { order }).collect()
    }

    /// Takes `order` one step on; the entries must be written next, and none where it was taken before.
    ///
    /// `from` is how far it has come as whoever asks knows: the last steps of an actor that is gone may stand in orders only.
    /// `instead_of` is a retired actor for whose sales this replica decides, and no other: what it cancels of them comes
    /// in again here. `now_ms` is Unix milliseconds and stands in the entry for people to read.
    ///
    /// # Errors
    /// See [`NotAdvanced`].
    pub fn advance(
        &self,
        order: OrderId,
        (from, to): (Fulfilment, Fulfilment),
        instead_of: Option<ActorId>,
        now_ms: u64,
    ) -> Result<Vec<Op>, NotAdvanced> {
        let stands = self.standing_sale(order).ok_or(NotAdvanced::Unknown)?;
        let now = self.fulfilment(order).max(from);
        if now == to {
            return Ok(Vec::new());
        }
        let seller = stands.at.actor;
        if seller != self.me && Some(seller) != instead_of {
            return Err(NotAdvanced::DecidedBy(seller));
        }
        if !now.next().contains(&to) {
            return Err(NotAdvanced::NoSuchStep { now, to });
        }
        let mut ops = vec![Op::Advance { order, to, at_ms: now_ms, why: None }];
        if to == Fulfilment::Cancelled && seller != self.me {
            ops.extend(stands.sale.lines.iter().map(|line| Op::Mint {
                item: line.item,
                n: line.quantity.units().into(),
                reference: format!("cancelled-{order}-{}", line.item),
                why: None,
            }));
        }
        Ok(ops)
    }
}

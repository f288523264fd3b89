//! Taking over from an actor that will never write again: a disk that is gone, a replica that was taken away.
//!
//! Nobody but people can tell that. Where they are wrong and the actor is alive, it may go on selling the units that are
//! taken over here until it hears of it: the shop then owes at most those, and everyone who sees an entry after the end
//! says so ([`journal::Held`]).

use crate::{Op, Shelf};
use journal::{ActorId, Head};
use std::collections::BTreeMap;
use wire::sale::{PlacedSale, Sale};
use wire::{ItemId, OrderId};

/// Why the units of an actor can't be taken over: something that it or others wrote is not known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotConserved {
    /// It sold or gave more than it is known to have had.
    #[error(
        "item {item}: it is known to have sold or given {short} units more than it is known to have had; a transfer to it is not known here"
    )]
    Overdrawn {
        /// Which book.
        item: ItemId,
        /// How many units it would have had too few.
        short: u64,
    },
    /// Orders name sales of it that would have needed more than it had left.
    #[error(
        "item {item}: confirmed orders name sales of {wanted} units that it made last, and it is known to have had {held}; a transfer to it is not known here"
    )]
    Oversold {
        /// Which book.
        item: ItemId,
        /// Units in those sales.
        wanted: u64,
        /// Units it had left.
        held: u64,
    },
}

impl Shelf {
    /// Takes over all units of `item` that `from` has left; `None` where it has none.
    ///
    /// # Errors
    /// [`NotConserved::Overdrawn`].
    pub fn inherit(&self, item: ItemId, from: ActorId) -> Result<Option<Op>, NotConserved> {
        let Some(book) = self.book(item) else { return Ok(None) };
        let rights = book.accounts.get(&from).map_or(0, crate::Account::rights);
        if rights < 0 {
            let short = u64::try_from(-rights).unwrap_or(u64::MAX);
            return Err(NotConserved::Overdrawn { item, short });
        }
        let units = u64::try_from(rights).unwrap_or(u64::MAX);
        let cum = book.given(from, self.me).saturating_add(units);
        Ok((units > 0 && from != self.me).then_some(Op::Inherit { item, from, cum }))
    }

    /// Declares `actor` finished at `end`, and takes over what it leaves unsettled: `last` are the sales that orders name
    /// and that no journal will ever hold, of this actor and of every other that writes no more. They are made the own
    /// ones, out of the units taken over with them; the orders keep their numbers and prices.
    ///
    /// One batch: units that are taken over before such a sale is known would be sold twice.
    ///
    /// # Errors
    /// [`NotConserved`]: nothing is to be written then. What is missing may be with another actor that writes no more.
    pub fn retire(&self, actor: ActorId, end: Head, last: &[PlacedSale]) -> Result<Vec<Op>, NotConserved> {
        let unsettled = last.iter().filter(|placed| self.live_sale(placed.sale.order).is_none());
        let unsettled: BTreeMap<OrderId, &Sale> = unsettled.map(|placed| (placed.sale.order, &placed.sale)).collect();
        let mut wanted: BTreeMap<ItemId, u64> = BTreeMap::new();
        for line in unsettled.values().flat_map(|sale| &sale.lines) {
            *wanted.entry(line.item).or_default() += u64::from(line.quantity.units());
        }
        let mut ops = vec![Op::Retire { actor, end }];
        for (item, wanted) in wanted {
            ops.extend(self.inherit(item, actor)?);
            let units = |of| self.book(item).map_or(0, |book| book.units_of(of));
            let held = units(self.me).saturating_add(units(actor));
            if held < wanted {
                return Err(NotConserved::Oversold { item, wanted, held });
            }
        }
        ops.extend(unsettled.into_values().cloned().map(Op::Sell));
        Ok(ops)
    }
}

//! Taking over from an actor that will never write again: a disk that is gone, a replica that was taken away.
//!
//! Nobody but people can tell that. Where they are wrong and the actor is alive, it may go on selling the units that are
//! taken over here until it hears of it: the shop then owes at most those, and everyone who sees an entry after the end
//! says so ([`journal::Held`]).

use crate::{Op, Shelf};
use journal::ActorId;
use wire::ItemId;
use wire::sale::{PlacedSale, Sale};

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
        "item {item}: confirmed orders name sales of {wanted} units that were made last, and there are {held} to take them from; a transfer is not known here"
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

    /// Makes a sale one's own that an actor made in its last entries, which nobody holds: an order names it. The order,
    /// its number and its price stay. Nothing where the order is sold already as far as is known here.
    ///
    /// The units come from `from`, the retired actors, the one that sold first; the own ones help out. They are taken over
    /// here, with the sale: units that were inherited before could be sold to somebody else in between.
    ///
    /// # Errors
    /// [`NotConserved::Oversold`] where all of them together have too few.
    pub fn adopt(&self, placed: &PlacedSale, from: &[ActorId]) -> Result<Vec<Op>, NotConserved> {
        let Sale { order, lines, .. } = &placed.sale;
        if self.standing_sale(*order).is_some() {
            return Ok(Vec::new());
        }
        let mut ops = Vec::new();
        for line in lines {
            let (item, wanted) = (line.item, u64::from(line.quantity.units()));
            let mut missing = wanted;
            let sold_it = |actor: &&ActorId| **actor == placed.at.actor;
            let others = from.iter().filter(|actor| !sold_it(actor) && **actor != self.me);
            for actor in from.iter().filter(sold_it).take(1).chain(others) {
                let Some(book) = self.book(item) else { break };
                let units = book.units_of(*actor).min(missing);
                if units > 0 {
                    ops.push(Op::Inherit {
                        item,
                        from: *actor,
                        cum: book.given(*actor, self.me).saturating_add(units),
                    });
                    missing -= units;
                }
            }
            let own = self.book(item).map_or(0, |book| book.units_of(self.me));
            if own < missing {
                return Err(NotConserved::Oversold { item, wanted, held: wanted - missing + own });
            }
        }
        ops.push(Op::Sell(placed.sale.clone()));
        Ok(ops)
    }
}

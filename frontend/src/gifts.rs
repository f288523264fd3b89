//! Giving what is on a gift list: each copy that is wanted has one order, whoever buys it.
//!
//! The id of that order is made of the list, the book and which copy it is, so that of two who give the same, one buys and
//! the other one is told so; and whether a gift has been bought is whether there is such an order. Nothing is kept beside
//! the orders, and nothing of it is on the list, where its owner would see it. See docs/decisions/0009.

use crate::checkout::Checkout;
use crate::orders::{NoOrder, NoReceipt};
use crate::session::Seen;
use uuid::Uuid;
use wire::order::Receipt;
use wire::sale::Basket;
use wire::{Buyer, Fulfilment, ItemId, OrderId, Quantity};

/// Why somebody can't give something.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotGiven {
    /// Others give all the copies that are wanted.
    #[error("others give all that is wanted of it")]
    AllGiven,
    /// It was not bought, or nobody can tell.
    #[error(transparent)]
    NoReceipt(#[from] NoReceipt),
}

/// A book on a gift list.
#[derive(Clone, Copy, Debug)]
pub struct Gift {
    /// The list.
    pub list: Uuid,
    /// The book.
    pub item: ItemId,
    /// How many copies are wanted.
    pub wanted: u64,
}

/// Orders of one book on one list that were cancelled, at most: each of them is looked at before the next can be given.
const MOST_CANCELLED: u64 = 20;

impl Gift {
    /// The orders of its copies, from the first; more than are wanted, since a cancelled one gives nothing.
    fn orders(self, shop: Uuid) -> impl Iterator<Item = OrderId> {
        let most = self.wanted.min(Quantity::MOST.into()).saturating_add(MOST_CANCELLED);
        (1..=most).map(move |nth| OrderId::of_gift(shop, self.list, self.item, nth))
    }

    /// How many copies are given; `None` where nobody can tell.
    pub async fn given(self, checkout: &Checkout) -> Option<u64> {
        let mut given = 0;
        for order in self.orders(checkout.namespace()) {
            match checkout.orders().order(order).await {
                Ok(receipt) => given += u64::from(gives(&receipt)),
                // They are given one after the other.
                Err(NoOrder::Unknown) => break,
                Err(NoOrder::Unreachable) => return None,
            }
            if given >= self.wanted {
                break;
            }
        }
        Some(given)
    }

    /// Buys one copy that nobody gives yet. Whoever gives one already gets that order again: pressing twice gives once.
    ///
    /// # Errors
    /// [`NotGiven`].
    pub async fn give(self, checkout: &Checkout, giver: &Buyer, seen: &mut Seen) -> Result<Receipt, NotGiven> {
        let mut taken = 0;
        for order in self.orders(checkout.namespace()) {
            let basket = Basket::single(self.item, Quantity::ONE);
            let receipt = checkout.buy_as(order, giver.clone(), basket, seen).await?;
            if !gives(&receipt) {
                continue;
            }
            if receipt.order.buyer == *giver {
                return Ok(receipt);
            }
            taken += 1;
            if taken >= self.wanted {
                break;
            }
        }
        Err(NotGiven::AllGiven)
    }
}

fn gives(receipt: &Receipt) -> bool {
    receipt.order.fulfilment() != Fulfilment::Cancelled
}

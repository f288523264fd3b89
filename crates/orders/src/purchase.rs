//! What an order replica does with a purchase, given what it knows of the order.

use crate::Kept;
use crate::ledger::sale_of;
use wire::order::Purchase;
use wire::sale::{Basket, PlacedSale, Refused, Reserve};

/// The way to the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The order is known, and its buyer was told so before: the same answer.
    Show(Box<Kept>),
    /// The order is known, and its buyer is about to hear of it for the first time: keep that, then show it.
    Tell(Box<PlacedSale>),
    /// It is to be sold.
    Sell(Box<Reserve>),
    /// It is known, and something else: a key may not be used twice.
    Refuse(Refused),
}

/// Finds the way; `kept` is the order, if this replica knows it.
pub fn way(purchase: Purchase, kept: Option<Kept>) -> Way {
    let Purchase { order, buyer, basket, request_id } = purchase;
    match kept {
        None => Way::Sell(Box::new(Reserve { order, buyer, basket, request_id })),
        Some(kept) if !answers(&kept, &basket) => Way::Refuse(Refused::OtherBasket { order }),
        Some(kept) if kept.order.told => Way::Show(Box::new(kept)),
        Some(kept) => Way::Tell(Box::new(sale_of(&kept.order))),
    }
}

fn answers(kept: &Kept, basket: &Basket) -> bool {
    let wanted = basket.lines().iter().map(|line| (line.item, line.quantity));
    kept.order.lines.iter().map(|line| (line.item, line.quantity)).eq(wanted)
}

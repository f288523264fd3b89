//! Buying, and looking at what was bought. The same for pages and for the JSON API.
//!
//! The order's id is made here, once, of who buys and of the key; from then on it is the same purchase however often it
//! is asked for. What the receipt says of the books goes into the cache before the answer leaves, so that whoever buys
//! next through this frontend doesn't see the old count. Which replica is asked is `orders.rs`' business.

use crate::browse::Browse;
use crate::cache::News;
use crate::orders::{NoOrder, NoReceipt, Orders};
use crate::session::Seen;
use serve::clock;
use serve::request_id::{self, RequestId};
use std::time::Instant;
use uuid::Uuid;
use wire::order::{Purchase, Receipt};
use wire::sale::{Basket, Refused};
use wire::{Buyer, IdempotencyKey, ItemId, OrderId, Quantity};

/// What somebody wants to buy.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Which book.
    pub item: ItemId,
    /// How many units.
    pub quantity: Quantity,
    /// Whose keys these are.
    pub buyer: Buyer,
    /// What makes it the same wish when it is said again.
    pub key: IdempotencyKey,
}

/// What buying needs.
pub struct Checkout {
    browse: Browse,
    orders: Orders,
    /// The namespace of the shop's order ids.
    shop: Uuid,
}

impl Checkout {
    /// Checkout at these order replicas, for the shop with this namespace; see [`wire::ids::shop_namespace`].
    pub fn new(browse: Browse, orders: Orders, shop: Uuid) -> Self {
        Self { browse, orders, shop }
    }

    /// The order replicas, to be shown.
    pub fn orders(&self) -> &Orders {
        &self.orders
    }

    /// Buys, and remembers in `seen` what that did to the book.
    ///
    /// # Errors
    /// [`NoReceipt`] says whether it may have happened all the same.
    pub async fn buy(&self, wish: &Wish, seen: &mut Seen) -> Result<Receipt, NoReceipt> {
        let asked_at = Instant::now();
        let purchase = Purchase {
            order: OrderId::of(self.shop, &wish.buyer, &wish.key),
            buyer: wish.buyer.clone(),
            basket: Basket::single(wish.item, wish.quantity),
            request_id: request_id::current().unwrap_or_else(RequestId::fresh).to_string(),
        };
        let outcome = self.orders.buy(&purchase).await;
        metrics::counter!("frontend_buys_total", "outcome" => outcome_name(&outcome)).increment(1);
        if let Err(NoReceipt::Refused { refused: Refused::SoldOut { .. } | Refused::NotEnough { .. }, .. }) = &outcome {
            // Whatever is still shown of it is wrong.
            drop(self.browse.refill(wish.item));
        }
        let receipt = outcome?;
        self.browse.cache().bought();
        if receipt.items.is_empty() {
            // The order was known already, from an answer that got lost on its way perhaps: its buyer has seen nothing yet.
            for line in &receipt.order.lines {
                seen.remember_sale(line.item, receipt.order.sale, clock::now_ms() / 1000);
            }
        }
        for state in &receipt.items {
            seen.remember(state, clock::now_ms() / 1000);
            self.browse.cache().absorb(News { state: state.clone(), asked_at: Some(asked_at) });
        }
        Ok(receipt)
    }

    /// An order, for whoever knows its id.
    ///
    /// # Errors
    /// [`NoOrder`].
    pub async fn order(&self, order: OrderId) -> Result<Receipt, NoOrder> {
        self.orders.order(order).await
    }
}

/// What became of a purchase, for the metrics.
fn outcome_name(outcome: &Result<Receipt, NoReceipt>) -> &'static str {
    match outcome {
        Ok(_) => "sold",
        Err(NoReceipt::Unreachable(_)) => "unreachable",
        Err(NoReceipt::Uncertain(_)) => "uncertain",
        Err(NoReceipt::Refused { refused, .. }) => match refused {
            Refused::NoSuchItem { .. } => "no-such-item",
            Refused::SoldOut { .. } => "sold-out",
            Refused::NotEnough { .. } => "not-enough",
            Refused::OtherBasket { .. } => "other-basket",
            Refused::HeldElsewhere { .. } | Refused::AskAlone { .. } => "held-elsewhere",
            Refused::NotNow { .. } => "not-now",
            Refused::Unsure { .. } => "uncertain",
        },
    }
}

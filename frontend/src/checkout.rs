//! Buying, and looking at what was bought. The same for pages and for the JSON API.
//!
//! The order's id is made here, once, of who buys and of the key; from then on it is the same purchase however often it
//! is asked for. What the receipt says of the books goes into the cache before the answer leaves, so that whoever buys
//! next through this frontend doesn't see the old count. Which replica is asked is `orders.rs`' business.

use crate::browse::Browse;
use crate::cache::{Book, News};
use crate::orders::{NoOrder, NoReceipt, Orders, OrdersPart};
use crate::session::Seen;
use futures::future::join_all;
use serve::clock;
use serve::request_id::{self, RequestId};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use uuid::Uuid;
use wire::order::{Order, OrdersOf, Place, Purchase, Receipt};
use wire::sale::{Basket, Refused, SoldLine};
use wire::{Buyer, IdempotencyKey, OrderId, shortfall};

/// What somebody wants to buy.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Which books, and how many units of each: all of it or nothing.
    pub basket: Basket,
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
    /// Purchases that came to an order here.
    bought: AtomicU64,
}

impl Checkout {
    /// Checkout at these order replicas, for the shop with this namespace; see [`wire::ids::shop_namespace`].
    pub fn new(browse: Browse, orders: Orders, shop: Uuid) -> Self {
        Self { browse, orders, shop, bought: AtomicU64::new(0) }
    }

    /// The order replicas, to be shown.
    pub fn orders(&self) -> &Orders {
        &self.orders
    }

    /// How many purchases came to an order here since the process began.
    pub fn bought(&self) -> u64 {
        self.bought.load(Ordering::Relaxed)
    }

    /// The namespace of the shop's order ids.
    pub const fn namespace(&self) -> Uuid {
        self.shop
    }

    /// Buys all of it or nothing, and remembers in `seen` what that did to the books.
    ///
    /// # Errors
    /// [`NoReceipt`] says whether it may have happened all the same.
    pub async fn buy(&self, wish: &Wish, seen: &mut Seen) -> Result<Receipt, NoReceipt> {
        let order = OrderId::of(self.shop, &wish.buyer, &wish.key);
        self.buy_as(order, wish.buyer.clone(), wish.basket.clone(), seen).await
    }

    /// The same for an order whose id is made of something else than a key.
    ///
    /// # Errors
    /// [`NoReceipt`] says whether it may have happened all the same.
    pub async fn buy_as(
        &self,
        order: OrderId,
        buyer: Buyer,
        basket: Basket,
        seen: &mut Seen,
    ) -> Result<Receipt, NoReceipt> {
        let asked_at = Instant::now();
        let request_id = request_id::current().unwrap_or_else(RequestId::fresh).to_string();
        let purchase = Purchase { order, buyer, basket, request_id };
        let outcome = self.orders.buy(&purchase).await;
        metrics::counter!("frontend_buys_total", "outcome" => outcome_name(&outcome)).increment(1);
        if let Err(NoReceipt::Refused { refused: Refused::Short { lines }, .. }) = &outcome {
            // Whatever is still shown of them is wrong.
            for line in lines.iter().filter(|line| line.left.is_some()) {
                drop(self.browse.refill(line.item));
            }
        }
        let receipt = outcome?;
        self.bought.fetch_add(1, Ordering::Relaxed);
        self.browse.cache().bought();
        seen.remember_order(&receipt, clock::now_ms() / 1000);
        for state in &receipt.items {
            self.browse.cache().absorb(News { state: state.clone(), asked_at: Some(asked_at) });
        }
        Ok(receipt)
    }

    /// The books of an order's lines, in their order; `None` for one that can't be shown now. An order can be shown
    /// although no catalog answers: the prices are in it, only the titles aren't.
    pub async fn books(&self, order: &Order) -> Vec<Option<Arc<Book>>> {
        // A title that is a little old does no harm.
        let seen = Seen::default();
        let book = async |line: &SoldLine| Some(self.browse.book(line.item, &seen).await.ok()?.value);
        join_all(order.lines.iter().map(book)).await
    }

    /// An order that this buyer made, as if it had just been made: `seen` remembers it.
    ///
    /// # Errors
    /// [`NoOrder`].
    pub async fn found(&self, order: OrderId, seen: &mut Seen) -> Result<Receipt, NoOrder> {
        let receipt = self.orders.order(order).await?;
        seen.remember_order(&receipt, clock::now_ms() / 1000);
        Ok(receipt)
    }

    /// A part of the orders that this buyer made, latest first: those after `after`, at most `limit`.
    ///
    /// # Errors
    /// [`NoOrder::Unreachable`].
    pub async fn made_by(&self, buyer: Buyer, after: Option<Place>, limit: u32) -> Result<OrdersPart, NoOrder> {
        self.orders.of_buyer(&OrdersOf { buyer, after, limit }).await
    }

    /// The order that a link names, for whoever has it. A number is no secret, so it opens nothing here.
    ///
    /// # Errors
    /// [`NoOrder`].
    pub async fn linked(&self, id: &str) -> Result<Receipt, NoOrder> {
        let order: OrderId = id.parse().map_err(|_| NoOrder::Unknown)?;
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
            Refused::Short { lines } => shortfall::kind(lines),
            Refused::OtherBasket { .. } => "other-basket",
            Refused::HeldElsewhere { .. } | Refused::AskAlone { .. } => "held-elsewhere",
            Refused::NotNow { .. } => "not-now",
            Refused::Unsure { .. } => "uncertain",
        },
    }
}

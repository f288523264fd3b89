//! Ordering: what a frontend asks an order replica, and what it is told.

use crate::fulfilment::{Advance, Fulfilment, reached};
use crate::sale::{Basket, Refused, SaleRef, SoldLine};
use crate::{Buyer, ItemId, ItemState, OrderId, OrderNumber, Quantity};
use serde::{Deserialize, Serialize};

/// "This buyer wants that": idempotent by the order's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purchase {
    /// The order.
    pub order: OrderId,
    /// Whose it is.
    pub buyer: Buyer,
    /// What is wanted.
    pub basket: Basket,
    /// The request this is part of, for the logs.
    pub request_id: String,
}

/// How far an order has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum OrderState {
    /// Sold, and on disk at one order replica at least.
    Confirmed,
    /// Every order replica has it.
    Settled,
}

/// An order as the shop keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The order.
    pub id: OrderId,
    /// Its short number.
    pub number: OrderNumber,
    /// Other numbers it was sold under, while replicas were apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<OrderNumber>,
    /// Whose it is.
    pub buyer: Buyer,
    /// What was sold.
    pub lines: Vec<SoldLine>,
    /// When, in Unix milliseconds.
    pub created_ms: u64,
    /// The sale it stands on.
    pub sale: SaleRef,
    /// Whether a buyer was answered with this sale; false while it is only known from the catalog's journal.
    pub told: bool,
    /// The steps it has taken on its way to the customer, by where they stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advances: Vec<Advance>,
}

impl Order {
    /// How far it has come on its way to the customer.
    pub fn fulfilment(&self) -> Fulfilment {
        reached(&self.advances)
    }

    /// When it came that far, in Unix milliseconds.
    pub fn reached_ms(&self) -> u64 {
        let last = self.fulfilment();
        self.advances
            .iter()
            .filter(|advance| advance.to == last)
            .map(|advance| advance.at_ms)
            .min()
            .unwrap_or(self.created_ms)
    }

    /// What it costs in all, in cents.
    pub fn total_cents(&self) -> u64 {
        self.lines.iter().map(|line| line.cost.times(line.quantity.units())).sum()
    }
}

/// The answer to a purchase; the same however often it is asked for, but for `copies` and `state`, which only grow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The order.
    pub order: Order,
    /// On how many order replicas it is on disk.
    pub copies: usize,
    /// How far it has got.
    pub state: OrderState,
    /// The state of the books bought, after the sale; empty when the order was known already.
    pub items: Vec<ItemState>,
}

/// A place in a list of orders, latest first: after the order of this moment (Unix milliseconds) and this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place(pub u64, pub OrderId);

impl Place {
    /// The place after this order.
    pub fn of(order: &Order) -> Self {
        Self(order.created_ms, order.id)
    }
}

/// "Which orders has this buyer made?"
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrdersOf {
    /// Whose orders. Nobody in particular has none.
    pub buyer: Buyer,
    /// Only what comes after this place; all where there is none.
    pub after: Option<Place>,
    /// The most orders of the answer.
    pub limit: u32,
}

/// "Which orders are there?"
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latest {
    /// Only those that have come exactly so far; all where it is not said.
    pub fulfilment: Option<Fulfilment>,
    /// Only what comes after this place; all where there is none.
    pub after: Option<Place>,
    /// The most orders of the answer.
    pub limit: u32,
}

/// Either a receipt or why there is none.
pub type Outcome = Result<Receipt, Refused>;

/// One row of the classic `GET /orders`: a line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassicOrder {
    /// The order's short number.
    pub id: OrderNumber,
    /// The order.
    pub uuid: OrderId,
    /// Which book.
    pub item_id: ItemId,
    /// How many units.
    pub quantity: Quantity,
    /// When, RFC 3339 in UTC.
    pub created: String,
    /// How far it has got.
    pub state: OrderState,
}

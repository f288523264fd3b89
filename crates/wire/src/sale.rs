//! Selling: what an order replica asks a catalog replica, and what it is told.
//!
//! A sale *is* the commit of an order: everything an order row says is in it, so any order replica that sees the sale
//! makes the same row, and nothing hangs when a process dies in between.

use crate::{Buyer, ItemId, ItemState, Money, NotValid, OrderId, OrderNumber, Problem, Quantity, Shortfall};
use crate::{range, shortfall, whole};
use journal::ActorId;
use serde::{Deserialize, Serialize};

/// One line of a basket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Which book.
    #[serde(deserialize_with = "whole::item")]
    pub item: ItemId,
    /// How many units.
    #[serde(deserialize_with = "whole::quantity")]
    pub quantity: Quantity,
}

/// What a buyer wants, all or nothing: 1 to 100 lines, by item, each item once.
///
/// Two baskets are equal exactly when they ask for the same thing, whatever order they were written in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<Line>", into = "Vec<Line>")]
pub struct Basket(Vec<Line>);

impl Basket {
    /// The most lines in one order.
    pub const MOST_LINES: usize = 100;

    /// A basket of one line.
    pub fn single(item: ItemId, quantity: Quantity) -> Self {
        Self(vec![Line { item, quantity }])
    }

    /// The lines, in the order of their items; never empty.
    pub fn lines(&self) -> &[Line] {
        &self.0
    }

    /// The item that decides which replica is asked first.
    pub fn first(&self) -> ItemId {
        self.0[0].item
    }
}

impl TryFrom<Vec<Line>> for Basket {
    type Error = NotValid;
    fn try_from(mut lines: Vec<Line>) -> Result<Self, NotValid> {
        if lines.is_empty() || lines.len() > Self::MOST_LINES {
            return Err(NotValid("an order has 1 to 100 lines"));
        }
        lines.sort();
        if lines.windows(2).any(|pair| pair[0].item == pair[1].item) {
            return Err(NotValid("an order names each item once"));
        }
        Ok(Self(lines))
    }
}

impl From<Basket> for Vec<Line> {
    fn from(basket: Basket) -> Self {
        basket.0
    }
}

/// One line of a sale: what was sold, and at what price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldLine {
    /// Which book.
    pub item: ItemId,
    /// How many units.
    pub quantity: Quantity,
    /// Price of one unit at the moment of the sale.
    pub cost: Money,
}

/// A sale, as it stands in the journal of the catalog replica that made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// The order it belongs to.
    pub order: OrderId,
    /// The order's short number.
    #[serde(deserialize_with = "range::number")]
    pub number: OrderNumber,
    /// Whose order it is.
    pub buyer: Buyer,
    /// What was sold, in the order of a [`Basket`].
    #[serde(deserialize_with = "range::lines")]
    pub lines: Vec<SoldLine>,
    /// When, in Unix milliseconds, by the clock of the replica that sold. For people; nothing is decided by it.
    #[serde(deserialize_with = "range::moment")]
    pub at_ms: u64,
}

impl Sale {
    /// Whether this sale is the answer to `basket`: a key may not be used again for something else.
    pub fn answers(&self, basket: &Basket) -> bool {
        self.lines.len() == basket.lines().len()
            && self
                .lines
                .iter()
                .zip(basket.lines())
                .all(|(sold, line)| sold.item == line.item && sold.quantity == line.quantity)
    }
}

/// Where a sale stands: the entry of a catalog actor's journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SaleRef {
    /// The actor that sold.
    pub actor: ActorId,
    /// The number of the entry.
    #[serde(deserialize_with = "range::count")]
    pub seq: u64,
}

/// Where a sale stands, and for which order: what order replicas compare with their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedSale {
    /// Number of the entry in its actor's journal.
    pub seq: u64,
    /// The order it belongs to.
    pub order: OrderId,
}

/// A sale and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedSale {
    /// The sale.
    pub sale: Sale,
    /// Where it stands.
    pub at: SaleRef,
}

/// "Sell this, for that order": idempotent by the order's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reserve {
    /// The order.
    pub order: OrderId,
    /// Whose it is.
    pub buyer: Buyer,
    /// What is wanted.
    pub basket: Basket,
    /// The request this is part of, for the logs.
    pub request_id: String,
}

/// Sold; the same answer however often it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserved {
    /// The sale.
    pub sale: Sale,
    /// Where it stands.
    pub at: SaleRef,
    /// The state of the books sold, after the sale.
    pub items: Vec<ItemState>,
}

/// Why there is no sale to show. None of these changed anything, but for [`Refused::Unsure`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refused", rename_all = "kebab-case")]
pub enum Refused {
    /// The shop does not have what was asked for, as far as known anywhere.
    Short {
        /// Every line that falls short; never empty.
        #[serde(deserialize_with = "range::shortfalls")]
        lines: Vec<Shortfall>,
    },
    /// The order exists, with another basket.
    OtherBasket {
        /// The order.
        order: OrderId,
    },
    /// The units are at a replica that does not answer.
    HeldElsewhere {
        /// The book asked for.
        item: ItemId,
        /// The replica that holds the units.
        holder: String,
    },
    /// Can't be decided here and now without asking others: ask again, alone, where waiting is allowed.
    AskAlone {
        /// The book that is short here.
        item: ItemId,
        /// Whether somebody was asked who did not answer, and may have sold.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unsure: bool,
    },
    /// This replica takes no orders at the moment.
    NotNow {
        /// 503, or 507 when its disk is full.
        status: u16,
        /// Why, in a sentence.
        why: String,
    },
    /// It may have been sold all the same: whoever was asked first did not answer. Ask again for the same order.
    Unsure {
        /// Why, in a sentence.
        why: String,
    },
}

impl Refused {
    /// One line falls short.
    pub fn short(item: ItemId, wanted: Quantity, left: Option<u64>) -> Self {
        Self::Short { lines: vec![Shortfall { item, wanted, left }] }
    }

    /// The refusal as it is shown to callers, with the sentences of the published API.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Short { lines } => shortfall::published(lines),
            Self::OtherBasket { order } => Problem::definite(
                422,
                "other-basket",
                format!("This Idempotency-Key belongs to order {order}, which is for something else; use a new key"),
            )
            .at("Idempotency-Key"),
            // Not the name of a replica: nobody will come back with them.
            Self::HeldElsewhere { item, holder } if holder.contains(' ') => Problem::definite(
                503,
                "held-elsewhere",
                format!("The item with id {item} is held by {holder}, until an operator retires that"),
            ),
            Self::HeldElsewhere { item, holder } => Problem::definite(
                503,
                "held-elsewhere",
                format!("The item with id {item} is held by {holder}, which does not answer; try again in a moment"),
            ),
            Self::AskAlone { item, .. } => Problem::definite(
                503,
                "ask-alone",
                format!("The item with id {item} is not at this replica; try again in a moment"),
            ),
            Self::NotNow { status, why } => Problem::definite(*status, "not-now", why.clone()),
            Self::Unsure { why } => Problem::uncertain(
                503,
                "no-answer",
                format!("It may have been bought all the same ({why}); ask again with the same Idempotency-Key"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(item: u32, units: u64) -> Line {
        Line { item: ItemId(item), quantity: units.try_into().expect("a quantity") }
    }

    #[test]
    fn baskets_that_ask_for_the_same_are_equal() {
        let one = Basket::try_from(vec![line(2, 1), line(1, 3)]).expect("a basket");
        let other = Basket::try_from(vec![line(1, 3), line(2, 1)]).expect("a basket");
        assert_eq!(one, other);
        assert_eq!(one.first(), ItemId(1));
    }

    #[test]
    fn an_empty_basket_and_one_that_names_an_item_twice_are_refused() {
        assert!(Basket::try_from(vec![]).is_err());
        assert!(Basket::try_from(vec![line(1, 1), line(1, 2)]).is_err());
        assert!(Basket::try_from((0..101).map(|item| line(item, 1)).collect::<Vec<_>>()).is_err());
    }
}

//! What became of an order after it was sold: packed, shipped, or cancelled.
//!
//! The steps are entries in the journals of the catalogs, by whoever sold the order: one writer, so that an order can't be
//! shipped and cancelled at once. Where replicas that could not talk sold an order twice, two may have taken steps; then
//! it has come as far as the farthest of them, in the order of [`Fulfilment`]. So what is known of an order only grows,
//! and replicas that know the same steps say the same.

use crate::sale::{PlacedSale, SaleRef};
use crate::{OperatorName, OrderId, range};
use serde::{Deserialize, Serialize};

/// How far an order has come on its way to the customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Fulfilment {
    /// Sold, and nothing done about it yet.
    #[default]
    Placed,
    /// Taken off the shelf, and wrapped.
    Packed,
    /// Called off; its units are on the shelf again.
    Cancelled,
    /// On its way. What has left the house is sold, whatever else was said of it: so it comes last.
    Shipped,
}

impl Fulfilment {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Placed, Self::Packed, Self::Cancelled, Self::Shipped];

    /// What an order may become next.
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::Placed => &[Self::Packed, Self::Cancelled],
            Self::Packed => &[Self::Shipped, Self::Cancelled],
            Self::Cancelled | Self::Shipped => &[],
        }
    }

    /// The word for it, as it is in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Packed => "packed",
            Self::Cancelled => "cancelled",
            Self::Shipped => "shipped",
        }
    }
}

impl std::fmt::Display for Fulfilment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Fulfilment {
    type Err = crate::NotValid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|one| one.as_str() == text);
        known.ok_or(crate::NotValid("an order is placed, packed, shipped or cancelled"))
    }
}

/// A step of an order, as it stands in a catalog's journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Advance {
    /// Where it stands.
    pub at: SaleRef,
    /// What the order became.
    pub to: Fulfilment,
    /// When, in Unix milliseconds, by the clock of the replica that wrote it. For people; nothing is decided by it.
    #[serde(deserialize_with = "range::moment")]
    pub at_ms: u64,
}

/// How far an order with these steps has come.
pub fn reached(advances: &[Advance]) -> Fulfilment {
    advances.iter().map(|advance| advance.to).max().unwrap_or_default()
}

/// A sale, and the steps that its order has taken since, as far as the replica knows that tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The sale, and where it stands.
    #[serde(flatten)]
    pub placed: PlacedSale,
    /// The steps, by where they stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advances: Vec<Advance>,
}

impl From<PlacedSale> for Standing {
    /// A sale whose order has taken no step.
    fn from(placed: PlacedSale) -> Self {
        Self { placed, advances: Vec::new() }
    }
}

/// "Take this order one step on": idempotent, since an order is there only once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeOn {
    /// Which order.
    pub order: OrderId,
    /// How far it has come, as whoever asks knows.
    pub from: Fulfilment,
    /// What it becomes.
    pub to: Fulfilment,
    /// Who wants it.
    #[serde(default)]
    pub by: OperatorName,
}

/// The code of the problem that says that another replica decides: ask that one.
pub const DECIDED_ELSEWHERE: &str = "decided-elsewhere";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shipped_or_cancelled_becomes_nothing_else() {
        for done in [Fulfilment::Shipped, Fulfilment::Cancelled] {
            assert!(done.next().is_empty());
        }
        assert!(!Fulfilment::Placed.next().contains(&Fulfilment::Shipped), "what is not packed can't be shipped");
    }

    #[test]
    fn every_step_leads_farther() {
        for from in Fulfilment::ALL {
            assert!(from.next().iter().all(|to| *to > from), "{from}");
        }
    }

    #[test]
    fn a_word_is_read_as_what_it_was_written_for() {
        for one in Fulfilment::ALL {
            assert_eq!(one.as_str().parse(), Ok(one));
            assert_eq!(serde_json::to_string(&one).expect("JSON"), format!("\"{one}\""));
        }
        assert!("Shipped".parse::<Fulfilment>().is_err());
    }
}

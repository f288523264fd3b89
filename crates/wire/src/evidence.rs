//! What order replicas tell of the last sales of a catalog actor that is gone: an order may name one that no catalog
//! has read.

use crate::sale::PlacedSale;
use journal::ActorId;
use serde::{Deserialize, Serialize};

/// "Which sales of this actor do your orders name, after this entry?"
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhichSales {
    /// Whose sales.
    pub actor: ActorId,
    /// The number of the last entry of its journal that any catalog holds.
    pub after: u64,
    /// Where to go on: 0, then what the last answer said.
    pub from: i64,
    /// Whether later sales of it are refused from now on, since it is being retired: an answer of it may still be on its
    /// way into an order.
    pub close: bool,
}

/// Some of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LastSales {
    /// The sales, as the orders have them.
    pub sales: Vec<PlacedSale>,
    /// Where to go on; `None` at the end.
    pub next: Option<i64>,
}

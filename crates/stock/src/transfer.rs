//! Handing rights to another actor.
//!
//! The asker names a total, "make all you ever gave me at least this", and is credited only by the entry in the
//! giver's journal: a lost answer is asked for again and gives nothing twice.

use crate::{Op, Shelf};
use journal::ActorId;
use serde::{Deserialize, Serialize};
use wire::ItemId;

/// What the asker needs the units for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TransferMode {
    /// For a sale of this book alone: more are given where there are plenty, none where the sale had better come here.
    Sale,
    /// For a sale of several books, or to burn: exactly what is missing, to the last unit.
    Gather,
    /// To spread the stock, nobody is waiting: no more than the giver can spare of its own share.
    Balance {
        /// Units the giver keeps.
        keep: u64,
    },
}

/// A request for rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferRequest {
    /// Which book.
    pub item: ItemId,
    /// Who asks.
    pub to: ActorId,
    /// All units that the giver shall have given to `to`, ever.
    pub at_least: u64,
    /// What for.
    pub mode: TransferMode,
}

/// The giver's decision.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "it is looked at once, where it was made")]
pub enum Granted {
    /// Given; this entry must be written next.
    Now(Op),
    /// That much was given before: the entry is in the journal.
    Before,
    /// Too few to part with: send the sale here instead.
    SendTheSale,
    /// Not that many here.
    Few,
}

impl Shelf {
    /// Decides on a request for rights: `max(need, R/2)` units where `R > 4 · need`, else exactly what is needed.
    pub fn grant(&self, request: &TransferRequest) -> Granted {
        let book = self.book(request.item);
        let given = book.map_or(0, |book| book.given(self.me, request.to));
        let held = book.map_or(0, |book| book.units_of(self.me));
        if request.at_least <= given {
            return Granted::Before;
        }
        let need = request.at_least - given;
        let units = match request.mode {
            _ if request.to == self.me => return Granted::Few,
            TransferMode::Balance { keep } => need.min(held.saturating_sub(keep)),
            _ if held < need => return Granted::Few,
            TransferMode::Sale if held < 2 * need => return Granted::SendTheSale,
            TransferMode::Sale if held > 4 * need => need.max(held / 2),
            TransferMode::Sale | TransferMode::Gather => need,
        };
        if units == 0 {
            return Granted::Few;
        }
        Granted::Now(Op::Give { item: request.item, to: request.to, cum: given + units })
    }
}

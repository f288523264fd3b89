//! What may be asked of a catalog's writer, and what it answers.

use journal::ActorId;
use serde::{Deserialize, Serialize};
use stock::{Fields, NotAdjusted, TransferRequest};
use wire::ItemId;
use wire::sale::{Refused, Reserve, Reserved};

/// One command; each is decided against the batch's working set, in the order in which they came.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    /// Sell from the own rights.
    Sell(Reserve),
    /// Hand rights to another actor.
    Give(TransferRequest),
    /// Add units or take them away, once for each reference.
    Adjust { item: ItemId, delta: i64, reference: String },
    /// Make the number of units in the shop this.
    TakeStock { item: ItemId, count: u64, reference: String },
    /// Change fields.
    Set { item: ItemId, fields: Fields },
    /// Put books on the shelf, new or known.
    Shelve(Vec<NewBook>),
}

/// A book as it is imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBook {
    pub(crate) id: ItemId,
    pub(crate) fields: Fields,
    pub(crate) units: u64,
}

/// The most units of one title: more is a slip of the finger, and far below what a column of the database holds.
pub(crate) const MOST_UNITS: u64 = 1_000_000_000;

impl NewBook {
    /// What `catalog import` has checked already, for those who call the address themselves: the field, and why.
    pub(crate) fn check(&self) -> Result<(), (&'static str, String)> {
        let text =
            |name: &'static str, text: Option<&str>, most: usize| match text.map_or(0, |text| text.chars().count()) {
                0 => Err((name, format!("{name} is missing or empty"))),
                length if length > most => Err((name, format!("{name} has {length} characters; at most {most}"))),
                _ => Ok(()),
            };
        text("title", self.fields.title.as_deref(), 1000)?;
        text("topic", self.fields.topic.as_deref(), 100)?;
        if self.units > MOST_UNITS {
            return Err(("units", format!("units are at most {MOST_UNITS}")));
        }
        Ok(())
    }
}

/// The answers, one kind a kind of command.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Sold(Result<Reserved, NotSold>),
    Given(TransferAnswer),
    Adjusted(Result<(), NotAdjusted>),
    Shelved(Shelved),
}

/// Why nothing was sold here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotSold {
    /// Refused, whoever is asked.
    Refused(Refused),
    /// Others hold what is missing.
    Short(Vec<Lack>),
}

/// Units that are not here, and where they are as far as known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lack {
    pub(crate) item: ItemId,
    pub(crate) held: u64,
    pub(crate) wanted: u64,
    pub(crate) holders: Vec<Holder>,
}

/// An actor with units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) actor: ActorId,
    pub(crate) units: u64,
    /// All units it ever gave to this replica.
    pub(crate) given: u64,
}

/// The answer to a request for rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TransferAnswer {
    /// The entry is in the giver's journal: read it there.
    Given,
    /// Too few to part with: send the sale.
    SendTheSale,
    /// Not that many.
    Few,
}

/// What became of a batch of imported books.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shelved {
    /// Books that are new.
    pub(crate) added: u64,
    /// Known books of which a field changed.
    pub(crate) changed: u64,
    /// Known books whose number of units is another one: to be counted by stock-take.
    pub(crate) recount: Vec<(ItemId, u64)>,
}

impl Reply {
    /// The answer to [`Command::Sell`].
    pub(crate) fn sold(self) -> Result<Reserved, NotSold> {
        match self {
            Self::Sold(reply) => reply,
            other => unreachable!("the writer answers a sale with a sale, not {other:?}"),
        }
    }

    /// The answer to [`Command::Give`].
    pub(crate) fn given(self) -> TransferAnswer {
        match self {
            Self::Given(reply) => reply,
            other => unreachable!("the writer answers a transfer with a transfer, not {other:?}"),
        }
    }

    /// The answer to [`Command::Adjust`], [`Command::TakeStock`] and [`Command::Set`].
    pub(crate) fn adjusted(self) -> Result<(), NotAdjusted> {
        match self {
            Self::Adjusted(reply) => reply,
            other => unreachable!("the writer answers an adjustment with an adjustment, not {other:?}"),
        }
    }

    /// The answer to [`Command::Shelve`].
    pub(crate) fn shelved(self) -> Shelved {
        match self {
            Self::Shelved(reply) => reply,
            other => unreachable!("the writer answers an import with an import, not {other:?}"),
        }
    }
}

//! What may be asked of a catalog's writer, and what it answers.

use journal::{ActorId, Head};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use wire::sale::{PlacedSale, Refused, Reserve, Reserved};
use wire::{Cause, Cover, Fulfilment, ItemId, OrderId, Standing};

use crate::{Fields, NotAdjusted, NotAdvanced, NotConserved, Text, TransferRequest};

/// One command; each is decided against the batch's working set, in the order in which they came.
#[derive(Clone, Debug)]
pub enum Command {
    /// Sell from the own rights.
    Sell(Reserve),
    /// Hand rights to another actor.
    Give(TransferRequest),
    /// Add units or take them away, once for each reference.
    Adjust {
        /// Which book.
        item: ItemId,
        /// Units that come (positive) or go.
        delta: i64,
        /// The name of the adjustment.
        reference: String,
    },
    /// Make the number of units in the shop this.
    TakeStock {
        /// Which book.
        item: ItemId,
        /// Units there are.
        count: u64,
        /// A name never used before.
        reference: String,
    },
    /// Change fields.
    Set {
        /// Which book.
        item: ItemId,
        /// The fields that change.
        fields: Fields,
    },
    /// Take an order one step on. Repeated, it changes nothing.
    Advance {
        /// Which order.
        order: OrderId,
        /// How far it has come, as whoever asks knows.
        from: Fulfilment,
        /// What it becomes.
        to: Fulfilment,
        /// The retired actor for which this replica decides, and no other.
        instead_of: Option<ActorId>,
    },
    /// Give a book a cover of its own, or take it away. Its bytes are stored with the entry that names them.
    Cover {
        /// Which book.
        item: ItemId,
        /// The cover; `None` takes it away.
        image: Option<Image>,
    },
    /// Store the bytes of a cover that an entry names. No entry is written.
    Keep(Image),
    /// Put books on the shelf, new or known.
    Shelve(Vec<NewBook>),
    /// Declare an actor finished at this entry. Repeated, it changes nothing.
    Retire {
        /// Who writes no more.
        actor: ActorId,
        /// Where its journal ends.
        end: Head,
    },
    /// Take over what a retired actor has left of these books.
    Inherit {
        /// Whose units.
        from: ActorId,
        /// Which books.
        items: Vec<ItemId>,
    },
    /// Make these sales of retired actors, which orders name and no journal holds, the own ones, with the units for them.
    /// Before anything is inherited: what nobody has inherited nobody can sell.
    Adopt {
        /// The actors whose units were sold.
        from: Vec<ActorId>,
        /// The sales.
        sales: Vec<PlacedSale>,
    },
    /// Tell of something that is no other entry's matter.
    Note {
        /// The book that it is about, if it is about one.
        item: Option<ItemId>,
        /// In words.
        text: Text,
    },
    /// This command, with what its entries are to say of who wanted it.
    Caused {
        /// Who, and by what.
        cause: Cause,
        /// What; not one that is caused itself.
        command: Box<Command>,
    },
}

impl Command {
    /// The same command, wanted by somebody.
    #[must_use]
    pub fn caused(self, cause: Cause) -> Self {
        Self::Caused { cause, command: Box::new(self) }
    }
}

/// A cover with its bytes, which whoever made it has examined.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    /// What is told of it.
    pub cover: Cover,
    /// The image.
    pub bytes: Arc<[u8]>,
}

impl fmt::Debug for Image {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Image").field("cover", &self.cover).field("bytes", &self.bytes.len()).finish()
    }
}

/// A book as it is imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewBook {
    /// Its id.
    pub id: ItemId,
    /// What is told of it.
    pub fields: Fields,
    /// Units there are of it; where nobody said, a new book has none, and one that is known keeps what it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<u64>,
    /// Whether the id was drawn for it: then it must not be another book's, of another ISBN.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drawn: bool,
}

/// The most units of one title: more is a slip of the finger, and far below what a column of the database holds.
pub const MOST_UNITS: u64 = 1_000_000_000;

/// The most characters of a title, or of all authors.
pub const MOST_TITLE: usize = 1000;
/// The most characters of a topic, with all that is above it.
pub const MOST_TOPIC: usize = 100;
/// The most characters of a language's code.
pub const MOST_LANGUAGE: usize = 35;
/// The most characters of a publisher's name.
pub const MOST_PUBLISHER: usize = 200;
/// The most bytes of a description. Bytes, since it is what decides how many books go into one message.
pub const MOST_DESCRIPTION: usize = 4000;

impl NewBook {
    /// A book that has its id, and so many units.
    pub fn counted(id: ItemId, fields: Fields, units: u64) -> Self {
        Self { id, fields, units: Some(units), drawn: false }
    }

    /// Whether it can go on the shelf.
    ///
    /// # Errors
    /// The field that is wrong, and why.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        self.fields.check()?;
        if self.fields.cover.is_some() {
            return Err(("cover", "a cover is brought in by itself, with its bytes".into()));
        }
        for (name, text) in [("title", &self.fields.title), ("topic", &self.fields.topic)] {
            if text.is_none() {
                return Err((name, format!("{name} is missing")));
            }
        }
        if self.units.is_some_and(|units| units > MOST_UNITS) {
            return Err(("units", format!("units are at most {MOST_UNITS}")));
        }
        Ok(())
    }
}

impl Fields {
    /// Whether every text has the length that it may have. What is left out is right.
    ///
    /// # Errors
    /// The field that is wrong, and why.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let long = |name: &'static str, text: Option<&str>, most: usize| {
            // Counted only where it can be too long: no text has more characters than bytes.
            match text.filter(|text| text.len() > most).map_or(0, |text| text.chars().count()) {
                length if length > most => Err((name, format!("{name} has {length} characters; at most {most}"))),
                _ => Ok(()),
            }
        };
        for (name, text) in [("title", &self.title), ("topic", &self.topic)] {
            if text.as_ref().is_some_and(String::is_empty) {
                return Err((name, format!("{name} is empty")));
            }
        }
        long("title", self.title.as_deref(), MOST_TITLE)?;
        long("authors", self.authors.as_deref(), MOST_TITLE)?;
        long("language", self.language.as_deref(), MOST_LANGUAGE)?;
        long("topic", self.topic.as_deref(), MOST_TOPIC)?;
        long("publisher", self.publisher.as_deref(), MOST_PUBLISHER)?;
        let bytes = self.description.as_ref().map_or(0, String::len);
        if bytes > MOST_DESCRIPTION {
            return Err(("description", format!("description has {bytes} bytes; at most {MOST_DESCRIPTION}")));
        }
        Ok(())
    }
}

/// The answers, one kind a kind of command.
#[derive(Clone, Debug)]
pub enum Reply {
    /// To [`Command::Sell`].
    Sold(Result<Reserved, NotSold>),
    /// To [`Command::Give`].
    Given(TransferAnswer),
    /// To [`Command::Adjust`], [`Command::TakeStock`], [`Command::Set`], [`Command::Cover`], [`Command::Keep`] and
    /// [`Command::Note`].
    Adjusted(Result<(), NotAdjusted>),
    /// To [`Command::Advance`]: the sale that the order stands on, and every step that it has taken.
    Advanced(Result<Standing, NotAdvanced>),
    /// To [`Command::Shelve`].
    Shelved(Shelved),
    /// To [`Command::Retire`], [`Command::Inherit`] and [`Command::Adopt`]: the units or sales taken over.
    TakenOver(Result<u64, NotConserved>),
}

/// Why nothing was sold here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSold {
    /// Refused, whoever is asked.
    Refused(Refused),
    /// Others hold what is missing.
    Short(Vec<Lack>),
}

/// Units that are not here, and where they are as far as known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// Which book.
    pub item: ItemId,
    /// Units held here.
    pub held: u64,
    /// Units wanted.
    pub wanted: u64,
    /// Who has some, the richest first.
    pub holders: Vec<Holder>,
}

/// An actor with units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub actor: ActorId,
    /// Units it holds, as far as known here.
    pub units: u64,
    /// All units it ever gave to this replica.
    pub given: u64,
}

/// The answer to a request for rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransferAnswer {
    /// The entry is in the giver's journal: read it there.
    Given,
    /// Too few to part with: send the sale.
    SendTheSale,
    /// Not that many.
    Few,
}

/// What became of a batch of imported books.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shelved {
    /// Books that are new.
    pub added: u64,
    /// Known books of which a field changed.
    pub changed: u64,
    /// Known books whose number of units is another one: to be counted by stock-take.
    pub recount: Vec<(ItemId, u64)>,
    /// Ids that were drawn for new books, and are others' by now: those books were not put anywhere.
    #[serde(default)]
    pub taken: Vec<ItemId>,
}

impl Reply {
    /// The answer to [`Command::Sell`].
    ///
    /// # Errors
    /// What was answered.
    ///
    /// # Panics
    /// On an answer to something else.
    pub fn sold(self) -> Result<Reserved, NotSold> {
        match self {
            Self::Sold(reply) => reply,
            other => unreachable!("the writer answers a sale with a sale, not {other:?}"),
        }
    }

    /// The answer to [`Command::Give`].
    ///
    /// # Panics
    /// On an answer to something else.
    pub fn given(self) -> TransferAnswer {
        match self {
            Self::Given(reply) => reply,
            other => unreachable!("the writer answers a transfer with a transfer, not {other:?}"),
        }
    }

    /// The answer to [`Command::Adjust`], [`Command::TakeStock`] and [`Command::Set`].
    ///
    /// # Errors
    /// What was answered.
    ///
    /// # Panics
    /// On an answer to something else.
    pub fn adjusted(self) -> Result<(), NotAdjusted> {
        match self {
            Self::Adjusted(reply) => reply,
            other => unreachable!("the writer answers an adjustment with an adjustment, not {other:?}"),
        }
    }

    /// The answer to [`Command::Advance`].
    ///
    /// # Errors
    /// What was answered.
    ///
    /// # Panics
    /// On an answer to something else.
    pub fn advanced(self) -> Result<Standing, NotAdvanced> {
        match self {
            Self::Advanced(reply) => reply,
            other => unreachable!("the writer answers a step of an order with how it stands, not {other:?}"),
        }
    }

    /// The answer to [`Command::Retire`], [`Command::Inherit`] and [`Command::Adopt`].
    ///
    /// # Errors
    /// What was answered.
    ///
    /// # Panics
    /// On an answer to something else.
    pub fn taken_over(self) -> Result<u64, NotConserved> {
        match self {
            Self::TakenOver(reply) => reply,
            other => unreachable!("the writer answers a retirement with what was taken over, not {other:?}"),
        }
    }

    /// The answer to [`Command::Shelve`].
    ///
    /// # Panics
    /// On an answer to something else.
    pub fn shelved(self) -> Shelved {
        match self {
            Self::Shelved(reply) => reply,
            other => unreachable!("the writer answers an import with an import, not {other:?}"),
        }
    }
}

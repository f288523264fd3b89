//! The bodies of the API under `/api/v1`: what a program written today asks for.
//!
//! Money is whole cents, counts are never below zero, and a list goes on behind an opaque cursor.

use crate::fulfilment::Fulfilment;
use crate::order::{OrderState, Receipt};
use crate::sale::Basket;
#[cfg(feature = "openapi")]
use crate::sale::Line;
use crate::search::{Facets, Suggestion};
use crate::{Format, Isbn, ItemId, ItemState, OrderId, OrderNumber, Published, Quantity};
use crdt::{Actor, Content, CounterMap, Delta, Limits, VersionVector};
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

/// How large a list may be: far below what a replica takes, so that lists of two who were apart fit together. What is sent
/// has no more bytes either.
pub const LIST_LIMITS: Limits =
    Limits { items: 500, actors: 512, fields: 16, name: 200, value: 2_000, bytes: 256 * 1024 };

/// A book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Book {
    /// Its id.
    pub id: ItemId,
    /// Title.
    pub title: String,
    /// Authors, in the order of the title page; empty where unknown.
    pub authors: Vec<String>,
    /// Year of first publication, negative before our era.
    pub year: Option<i16>,
    /// ISO 639-1 code of the language it was written in; `null` where unknown.
    pub language: Option<String>,
    /// Topic, with those above it before it: `fiction / crime`; `null` where it has none.
    pub topic: Option<String>,
    /// The ISBN of this edition, 13 digits; `null` where it has none, or none that is known.
    pub isbn: Option<Isbn>,
    /// Who published this edition; `null` where unknown.
    pub publisher: Option<String>,
    /// When this edition was published: a year, a month of it or a day; `null` where unknown.
    pub published: Option<Published>,
    /// The form of this edition; `null` where unknown.
    pub format: Option<Format>,
    /// What it is about, as plain text with line breaks; `null` where unknown.
    pub description: Option<String>,
    /// Price of one unit, in cents of the shop's currency.
    #[cfg_attr(feature = "openapi", schema(maximum = 1_000_000_000))]
    pub price_cents: u32,
    /// Units left in the whole shop as far as known.
    pub available: u64,
}

impl From<&ItemState> for Book {
    fn from(state: &ItemState) -> Self {
        let known = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Self {
            id: state.id,
            title: state.title.value.clone(),
            authors: state.author_names().map(str::to_owned).collect(),
            year: state.year.value,
            language: known(&state.language.value),
            topic: known(&state.topic.value),
            isbn: state.isbn.value,
            publisher: known(&state.publisher.value),
            published: state.published.value,
            format: state.format.value,
            description: known(&state.description.value),
            price_cents: state.cost.value.cents(),
            available: state.count(),
        }
    }
}

/// A part of a list of books.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Books {
    /// The books: those of a search in its order, others in the order of their ids.
    pub books: Vec<Book>,
    /// The `cursor` of the next part; `null` at the end.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9A-Za-z_-]{10,1024}$"))]
    pub next: Option<String>,
    /// Of a search: how many books there are in all parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub total: Option<u64>,
    /// Of a search: how many of them there are of what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub facets: Option<Facets>,
    /// Of a search whose words no book has: those that were probably meant, which the books found have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub did_you_mean: Option<String>,
}

/// Titles that somebody may be typing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suggestions {
    /// The best first, at most eight.
    #[cfg_attr(feature = "openapi", schema(max_items = 8))]
    pub suggestions: Vec<Suggestion>,
}

/// What somebody wants to buy, all or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// The lines, each of another book.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Line>, min_items = 1, max_items = 100))]
    pub lines: Basket,
}

/// An order. The same however often it is asked for, but for `copies` and `state`, which only grow, and `fulfilment`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Order {
    /// Its short number.
    pub number: OrderNumber,
    /// Its id. Whoever has it sees the order.
    pub uuid: OrderId,
    /// When it was made, in Unix milliseconds.
    #[cfg_attr(feature = "openapi", schema(maximum = 253_402_300_799_999_u64))]
    pub created_ms: u64,
    /// How far it has got.
    pub state: OrderState,
    /// On how many order replicas it is on disk.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub copies: usize,
    /// How far it has come on its way to the customer.
    pub fulfilment: Fulfilment,
    /// What was bought, by item.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 100))]
    pub lines: Vec<OrderLine>,
    /// What it cost in all, in cents of the shop's currency.
    pub total_cents: u64,
}

/// A part of somebody's orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Orders {
    /// The orders, the latest first.
    pub orders: Vec<Order>,
    /// The `cursor` of the next part; `null` at the end.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{44}$"))]
    pub next: Option<String>,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderLine {
    /// Which book.
    pub item: ItemId,
    /// The book's title today; `null` where no catalog answers.
    pub title: Option<String>,
    /// How many units.
    pub quantity: Quantity,
    /// Price of one unit when it was sold, in cents of the shop's currency.
    #[cfg_attr(feature = "openapi", schema(maximum = 1_000_000_000))]
    pub price_cents: u32,
}

impl Order {
    /// What a receipt says; `titles` are those of its lines.
    pub fn new(receipt: &Receipt, titles: impl IntoIterator<Item = Option<String>>) -> Self {
        let Receipt { order, copies, state, .. } = receipt;
        let lines = order.lines.iter().zip(titles).map(|(line, title)| OrderLine {
            item: line.item,
            title,
            quantity: line.quantity,
            price_cents: line.cost.cents(),
        });
        Self {
            number: order.number,
            uuid: order.id,
            created_ms: order.created_ms,
            state: *state,
            copies: *copies,
            fulfilment: order.fulfilment(),
            lines: lines.collect(),
            total_cents: order.total_cents(),
        }
    }
}

/// A list as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct List {
    /// What is on it.
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::schema::list_shown))]
    pub object: Content,
    /// What its reader has seen, signed: to be given back with the next write.
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::schema::context))]
    pub context: String,
}

/// "Put this in the place of exactly what I had seen."
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ListPut {
    /// What had been seen; nothing where it is left out, so that what is there stays beside the new.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required = false, schema_with = crate::schema::context))]
    pub context: Option<String>,
    /// What shall be on the list.
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::schema::list_put))]
    pub object: Content,
}

/// What is given must be something: `null` is not taken for left out.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// What a browser has of a list, and what it did to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ListSync {
    /// Under whose name the browser writes: 128 random bits, of which the first is set.
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::schema::browsers_actor))]
    pub actor: Actor,
    /// What its copy has seen, its own edits included: of each actor the number of its last edit.
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::schema::version))]
    #[serde(deserialize_with = "crate::whole::version")]
    pub since: VersionVector,
    /// What its copy has beyond what it knows the shop to have; edits of its own actor only. Left out where there are none.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required = false, schema_with = crate::schema::delta))]
    pub delta: Option<Delta>,
}

/// What the browser lacked of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListSynced {
    /// Whether the browser's edits are in the list. Otherwise some that were before them are missing here: send a delta
    /// again, of all that `object` lacks.
    pub taken: bool,
    /// What is new to the browser; `null` where nothing is, or everything comes in `object`.
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::schema::delta_or_null))]
    pub delta: Option<Delta>,
    /// The whole state of the list, where the browser's edits were not taken.
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::schema::state_or_null))]
    pub object: Option<CounterMap>,
    /// What has been seen with this answer, signed, for a write that replaces it.
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::schema::context))]
    pub context: String,
    /// On how many replicas the browser's edits are, so far; 0 where it had none that were taken.
    pub acks: usize,
    /// How many other browsers asked the same frontend for the list in the last minute.
    #[serde(default)]
    pub others: usize,
}

/// A list that was made, or written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListWritten {
    /// The list, which whoever knows this may read and write.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = "uuid"))]
    pub id: Uuid,
    /// What is on it now, with what others have put there meanwhile: whoever goes on with `context` has seen this.
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::schema::list_shown))]
    pub object: Content,
    /// What its writer has now seen: to be given back with the next write.
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::schema::context))]
    pub context: String,
    /// On how many replicas it is, so far: 1 is a yes, and more are on their way.
    pub acks: usize,
}

/// What somebody has put aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cart {
    /// One line a book, in the order of their ids.
    pub lines: Vec<CartLine>,
}

impl Cart {
    /// How many units there are of all books together.
    pub fn units(&self) -> u64 {
        self.lines.iter().map(|line| line.quantity).fold(0, u64::saturating_add)
    }
}

/// So many of one book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CartLine {
    /// Which book.
    pub item: ItemId,
    /// How many units.
    pub quantity: u64,
    /// Price of one unit when it was last put into the cart, in cents of the shop's currency; `null` where nobody knows.
    #[cfg_attr(feature = "openapi", schema(maximum = 1_000_000_000))]
    pub put_in_at_cents: Option<u32>,
    /// The book as it is now; `null` where no catalog answers, or it is not in the shop any more.
    pub book: Option<Book>,
}

//! The bodies of the API under `/api/v1`: what a program written today asks for.
//!
//! Money is whole cents, counts are never below zero, and a list goes on behind an opaque cursor.

use crate::{ItemId, ItemState};
use crdt::{Content, Context};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
    /// Topic; `null` where it has none.
    pub topic: Option<String>,
    /// Price of one unit, in cents of the shop's currency.
    #[cfg_attr(feature = "openapi", schema(maximum = 1_000_000_000))]
    pub price_cents: u32,
    /// Units left in the whole shop as far as known.
    pub available: u64,
}

impl From<&ItemState> for Book {
    fn from(state: &ItemState) -> Self {
        let known = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let authors = state.authors.value.split(';').map(str::trim).filter(|author| !author.is_empty());
        Self {
            id: state.id,
            title: state.title.value.clone(),
            authors: authors.map(str::to_owned).collect(),
            year: state.year.value,
            language: known(&state.language.value),
            topic: known(&state.topic.value),
            price_cents: state.cost.value.cents(),
            available: state.count(),
        }
    }
}

/// A part of a list of books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Books {
    /// The books, in the order of their ids.
    pub books: Vec<Book>,
    /// The `cursor` of the next part; `null` at the end.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{10}$"))]
    pub next: Option<String>,
}

/// A list as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct List {
    /// What is on it.
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::schema::list_shown))]
    pub object: Content,
    /// What its reader has seen: to be given back with the next write.
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::schema::context))]
    pub context: Context,
}

/// "Put this in the place of exactly what I had seen."
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ListPut {
    /// What had been seen; nothing where it is left out, so that what is there stays beside the new.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = false, schema_with = crate::schema::context))]
    pub context: Context,
    /// What shall be on the list.
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::schema::list_put))]
    pub object: Content,
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
    pub context: Context,
    /// On how many replicas it is, so far: 1 is a yes, and more are on their way.
    pub acks: usize,
}

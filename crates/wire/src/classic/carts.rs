//! The classic cart APIs: carts by title, products and users.
//!
//! Titles stand for books, as those APIs were published; prices are as in the rest of the classic API.

use super::Nothing;
use crate::account::Email;
use crate::item::Versions;
use crate::{Money, Quantity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The success of a write: `{"message": "…", "status": "Success", "validation_code": 200}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Done {
    /// One sentence for people.
    pub message: String,
    /// `Success`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^Success$"))]
    pub status: String,
    /// 200.
    #[cfg_attr(feature = "openapi", schema(minimum = 200, maximum = 200))]
    pub validation_code: u16,
}

impl Done {
    /// The envelope around `message`.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), status: "Success".into(), validation_code: 200 }
    }
}

/// A line of a cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InCart {
    /// The book's title.
    pub name: String,
    /// Price of one unit in the shop's currency, a JSON number.
    pub price: Money,
    /// The book's topic.
    pub category: String,
    /// How many.
    pub qty: u64,
}

/// What is in a cart: `{"response": [...]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CartLines {
    /// The lines, by the number of the book.
    pub response: Vec<InCart>,
}

/// A part of the carts that the operator asked for: `{"response": [...], "next": …}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Owners {
    /// What the carts are called: the userids of whose they are.
    pub response: Vec<String>,
    /// What to give as `after` for the next part; `null` at the end.
    pub next: Option<String>,
}

/// What is put into a cart.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddToCart {
    /// Whose.
    pub email: Email,
    /// How many of each title.
    #[serde(deserialize_with = "crate::whole::quantities")]
    pub cart: BTreeMap<String, Quantity>,
}

/// All titles, or a part of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Products {
    /// The titles, by the numbers of the books.
    pub products: Vec<String>,
    /// Always empty.
    pub message: Nothing,
    /// `Success`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^Success$"))]
    pub status: String,
    /// 200.
    #[cfg_attr(feature = "openapi", schema(minimum = 200, maximum = 200))]
    pub validation_code: u16,
}

impl Products {
    /// The envelope around `products`.
    pub fn found(products: Vec<String>) -> Self {
        Self { products, message: Nothing {}, status: "Success".into(), validation_code: 200 }
    }
}

/// How much there is of a book, and as of when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stocked {
    /// Its title.
    pub name: String,
    /// Units left as far as known, never below zero.
    pub quantity: u64,
    /// Of each catalog that ever changed it, the number of its last change that is in the quantity.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, u64>))]
    pub version: Versions,
}

/// One book: `{"product": {...}, "message": {}, "status": "Success", "validation_code": 200}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Product {
    /// The book.
    pub product: Stocked,
    /// Always empty.
    pub message: Nothing,
    /// `Success`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^Success$"))]
    pub status: String,
    /// 200, or 201 where units were added.
    #[cfg_attr(feature = "openapi", schema(minimum = 200, maximum = 201))]
    pub validation_code: u16,
}

impl Product {
    /// The envelope around `product`.
    pub fn found(validation_code: u16, product: Stocked) -> Self {
        Self { product, message: Nothing {}, status: "Success".into(), validation_code }
    }
}

/// Somebody with an account, and their cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserState {
    /// Their e-mail address.
    pub email: Email,
    /// What else they may be called by.
    pub userid: String,
    /// Titles in the cart, and how many of each.
    pub cart: BTreeMap<String, u64>,
    /// What this answer has seen of the cart, signed.
    pub context: String,
}

/// A user: `{"user": {...}, "message": {}, "status": "Success", "validation_code": 200}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// The user.
    pub user: UserState,
    /// Always empty.
    pub message: Nothing,
    /// `Success`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^Success$"))]
    pub status: String,
    /// 200, or 201 where the user is new.
    #[cfg_attr(feature = "openapi", schema(minimum = 200, maximum = 201))]
    pub validation_code: u16,
}

impl User {
    /// The envelope around `user`.
    pub fn found(validation_code: u16, user: UserState) -> Self {
        Self { user, message: Nothing {}, status: "Success".into(), validation_code }
    }
}

/// A user in the operator's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedUser {
    /// Their e-mail address.
    pub email: Email,
    /// What their cart is called.
    pub userid: String,
}

/// A part of all users: `{"response": [...], "next": …}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Users {
    /// The users.
    pub response: Vec<ListedUser>,
    /// What to give as `after` for the next part; `null` at the end.
    pub next: Option<String>,
}

//! The envelope of the published bookstore API, byte for byte.
//!
//! Existing clients and load scripts read these bodies, so the order of the fields and the empty `{}` of a message
//! are part of the contract. The HTTP status always equals `validation_code`.

pub mod carts;

use crate::order::Receipt;
use crate::{ItemId, ItemState, Money, OrderId, OrderNumber};
use serde::{Deserialize, Serialize};

/// A book as the classic API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Item {
    /// The item's id.
    pub id: ItemId,
    /// Title.
    pub title: String,
    /// Topic.
    pub topic: String,
    /// Price in the shop's currency, a JSON number: `10`, `12.5`.
    pub cost: Money,
    /// Units left as far as known, never below zero.
    pub count: u64,
}

impl From<&ItemState> for Item {
    fn from(state: &ItemState) -> Self {
        Self {
            id: state.id,
            title: state.title.value.clone(),
            topic: state.topic.value.clone(),
            cost: state.cost.value,
            count: state.count(),
        }
    }
}

/// `{}`: what the classic API says when it has nothing to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Nothing {}

/// The success of a read: `{"item": [...], "message": {}, "status": "Success", "validation_code": 200}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Items {
    /// The books found, in the order of their ids.
    pub item: Vec<Item>,
    /// Always empty.
    pub message: Nothing,
    /// `Success`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^Success$"))]
    pub status: String,
    /// 200.
    #[cfg_attr(feature = "openapi", schema(minimum = 200, maximum = 200))]
    pub validation_code: u16,
}

impl Items {
    /// The envelope around `item`.
    pub fn found(item: Vec<Item>) -> Self {
        Self { item, message: Nothing {}, status: "Success".into(), validation_code: 200 }
    }
}

/// The success of a write on a catalog: `{"item": {}, "message": {}, "status": "Success", "validation_code": 201}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Always empty.
    pub item: Nothing,
    /// Always empty.
    pub message: Nothing,
    /// `Success`.
    pub status: String,
    /// 201.
    pub validation_code: u16,
}

impl Written {
    /// The one value this body ever has.
    pub fn done() -> Self {
        Self { item: Nothing {}, message: Nothing {}, status: "Success".into(), validation_code: 201 }
    }
}

/// The success of a purchase; the order of the fields is part of the published API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bought {
    /// `Item with id 1 bought successfully.`
    pub message: String,
    /// The order.
    pub order: BoughtOrder,
    /// `Success`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^Success$"))]
    pub status: String,
    /// 200.
    #[cfg_attr(feature = "openapi", schema(minimum = 200, maximum = 200))]
    pub validation_code: u16,
}

/// The order in the answer to a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoughtOrder {
    /// Its short number.
    pub id: OrderNumber,
    /// Its id.
    pub uuid: OrderId,
    /// On how many order replicas it is on disk.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub copies: usize,
}

impl Bought {
    /// The answer for a purchase of `item`.
    pub fn new(item: ItemId, receipt: &Receipt) -> Self {
        Self {
            message: format!("Item with id {item} bought successfully."),
            order: BoughtOrder { id: receipt.order.number, uuid: receipt.order.id, copies: receipt.copies },
            status: "Success".into(),
            validation_code: 200,
        }
    }
}

/// A failure: `{"message": "<text>", "status": "Failed", "validation_code": 404}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Failure {
    /// One sentence for people.
    #[cfg_attr(feature = "openapi", schema(min_length = 1))]
    pub message: String,
    /// `Failed`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^Failed$"))]
    pub status: String,
    /// Equal to the HTTP status.
    #[cfg_attr(feature = "openapi", schema(minimum = 400, maximum = 599))]
    pub validation_code: u16,
}

impl Failure {
    /// The envelope around `message`.
    pub fn new(validation_code: u16, message: impl Into<String>) -> Self {
        Self { message: message.into(), status: "Failed".into(), validation_code }
    }
}

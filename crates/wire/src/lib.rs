//! What tiers say to each other and to the world: ids, money, bodies, problems.
//!
//! Plain data that is valid once built: a value that parsed here is never checked again behind the edge.
//! No socket, no clock, no web framework; how a body becomes an HTTP answer is `serve`'s business, and what a
//! number means for the stock is `stock`'s.

pub mod account;
pub mod cart;
pub mod change;
pub mod classic;
pub mod cover;
mod doubt;
mod edition;
pub mod evidence;
pub mod fulfilment;
pub mod home;
pub mod ids;
pub mod import;
mod isbn;
pub mod item;
pub mod money;
pub mod order;
pub mod problem;
pub mod range;
pub mod retirement;
pub mod sale;
#[cfg(feature = "openapi")]
mod schema;
pub mod search;
pub mod shortfall;
pub mod topic;
pub mod v1;
mod whole;

pub use change::{Cause, OperatorName, Way};
pub use cover::Cover;
pub use doubt::Doubt;
pub use edition::{Format, Published};
pub use fulfilment::{Advance, Fulfilment, Standing};
pub use ids::{Buyer, IdempotencyKey, ItemId, NotValid, OrderId, OrderNumber, Quantity};
pub use isbn::Isbn;
pub use item::{ItemState, Part, Register, Stamp};
pub use money::Money;
pub use problem::Problem;
pub use shortfall::Shortfall;

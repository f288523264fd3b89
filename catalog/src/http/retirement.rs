//! Retiring, as `catalog retire` asks for it.

use super::Shop;
use crate::retirement::{Done, Stranded, Wanted};
use actix_web::web::{Data, Json};
use serve::{Operator, Refusal, input};

/// Retires as far as it comes in two seconds; asked again until it says that nothing is left.
pub(super) async fn retire(_: Operator, shop: Data<Shop>, wanted: input::Json<Wanted>) -> Result<Json<Done>, Refusal> {
    shop.retirements.retire(&wanted.0).await.map(Json).map_err(Refusal)
}

/// What actors hold that may never write again.
pub(super) async fn stranded(_: Operator, shop: Data<Shop>) -> Result<Json<Vec<Stranded>>, Refusal> {
    shop.retirements.stranded().await.map(Json).map_err(Refusal)
}

//! Retiring, as `catalog retire` asks for it.

use super::Shop;
use actix_web::web::{Data, Json};
use serve::{Insider, Operator, Refusal, input};
use wire::retirement::{Done, Stranded, Wanted};

/// Retires as far as it comes in two seconds; asked again until it says that nothing is left.
pub(super) async fn retire(_: Operator, shop: Data<Shop>, wanted: input::Json<Wanted>) -> Result<Json<Done>, Refusal> {
    shop.retirements.retire(&wanted.0).await.map(Json).map_err(Refusal)
}

/// Whether a retirement is under way here: nobody else begins one then.
pub(super) async fn turn(_: Insider, shop: Data<Shop>) -> Json<bool> {
    Json(shop.retirements.are_under_way())
}

/// What actors hold that may never write again.
pub(super) async fn stranded(_: Operator, shop: Data<Shop>) -> Result<Json<Vec<Stranded>>, Refusal> {
    shop.retirements.stranded().await.map(Json).map_err(Refusal)
}

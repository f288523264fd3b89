//! Searching, for the frontends.

use super::Shop;
use actix_web::web::{Data, Json};
use serde_json::value::RawValue;
use serve::{Insider, Refusal, input};
use wire::search::{Found, Wanted};

/// One part of what is found. A POST, since a question has many parts; it changes nothing.
pub(super) async fn search(
    _: Insider,
    shop: Data<Shop>,
    wanted: input::Json<Wanted>,
) -> Result<Json<Found<Box<RawValue>>>, Refusal> {
    shop.finder.answer(&shop.peers.replica, &wanted.0).await.map(Json).map_err(Refusal)
}

//! What this tier has seen of a catalog replica: asked for by one that does not know whether its data is the latest.

use super::{Shop, unreadable};
use crate::store;
use actix_web::web::{Data, Json, Path};
use journal::ActorId;
use replica::Evidence;
use serve::{Insider, Refusal};

pub(super) async fn highest(_: Insider, shop: Data<Shop>, actor: Path<ActorId>) -> Result<Json<Evidence>, Refusal> {
    shop.checkout.settled().await.map_err(|error| Refusal(error.problem()))?;
    let seq = shop.checkout.replica.readers().read(move |sales| store::highest_seen(sales, *actor)).await;
    seq.map(|seq| Json(Evidence { seq })).map_err(|error| Refusal(unreadable(&error)))
}

//! `POST /internal/items`: catalogs tell what has changed, so that a frontend needn't wait for its cache to age.

use crate::shop::Shop;
use actix_web::HttpResponse;
use actix_web::web::Data;
use serve::Insider;
use serve::input::Json;
use wire::ItemState;

/// Takes in the new states of books; those that nobody asked for are dropped.
pub(super) async fn items(shop: Data<Shop>, _: Insider, states: Json<Vec<ItemState>>) -> HttpResponse {
    shop.browse.pushed(states.into_inner());
    HttpResponse::NoContent().finish()
}

//! Purchases of the frontends: a batch that is decided from one commit, or one alone that may wait.

use super::Shop;
use actix_web::web::{Data, Json};
use serve::{Insider, input};
use wire::order::{Outcome, Purchase};

pub(super) async fn buy(_: Insider, shop: Data<Shop>, purchases: input::Json<Vec<Purchase>>) -> Json<Vec<Outcome>> {
    Json(shop.checkout.buy(purchases.into_inner()).await)
}

pub(super) async fn buy_alone(_: Insider, shop: Data<Shop>, purchase: input::Json<Purchase>) -> Json<Outcome> {
    Json(shop.checkout.buy_alone(purchase.into_inner()).await)
}

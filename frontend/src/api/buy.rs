//! `GET /buy` and `POST /buy`: buys one book, once for each key.

use super::keyed::keyed;
use crate::checkout::Wish;
use crate::headers::SERVED_BY;
use crate::shop::Shop;
use crate::visitor;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serve::ErrorStyle;
use serve::params::Params;
use wire::classic::Bought;
use wire::sale::Basket;
use wire::{Buyer, IdempotencyKey, Problem};

/// Kept for old clients, although a GET should not buy: nothing may cache it, look ahead with it, or send people here.
pub(super) async fn get(shop: Data<Shop>, request: HttpRequest, body: Bytes) -> HttpResponse {
    buy(&shop, &request, &body).await
}

/// Buys by form, JSON body or parameters in the address.
pub(super) async fn post(shop: Data<Shop>, request: HttpRequest, body: Bytes) -> HttpResponse {
    buy(&shop, &request, &body).await
}

async fn buy(shop: &Shop, request: &HttpRequest, body: &Bytes) -> HttpResponse {
    keyed(request, ErrorStyle::Classic, async |key| bought(shop, request, body, key).await).await
}

async fn bought(
    shop: &Shop,
    request: &HttpRequest,
    body: &Bytes,
    key: IdempotencyKey,
) -> Result<HttpResponse, Problem> {
    serve::intent::meant_it(request)?;
    let params = Params::read(request, body)?;
    params.only(&["id", "quantity"])?;
    let item = params.required_id()?;
    let wish = Wish { basket: Basket::single(item, params.quantity()?), buyer: Buyer::default(), key };
    let mut session = visitor::session_or_new(request, &shop.signer);
    let receipt = shop.checkout.buy(&wish, &mut session.seen).await.map_err(|why| Problem::from(&why))?;
    let answer =
        HttpResponse::Ok().insert_header((SERVED_BY, shop.served_by.of(false))).json(Bought::new(item, &receipt));
    // So that a client with a cookie jar never sees the count from before.
    Ok(visitor::with_cookie(answer, &visitor::cookie(request, &shop.signer, &session)))
}

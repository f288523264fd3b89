//! `GET /buy` and `POST /buy`: buys one book, once for each key.

use crate::checkout::Wish;
use crate::headers::SERVED_BY;
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use serve::ClassicRefusal;
use serve::params::{IDEMPOTENCY_KEY, Params, idempotency_key};
use uuid::Uuid;
use wire::classic::Bought;
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
    let mut answer = match idempotency_key(request) {
        Ok(key) => {
            let key = key.unwrap_or_else(|| IdempotencyKey::fresh(Uuid::new_v4()));
            let mut answer =
                bought(shop, request, body, &key).await.unwrap_or_else(|why| ClassicRefusal(why).error_response());
            if let Ok(key) = HeaderValue::from_str(key.as_str()) {
                answer.headers_mut().insert(IDEMPOTENCY_KEY, key);
            }
            answer
        }
        Err(why) => ClassicRefusal(why).error_response(),
    };
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

async fn bought(
    shop: &Shop,
    request: &HttpRequest,
    body: &Bytes,
    key: &IdempotencyKey,
) -> Result<HttpResponse, Problem> {
    serve::intent::meant_it(request)?;
    let params = Params::read(request, body)?;
    params.only(&["id", "quantity"])?;
    let wish =
        Wish { item: params.required_id()?, quantity: params.quantity()?, buyer: Buyer::default(), key: key.clone() };
    let mut session = visitor::session_or_new(request, &shop.signer);
    let receipt = shop.checkout.buy(&wish, &mut session.seen).await.map_err(|why| Problem::from(&why))?;
    let answer =
        HttpResponse::Ok().insert_header((SERVED_BY, shop.served_by.of(false))).json(Bought::new(wish.item, &receipt));
    // So that a client with a cookie jar never sees the count from before.
    Ok(visitor::with_cookie(answer, &visitor::cookie(request, &shop.signer, &session)))
}

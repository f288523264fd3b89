//! `GET|POST /buy/{item_id}`: buys one book, once for each key, as on the frontend.

use super::Shop;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use serve::params::{IDEMPOTENCY_KEY, Params, idempotency_key};
use serve::{ClassicRefusal, Operator, intent, request_id};
use uuid::Uuid;
use wire::classic::Bought;
use wire::order::Purchase;
use wire::sale::Basket;
use wire::{Buyer, IdempotencyKey, ItemId, NotValid, OrderId, Problem};

pub(super) async fn buy(
    _: Operator,
    shop: Data<Shop>,
    request: HttpRequest,
    item: Path<String>,
    body: Bytes,
) -> HttpResponse {
    let key = match idempotency_key(&request) {
        Ok(key) => key.unwrap_or_else(|| IdempotencyKey::fresh(Uuid::new_v4())),
        Err(problem) => return ClassicRefusal(problem).error_response(),
    };
    let bought = bought(&shop, &request, &item, &body, &key).await;
    let mut answer = bought.unwrap_or_else(|problem| ClassicRefusal(problem).error_response());
    let headers = answer.headers_mut();
    if let Ok(key) = HeaderValue::from_str(key.as_str()) {
        headers.insert(IDEMPOTENCY_KEY, key);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

async fn bought(
    shop: &Shop,
    request: &HttpRequest,
    item: &str,
    body: &Bytes,
    key: &IdempotencyKey,
) -> Result<HttpResponse, Problem> {
    intent::meant_it(request)?;
    let item: ItemId =
        item.parse().map_err(|error: NotValid| Problem::invalid("id", format!("id is wrong: {error}.")))?;
    let params = Params::read(request, body)?;
    params.only(&["quantity"])?;
    let buyer = Buyer::default();
    let purchase = Purchase {
        order: OrderId::of(shop.namespace, &buyer, key),
        buyer,
        basket: Basket::single(item, params.quantity()?),
        request_id: request_id::current().map(|id| id.to_string()).unwrap_or_default(),
    };
    let receipt = shop.checkout.buy_patiently(purchase).await.map_err(|refused| refused.problem())?;
    Ok(HttpResponse::Ok().json(Bought::new(item, &receipt)))
}

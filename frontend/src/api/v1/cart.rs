//! `/api/v1/cart`: the cart of whoever holds the session's cookie, and of nobody else.

use crate::cart::NoCart;
use crate::session::Session;
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serve::params::Params;
use serve::{Refusal, intent};
use wire::v1::Cart;
use wire::{ItemId, NotValid, Problem};

/// What is in the cart; a visitor without a session has an empty one.
pub(super) async fn show(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    Params::read(&request, &Bytes::new())?.only(&[])?;
    let Some(session) = visitor::owner(&request, &shop).await else {
        return Ok(HttpResponse::Ok().insert_header(private()).json(Cart { lines: Vec::new() }));
    };
    let cart = shop.carts.show(&session.buyer(), &session.seen).await;
    answer(&shop, &request, &session, cart)
}

/// Puts a book into the cart.
pub(super) async fn add(shop: Data<Shop>, request: HttpRequest, body: Bytes) -> Result<HttpResponse, Refusal> {
    intent::meant_it(&request)?;
    let params = Params::read(&request, &body)?;
    params.only(&["item", "quantity"])?;
    let missing = || Problem::missing("item", "item is missing: give the number of a book, such as item=1.");
    let item: ItemId = params.parsed("item")?.ok_or_else(missing)?;
    let session = visitor::owner_or_new(&request, &shop).await;
    let cart = shop.carts.add(&session.buyer(), item, params.quantity()?, &session.seen).await;
    answer(&shop, &request, &session, cart)
}

/// Makes it so many of a book that is in the cart.
pub(super) async fn set(
    shop: Data<Shop>,
    request: HttpRequest,
    item: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, Refusal> {
    intent::meant_it(&request)?;
    let params = Params::read(&request, &body)?;
    params.only(&["quantity"])?;
    let missing = || Problem::missing("quantity", "quantity is missing: give a number from 1 to 100.");
    let quantity = params.parsed("quantity")?.ok_or_else(missing)?;
    let session = visitor::owner_or_new(&request, &shop).await;
    let cart = shop.carts.set(&session.buyer(), number(&item)?, Some(quantity), &session.seen).await;
    answer(&shop, &request, &session, cart)
}

/// Takes a book out of the cart.
pub(super) async fn remove(
    shop: Data<Shop>,
    request: HttpRequest,
    item: Path<String>,
) -> Result<HttpResponse, Refusal> {
    intent::meant_it(&request)?;
    Params::read(&request, &Bytes::new())?.only(&[])?;
    let session = visitor::owner_or_new(&request, &shop).await;
    let cart = shop.carts.set(&session.buyer(), number(&item)?, None, &session.seen).await;
    answer(&shop, &request, &session, cart)
}

fn number(item: &str) -> Result<ItemId, Problem> {
    item.parse().map_err(|error: NotValid| Problem::invalid("item", format!("item is wrong: {error}.")))
}

fn private() -> (actix_web::http::header::HeaderName, HeaderValue) {
    (CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

/// With the cookie, so that the cart is found again.
fn answer(
    shop: &Shop,
    request: &HttpRequest,
    session: &Session,
    cart: Result<Cart, NoCart>,
) -> Result<HttpResponse, Refusal> {
    let answer = HttpResponse::Ok().insert_header(private()).json(cart.map_err(Problem::from)?);
    Ok(visitor::with_cookie(answer, &visitor::cookie(request, &shop.signer, session)))
}

//! `/api/v1/cart`: the cart of whoever holds the session's cookie, and of nobody else.

use super::orders::told;
use crate::api::keyed::keyed;
use crate::cart::{NoCart, NoCheckout};
use crate::headers::NOT_KEPT;
use crate::session::Session;
use crate::shop::Shop;
use crate::visitor;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serve::params::Params;
use serve::{ErrorStyle, Refusal, intent};
use wire::v1::Cart;
use wire::{ItemId, NotValid, Problem};

/// What is in the cart; a visitor without a session has an empty one.
pub(super) async fn show(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    Params::read(&request, &Bytes::new())?.only(&[])?;
    let Some(session) = visitor::owner(&request, &shop).await else {
        return Ok(HttpResponse::Ok().insert_header(NOT_KEPT).json(Cart { lines: Vec::new() }));
    };
    let cart = shop.carts.show(&session.buyer(), &session.seen).await;
    answer(&shop, &request, session, cart)
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
    answer(&shop, &request, session, cart)
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
    answer(&shop, &request, session, cart)
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
    answer(&shop, &request, session, cart)
}

/// Buys all that is in the cart, or nothing.
pub(super) async fn check_out(shop: Data<Shop>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let bought = async |key| {
        intent::meant_it(&request)?;
        Params::read(&request, &body)?.only(&[])?;
        // A visitor without a session has put nothing aside.
        let mut session = visitor::owner(&request, &shop).await.ok_or(NoCheckout::Empty)?;
        let receipt = shop.carts.checkout(&session.buyer(), key, &mut session.seen).await?;
        session.bought_of_cart(&receipt.order);
        Ok(told(&shop, &request, &receipt, Some(&session)).await)
    };
    keyed(&request, ErrorStyle::Problem, bought).await
}

fn number(item: &str) -> Result<ItemId, Problem> {
    item.parse().map_err(|error: NotValid| Problem::invalid("item", format!("item is wrong: {error}.")))
}

/// With the cookie, so that the cart is found again.
fn answer(
    shop: &Shop,
    request: &HttpRequest,
    mut session: Session,
    cart: Result<Cart, NoCart>,
) -> Result<HttpResponse, Refusal> {
    let cart = cart.map_err(Problem::from)?;
    session.saw_in_cart(cart.units());
    let answer = HttpResponse::Ok().insert_header(NOT_KEPT).json(cart);
    Ok(visitor::with_cookie(answer, &visitor::cookie(request, &shop.signer, &session)))
}

//! `/api/v1/orders`: several books in one order, all or nothing; an order for whoever has its id; and the orders of whoever
//! holds the session.
//!
//! The buyer is the session that came with the request, as on the pages; without one it is nobody in particular, as in
//! the classic API. Nobody is given a session here: it would make the same key another order when the question is asked
//! again.

use crate::api::keyed::keyed;
use crate::cart::of_basket;
use crate::checkout::Wish;
use crate::cursor::OrderCursor;
use crate::headers::{NOT_KEPT, SERVED_BY};
use crate::session::{Seen, Session};
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::header::LOCATION;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use futures::future::join_all;
use serve::input::Json;
use serve::params::Params;
use serve::{ErrorStyle, Refusal};
use wire::order::Receipt;
use wire::sale::Basket;
use wire::v1::{NewOrder, Order, Orders};
use wire::{IdempotencyKey, Problem};

/// Buys every line or none.
pub(super) async fn create(shop: Data<Shop>, request: HttpRequest, order: Json<NewOrder>) -> HttpResponse {
    let Json(NewOrder { lines }) = order;
    keyed(&request, ErrorStyle::Problem, async |key| created(&shop, &request, lines, key).await).await
}

async fn created(
    shop: &Shop,
    request: &HttpRequest,
    basket: Basket,
    key: IdempotencyKey,
) -> Result<HttpResponse, Problem> {
    serve::intent::meant_it(request)?;
    let mut session = visitor::session(request, &shop.signer);
    let buyer = session.as_ref().map(Session::buyer).unwrap_or_default();
    let mut nobody = Seen::default();
    let seen = session.as_mut().map_or(&mut nobody, |session| &mut session.seen);
    let receipt = shop.checkout.buy(&Wish { basket, buyer, key }, seen).await.map_err(|why| of_basket(&why))?;
    Ok(told(shop, request, &receipt, session.as_ref()).await)
}

/// The answer to whoever made this order, with the cookie of what was seen by it.
pub(super) async fn told(
    shop: &Shop,
    request: &HttpRequest,
    receipt: &Receipt,
    session: Option<&Session>,
) -> HttpResponse {
    let answer = HttpResponse::Created()
        .insert_header((LOCATION, format!("/api/v1/orders/{}", receipt.order.id)))
        .insert_header((SERVED_BY, shop.served_by.of(false)))
        .json(body(shop, receipt).await);
    let cookie = session.map(|session| visitor::cookie(request, &shop.signer, session));
    cookie.iter().fold(answer, visitor::with_cookie)
}

/// Orders in one part when no limit is given.
const USUAL: u32 = 20;

/// The orders of whoever holds the session, and of nobody else; a visitor without one has made none.
pub(super) async fn list(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let params = Params::read(&request, &Bytes::new())?;
    params.only(&["limit", "cursor"])?;
    let limit = params.limit()?.map_or(USUAL, |limit| u32::try_from(limit).unwrap_or(u32::MAX));
    let after = params.parsed("cursor")?.map(|OrderCursor(place)| place);
    let mut answer = HttpResponse::Ok();
    answer.insert_header(NOT_KEPT);
    let Some(session) = visitor::owner(&request, &shop).await else {
        return Ok(answer.json(Orders { orders: Vec::new(), next: None }));
    };
    let part = shop.checkout.made_by(session.buyer(), after, limit).await.map_err(Problem::from)?;
    visitor::mark_stale(&mut answer, part.stale);
    let orders = join_all(part.receipts.iter().map(|receipt| body(&shop, receipt))).await;
    let answer = answer.json(Orders { orders, next: part.next.map(|place| OrderCursor(place).to_string()) });
    Ok(visitor::with_cookie(answer, &visitor::cookie(&request, &shop.signer, &session)))
}

/// An order, by the id that only its buyer was told.
pub(super) async fn show(shop: Data<Shop>, id: Path<String>) -> HttpResponse {
    let mut answer = match shop.checkout.linked(&id).await {
        Ok(receipt) => HttpResponse::Ok().json(body(&shop, &receipt).await),
        Err(why) => ErrorStyle::Problem.answer(&why.into()),
    };
    let (name, value) = NOT_KEPT;
    answer.headers_mut().insert(name, value);
    answer
}

async fn body(shop: &Shop, receipt: &Receipt) -> Order {
    let books = shop.checkout.books(&receipt.order).await;
    Order::new(receipt, books.into_iter().map(|book| Some(book?.state().title.value.clone())))
}

//! `/api/v1/orders`: several books in one order, all or nothing, and an order for whoever has its id.
//!
//! The buyer is the session that came with the request, as on the pages; without one it is nobody in particular, as in
//! the classic API. Nobody is given a session here: it would make the same key another order when the question is asked
//! again.

use crate::api::keyed::keyed;
use crate::checkout::Wish;
use crate::headers::SERVED_BY;
use crate::orders::NoReceipt;
use crate::session::{Seen, Session};
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serve::ErrorStyle;
use serve::input::Json;
use wire::order::Receipt;
use wire::sale::{Basket, Refused};
use wire::v1::{NewOrder, Order};
use wire::{IdempotencyKey, Problem, shortfall};

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
    let receipt = shop.checkout.buy(&Wish { basket, buyer, key }, seen).await.map_err(|why| refusal(&why))?;
    let answer = HttpResponse::Created()
        .insert_header((LOCATION, format!("/api/v1/orders/{}", receipt.order.id)))
        .insert_header((SERVED_BY, shop.served_by.of(false)))
        .json(body(shop, &receipt).await);
    let cookie = session.map(|session| visitor::cookie(request, &shop.signer, &session));
    Ok(cookie.iter().fold(answer, visitor::with_cookie))
}

/// One shape for everything that a basket falls short of, however many lines it has.
fn refusal(why: &NoReceipt) -> Problem {
    let problem = Problem::from(why);
    match why {
        NoReceipt::Refused { refused: Refused::Short { lines }, .. } => {
            Problem { definite: problem.definite, ..shortfall::not_enough(lines) }
        }
        _ => problem,
    }
}

/// An order, by the id that only its buyer was told.
pub(super) async fn show(shop: Data<Shop>, id: Path<String>) -> HttpResponse {
    let mut answer = match shop.checkout.linked(&id).await {
        Ok(receipt) => HttpResponse::Ok().json(body(&shop, &receipt).await),
        Err(why) => ErrorStyle::Problem.answer(&why.into()),
    };
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

async fn body(shop: &Shop, receipt: &Receipt) -> Order {
    let books = shop.checkout.books(&receipt.order).await;
    Order::new(receipt, books.into_iter().map(|book| Some(book?.state().title.value.clone())))
}

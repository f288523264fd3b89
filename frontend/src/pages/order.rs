//! `/orders/{uuid}`: an order, for whoever has the link. The link is the secret, so nothing may keep or pass it on.

use super::failure::PageRefusal;
use super::{Frame, own_page, unnamed};
use crate::shop::Shop;
use crate::visitor;
use crate::words::{Moment, fulfilment, kept, money};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, REFERRER_POLICY};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use wire::Problem;
use wire::order::Receipt;

#[derive(Template)]
#[template(path = "pages/order.html")]
struct OrderPage {
    frame: Frame,
    /// Whether it is among the visitor's own.
    own: bool,
    number: String,
    /// Other numbers of the same order.
    also: Vec<String>,
    when: Moment,
    /// How far it has come.
    reached: &'static str,
    /// When it came so far, where it has taken a step at all.
    since: Option<Moment>,
    kept: &'static str,
    lines: Vec<LineWords>,
    total: String,
}

/// A line of an order, in words.
struct LineWords {
    href: String,
    title: String,
    quantity: u32,
    price: String,
    sum: String,
}

pub(super) async fn order(
    shop: Data<Shop>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let receipt = shop.checkout.linked(&id).await.map_err(Problem::from)?;
    let lines = lines(&shop, &receipt).await;
    let session = visitor::session(&request, &shop.signer);
    let frame = Frame::new(format!("Order {} · Bookend", receipt.order.number)).unlisted();
    let mut answer = own_page(
        StatusCode::OK,
        &OrderPage {
            frame: session.iter().fold(frame, |frame, session| frame.of(&shop, session)),
            own: session.is_some_and(|session| session.buyer() == receipt.order.buyer),
            number: receipt.order.number.to_string(),
            also: receipt.order.also.iter().map(ToString::to_string).collect(),
            when: Moment::of(receipt.order.created_ms),
            reached: fulfilment(receipt.order.fulfilment()),
            since: (!receipt.order.advances.is_empty()).then(|| Moment::of(receipt.order.reached_ms())),
            kept: kept(receipt.copies, receipt.state),
            lines,
            total: money(receipt.order.total_cents(), &shop.currency),
        },
    );
    answer.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(answer)
}

async fn lines(shop: &Shop, receipt: &Receipt) -> Vec<LineWords> {
    let books = shop.checkout.books(&receipt.order).await;
    let words = receipt.order.lines.iter().zip(books).map(|(line, book)| LineWords {
        href: format!("/books/{}", line.item),
        title: book.map_or_else(|| unnamed(line.item), |book| book.state().title.value.clone()),
        quantity: line.quantity.units(),
        price: money(line.cost.cents().into(), &shop.currency),
        sum: money(line.cost.times(line.quantity.units()), &shop.currency),
    });
    words.collect()
}

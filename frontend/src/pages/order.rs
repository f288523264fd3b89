//! `/orders/{uuid}`: an order, for whoever has the link. The link is the secret, so nothing may keep or pass it on.

use super::checkout::FOUND;
use super::failure::PageRefusal;
use super::{Frame, own_page};
use crate::say::Say;
use crate::shop::Shop;
use crate::visitor;
use crate::words::Moment;
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
    /// `Order 196`.
    title: String,
    /// Other numbers of the same order, in a sentence; empty where it has none.
    also: String,
    when: Moment,
    /// How far it has come.
    reached: &'static str,
    /// When it came so far, where it has taken a step at all.
    since: Option<Moment>,
    kept: &'static str,
    /// Whether it can be found by its number and an e-mail address.
    found: bool,
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
    let say = visitor::say(&request);
    let lines = lines(&shop, say, &receipt).await;
    let session = visitor::session(&request, &shop.signer);
    let title = (say.orders.order)(&receipt.order.number.to_string());
    let also: Vec<_> = receipt.order.also.iter().map(ToString::to_string).collect();
    let frame = Frame::titled(&request, &title).unlisted();
    let mut answer = own_page(
        StatusCode::OK,
        &OrderPage {
            frame: session.iter().fold(frame, |frame, session| frame.of(&shop, session)),
            own: session.is_some_and(|session| session.buyer() == receipt.order.buyer),
            title,
            also: if also.is_empty() { String::new() } else { (say.orders.also)(&also.join(", ")) },
            when: say.moment(receipt.order.created_ms),
            reached: say.fulfilment(receipt.order.fulfilment()),
            since: (!receipt.order.advances.is_empty()).then(|| say.moment(receipt.order.reached_ms())),
            kept: say.kept(receipt.copies, receipt.state),
            found: request.query_string() == &FOUND[1..],
            lines,
            total: say.money(receipt.order.total_cents(), &shop.currency),
        },
    );
    answer.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(answer)
}

async fn lines(shop: &Shop, say: &Say, receipt: &Receipt) -> Vec<LineWords> {
    let books = shop.checkout.books(&receipt.order).await;
    let words = receipt.order.lines.iter().zip(books).map(|(line, book)| LineWords {
        href: format!("/books/{}", line.item),
        title: book.map_or_else(|| say.unnamed(line.item), |book| book.state().title.value.clone()),
        quantity: line.quantity.units(),
        price: say.money(line.cost.cents().into(), &shop.currency),
        sum: say.money(line.cost.times(line.quantity.units()), &shop.currency),
    });
    words.collect()
}

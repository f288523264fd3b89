//! `/orders/{uuid}`: an order, for whoever has the link. The link is the secret, so nothing may keep or pass it on.

use super::failure::PageRefusal;
use super::{Frame, page};
use crate::orders::NoOrder;
use crate::shop::Shop;
use crate::visitor;
use crate::words::{Moment, kept, money};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, REFERRER_POLICY};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use wire::order::Receipt;
use wire::{OrderId, Problem};

#[derive(Template)]
#[template(path = "pages/order.html")]
struct OrderPage {
    frame: Frame,
    number: String,
    /// Other numbers of the same order.
    also: Vec<String>,
    when: Moment,
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
    let unknown = || {
        Problem::definite(
            404,
            "no-such-order",
            "There is no order under this link. If you have bought a moment ago, try again in a few seconds.",
        )
    };
    // A number is no secret, so it opens nothing here.
    let id: OrderId = id.parse().map_err(|_| unknown())?;
    let receipt = shop.checkout.order(id).await.map_err(|why| match why {
        NoOrder::Unknown => unknown(),
        NoOrder::Unreachable => Problem::definite(
            503,
            "order-out-of-reach",
            "Orders can't be shown at the moment. Yours is safe; try again in a moment.",
        ),
    })?;
    let lines = lines(&shop, &request, &receipt).await;
    let total: u64 = receipt.order.lines.iter().map(|line| line.cost.times(line.quantity.units())).sum();
    let mut answer = page(
        StatusCode::OK,
        &OrderPage {
            frame: Frame::new(format!("Order {} · Bookend", receipt.order.number)).unlisted(),
            number: receipt.order.number.to_string(),
            also: receipt.order.also.iter().map(ToString::to_string).collect(),
            when: Moment::of(receipt.order.created_ms),
            kept: kept(receipt.copies, receipt.state),
            lines,
            total: money(total, &shop.currency),
        },
    );
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(answer)
}

async fn lines(shop: &Shop, request: &HttpRequest, receipt: &Receipt) -> Vec<LineWords> {
    let seen = visitor::seen(request, &shop.signer);
    let mut lines = Vec::with_capacity(receipt.order.lines.len());
    for line in &receipt.order.lines {
        // An order can be shown although no catalog answers: the price is in it, only the title isn't.
        let book = shop.browse.book(line.item, &seen).await.ok();
        lines.push(LineWords {
            href: format!("/books/{}", line.item),
            title: book
                .map_or_else(|| format!("Book no. {}", line.item), |found| found.value.state().title.value.clone()),
            quantity: line.quantity.units(),
            price: money(line.cost.cents().into(), &shop.currency),
            sum: money(line.cost.times(line.quantity.units()), &shop.currency),
        });
    }
    lines
}

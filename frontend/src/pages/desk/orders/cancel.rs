//! `/desk/orders/{number}/cancel`: the question before an order is cancelled. The answer goes to the order itself.

use super::{Line, Notice, lines, name, parsed, render};
use crate::pages::desk::{Around, session, to_the_way_in};
use crate::pages::failure::PageRefusal;
use crate::pages::{Frame, own_page};
use crate::shop::Shop;
use crate::static_files::DESK_STYLE_HREF;
use crate::words::counted;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use wire::order::Order;
use wire::{Fulfilment, OrderNumber, Problem};

#[derive(Template)]
#[template(path = "pages/desk/cancel.html")]
struct CancelPage {
    frame: Frame,
    style: &'static str,
    around: Around,
    number: OrderNumber,
    reached: &'static str,
    lines: Vec<Line>,
    /// What goes back on the shelf, in words.
    back: String,
}

/// The question before an order is cancelled: what it means, and a form that is sure.
pub(in crate::pages::desk) async fn ask(
    shop: Data<Shop>,
    number: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let Some(session) = session(&shop, &request) else { return Ok(to_the_way_in()) };
    let order = shop.checkout.orders().numbered(parsed(&number)?).await.map_err(Problem::from)?.order;
    let around = Around::of(&shop, &session, "orders");
    if !order.fulfilment().next().contains(&Fulfilment::Cancelled) {
        let text = format!("An order that is {} can't be cancelled.", order.fulfilment());
        return Ok(render(&shop, StatusCode::CONFLICT, &order, around, Some(Notice { text, refused: true })).await);
    }
    let page = CancelPage {
        frame: Frame::new(format!("Cancel order {} · Desk · Bookend", order.number)).unlisted(),
        style: &DESK_STYLE_HREF,
        around,
        number: order.number,
        reached: name(order.fulfilment()),
        lines: lines(&shop, &order).await,
        back: back_on_the_shelf(&order),
    };
    Ok(own_page(StatusCode::OK, &page))
}

/// How many copies go back on the shelf when an order is cancelled.
fn back_on_the_shelf(order: &Order) -> String {
    let copies: u64 = order.lines.iter().map(|line| u64::from(line.quantity.units())).sum();
    let titles = counted(order.lines.len() as u64, "title", "titles");
    let go = if copies == 1 { "goes" } else { "go" };
    format!("{} of {titles} {go} back on the shelf at once.", counted(copies, "copy", "copies"))
}

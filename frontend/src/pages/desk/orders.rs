//! `/desk/orders`: which orders there are, how far each has come, and the forms that take one a step on; all of them as a
//! table for other programs.
//!
//! Orders are named by their numbers here. Their ids open them for whoever has the link, so they stand in no address, and
//! whose an order is is not told.

pub(super) mod cancel;

use super::{Around, Notice, csv, meant, session, to_the_way_in};
use crate::cursor::OrderCursor;
use crate::orders::OrdersPart;
use crate::pages::failure::PageRefusal;
use crate::pages::{Frame, own_page, see_other, status_of, unnamed};
use crate::shop::Shop;
use crate::static_files::DESK_STYLE_HREF;
use crate::words::{Moment, counted, money};
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use futures::future::join_all;
use futures::stream;
use serde::Deserialize;
use serve::input::{Form, parse_pairs};
use std::io;
use uuid::Uuid;
use wire::order::{Latest, Order, Place};
use wire::{Fulfilment, OrderId, OrderNumber, Problem};

/// Orders on one page.
const PAGE: u32 = 50;
/// Orders of one piece of the table.
const PIECE: u32 = 500;

#[derive(Template)]
#[template(path = "pages/desk/orders.html")]
struct OrdersPage {
    frame: Frame,
    style: &'static str,
    around: Around,
    states: Vec<Choice>,
    orders: Vec<Row>,
    /// The table of what is chosen.
    export: String,
    next: Option<String>,
    /// Whether the latest may be missing.
    stale: bool,
}

/// A link to the orders that have come so far.
struct Choice {
    name: &'static str,
    href: String,
    chosen: bool,
}

struct Row {
    number: OrderNumber,
    when: Moment,
    reached: &'static str,
    lines: String,
    total: String,
}

#[derive(Template)]
#[template(path = "pages/desk/order.html")]
struct OrderPage {
    frame: Frame,
    style: &'static str,
    around: Around,
    number: OrderNumber,
    /// Other numbers of the same order.
    also: Vec<OrderNumber>,
    reached: &'static str,
    history: Vec<Taken>,
    lines: Vec<Line>,
    total: String,
    steps: Vec<Step>,
    notice: Option<Notice>,
}

/// A step that was taken.
struct Taken {
    what: &'static str,
    when: Moment,
}

struct Line {
    href: String,
    title: String,
    quantity: u32,
    sum: String,
}

/// A step that can be taken.
struct Step {
    to: Fulfilment,
    says: &'static str,
    /// What it means, where that is not plain.
    hint: &'static str,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    state: String,
    cursor: Option<String>,
    /// A number that was typed.
    #[serde(default)]
    number: String,
    /// What was done, when the page comes after a form.
    done: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sent {
    token: String,
    to: String,
    /// Whether somebody was asked once more, where a step can't be undone.
    #[serde(default)]
    sure: Option<String>,
}

const fn name(reached: Fulfilment) -> &'static str {
    match reached {
        Fulfilment::Placed => "Placed",
        Fulfilment::Packed => "Packed",
        Fulfilment::Shipped => "Shipped",
        Fulfilment::Cancelled => "Cancelled",
    }
}

const fn step(to: Fulfilment) -> Step {
    let (says, hint) = match to {
        Fulfilment::Placed => ("Place", ""),
        Fulfilment::Packed => ("Mark as packed", ""),
        Fulfilment::Shipped => ("Mark as shipped", "From then on it can't be cancelled."),
        Fulfilment::Cancelled => ("Cancel the order", "You are asked once more."),
    };
    Step { to, says, hint }
}

/// Which orders are meant; all where nothing is said.
fn wanted(state: &str) -> Result<Option<Fulfilment>, Problem> {
    match state {
        "" => Ok(None),
        state => state.parse().map(Some).map_err(|why: wire::NotValid| Problem::invalid("state", format!("{why}."))),
    }
}

/// The place, without what would open the order there.
fn blurred(Place(ms, OrderId(id)): Place) -> Place {
    Place(ms, OrderId(Uuid::from_u128(id.as_u128() & !u128::from(u64::MAX))))
}

fn parsed(number: &str) -> Result<OrderNumber, Problem> {
    let number = number.trim().parse().map(OrderNumber);
    number.map_err(|_| Problem::definite(404, "no-such-order", "There is no order of this number."))
}

pub(super) async fn list(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    let Some(session) = session(&shop, &request) else { return Ok(to_the_way_in()) };
    let asked: Asked = parse_pairs(request.query_string().as_bytes())?;
    if !asked.number.is_empty() {
        return Ok(see_other(&format!("/desk/orders/{}", parsed(&asked.number)?)));
    }
    let fulfilment = wanted(&asked.state)?;
    let after = asked.cursor.map(|text| text.parse::<OrderCursor>()).transpose();
    let after = after.map_err(|why| Problem::invalid("cursor", format!("{why}.")))?.map(|cursor| cursor.0);
    let part = shop.checkout.orders().latest(&Latest { fulfilment, after, limit: PAGE }).await;
    let OrdersPart { receipts, next, stale } = part.map_err(Problem::from)?;
    let row = |order: &Order| Row {
        number: order.number,
        when: Moment::of(order.created_ms),
        reached: name(order.fulfilment()),
        lines: counted(order.lines.len() as u64, "title", "titles"),
        total: money(order.total_cents(), &shop.currency),
    };
    let choice = |state: Option<Fulfilment>| Choice {
        name: state.map_or("All", name),
        href: state.map_or("/desk/orders".to_owned(), |state| format!("/desk/orders?state={state}")),
        chosen: state == fulfilment,
    };
    let state = fulfilment.map_or_else(String::new, |state| format!("state={state}"));
    let page = OrdersPage {
        frame: Frame::new("Orders · Desk · Bookend").unlisted(),
        style: &DESK_STYLE_HREF,
        around: Around::of(&shop, &session, "orders"),
        states: std::iter::once(None).chain(Fulfilment::ALL.map(Some)).map(choice).collect(),
        orders: receipts.iter().map(|receipt| row(&receipt.order)).collect(),
        export: format!("/desk/orders.csv?{state}").trim_end_matches('?').to_owned(),
        next: next
            .map(|place| format!("/desk/orders?{state}&cursor={}", OrderCursor(blurred(place))).replace("?&", "?")),
        stale,
    };
    Ok(own_page(StatusCode::OK, &page))
}

pub(super) async fn show(
    shop: Data<Shop>,
    number: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let Some(session) = session(&shop, &request) else { return Ok(to_the_way_in()) };
    let asked: Asked = parse_pairs(request.query_string().as_bytes())?;
    let receipt = shop.checkout.orders().numbered(parsed(&number)?).await.map_err(Problem::from)?;
    let done =
        asked.done.and_then(|done| done.parse::<Fulfilment>().ok()).filter(|to| *to == receipt.order.fulfilment());
    let notice = done.map(|to| Notice { text: format!("The order is {to}."), refused: false });
    let around = Around::of(&shop, &session, "orders");
    Ok(render(&shop, StatusCode::OK, &receipt.order, around, notice).await)
}

/// Takes the order a step on, and sends the browser back to it: reloading that changes nothing.
pub(super) async fn take_on(
    shop: Data<Shop>,
    number: Path<String>,
    request: HttpRequest,
    sent: Form<Sent>,
) -> Result<HttpResponse, PageRefusal> {
    let Form(sent) = sent;
    let session = meant(&shop, &request, &sent.token)?;
    let number = parsed(&number)?;
    let to = wanted(&sent.to)?.ok_or_else(|| Problem::missing("to", "What becomes of the order?"))?;
    if to == Fulfilment::Cancelled && sent.sure.is_none() {
        return Ok(see_other(&format!("/desk/orders/{number}/cancel")));
    }
    match shop.checkout.orders().take_on(number, to, session.who()).await {
        Ok(receipt) => {
            tracing::info!(operator = session.name(), who = %session.who(), %number, %to, "an order was taken on at the desk");
            if to == Fulfilment::Cancelled {
                // Catalogs push what is on the shelf again; whoever looks here next need not wait for it.
                receipt.order.lines.iter().for_each(|line| drop(shop.browse.refill(line.item)));
            }
            Ok(see_other(&format!("/desk/orders/{number}?done={to}")))
        }
        Err(problem) => {
            let receipt = shop.checkout.orders().numbered(number).await.map_err(Problem::from)?;
            let (status, around) = (status_of(&problem), Around::of(&shop, &session, "orders"));
            let notice = Notice { text: problem.detail, refused: true };
            Ok(render(&shop, status, &receipt.order, around, Some(notice)).await)
        }
    }
}

async fn render(
    shop: &Shop,
    status: StatusCode,
    order: &Order,
    around: Around,
    notice: Option<Notice>,
) -> HttpResponse {
    let reached = order.fulfilment();
    let mut taken: Vec<(u64, &'static str)> =
        order.advances.iter().map(|advance| (advance.at_ms, name(advance.to))).collect();
    taken.push((order.created_ms, name(Fulfilment::Placed)));
    taken.sort_unstable();
    let page = OrderPage {
        frame: Frame::new(format!("Order {} · Desk · Bookend", order.number)).unlisted(),
        style: &DESK_STYLE_HREF,
        around,
        number: order.number,
        also: order.also.clone(),
        reached: name(reached),
        history: taken.into_iter().map(|(ms, what)| Taken { what, when: Moment::of(ms) }).collect(),
        lines: lines(shop, order).await,
        total: money(order.total_cents(), &shop.currency),
        steps: reached.next().iter().map(|to| step(*to)).collect(),
        notice,
    };
    own_page(status, &page)
}

async fn lines(shop: &Shop, order: &Order) -> Vec<Line> {
    let books = shop.checkout.books(order).await;
    let line = |(line, book): (&wire::sale::SoldLine, Option<_>)| Line {
        href: format!("/desk/books/{}", line.item),
        title: title(line.item, book.as_ref()),
        quantity: line.quantity.units(),
        sum: money(line.cost.times(line.quantity.units()), &shop.currency),
    };
    order.lines.iter().zip(books).map(line).collect()
}

fn title(item: wire::ItemId, book: Option<&std::sync::Arc<crate::cache::Book>>) -> String {
    book.map_or_else(|| unnamed(item), |book| book.state().title.value.clone())
}

/// The orders as a table, one row a line of an order, the latest first; streamed, however many there are.
pub(super) async fn table(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    if session(&shop, &request).is_none() {
        return Ok(to_the_way_in());
    }
    let asked: Asked = parse_pairs(request.query_string().as_bytes())?;
    let latest = Latest { fulfilment: wanted(&asked.state)?, after: None, limit: PIECE };
    // The first piece before the answer begins: what can't be read at all is a page that says so, not half a table.
    let first = shop.checkout.orders().latest(&latest).await.map_err(Problem::from)?;
    let begin = (Some(first), csv::row(COLUMNS));
    let pieces = stream::try_unfold(begin, move |(part, mut text)| {
        let shop = shop.clone();
        async move {
            let Some(part) = part else { return Ok(None) };
            let orders = part.receipts.iter().map(|receipt| rows(&shop, &receipt.order));
            text.extend(join_all(orders).await);
            let next = match part.next {
                None => None,
                // It breaks off, so that nobody takes what there is for all of it.
                after => {
                    let asked = Latest { after, ..latest };
                    Some(shop.checkout.orders().latest(&asked).await.map_err(io::Error::other)?)
                }
            };
            Ok(Some((Bytes::from(text), (next, String::new()))))
        }
    });
    Ok(csv::file("orders.csv", pieces))
}

const COLUMNS: [&str; 9] = ["order", "placed", "state", "since", "book", "title", "quantity", "price", "currency"];

async fn rows(shop: &Shop, order: &Order) -> String {
    let books = shop.checkout.books(order).await;
    let row = |(line, book): (&wire::sale::SoldLine, Option<_>)| {
        csv::row([
            order.number.to_string().as_str(),
            &Moment::of(order.created_ms).machine,
            order.fulfilment().as_str(),
            &Moment::of(order.reached_ms()).machine,
            &line.item.to_string(),
            &title(line.item, book.as_ref()),
            &line.quantity.units().to_string(),
            &line.cost.to_string(),
            &shop.currency,
        ])
    };
    order.lines.iter().zip(books).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_an_address_opens_no_order() {
        let id = Uuid::from_u128(0x1234_5678_9abc_def0_1234_5678_9abc_def0);
        let Place(ms, OrderId(blurred)) = blurred(Place(7, OrderId(id)));
        assert_eq!((ms, blurred.as_u128()), (7, 0x1234_5678_9abc_def0_u128 << 64));
    }

    #[test]
    fn a_state_is_one_that_there_is() {
        assert_eq!(wanted("packed").expect("a state"), Some(Fulfilment::Packed));
        assert_eq!(wanted("").expect("all"), None);
        let problem = wanted("Packed").expect_err("no state");
        assert_eq!((problem.status, problem.field.as_deref()), (422, Some("state")));
    }
}

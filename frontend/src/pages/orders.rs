//! `/orders`: what this visitor has bought, the latest first. A member sees it wherever they are signed in, a guest in the
//! browser they bought with, and nobody else sees any of it.

use super::failure::PageRefusal;
use super::sign_in::Error;
use super::{Frame, not_kept, own_page, see_other, title_of};
use crate::cursor::OrderCursor;
use crate::say::Say;
use crate::session::Session;
use crate::shop::Shop;
use crate::visitor;
use crate::words::Moment;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use futures::future::join_all;
use serde::Deserialize;
use serve::input::{Form, parse_pairs};
use wire::account::Email;
use wire::order::{Order, Receipt};
use wire::{OrderNumber, Problem};

/// Orders on one page.
const PAGE: u32 = 20;

#[derive(Template)]
#[template(path = "pages/orders.html")]
struct OrdersPage {
    frame: Frame,
    orders: Vec<OrderWords>,
    next: Option<String>,
    /// Whether this is not the first page.
    later: bool,
    /// Whether the latest orders may be missing.
    stale: bool,
    /// Whether a member looks.
    member: bool,
    /// What was looked for in vain; nothing at all where the shop looks no order up.
    sought: Option<Sought>,
    /// Why in vain.
    errors: Vec<Error>,
}

/// What the form sends that looks an order up.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sought {
    #[serde(default)]
    number: String,
    #[serde(default)]
    email: String,
}

/// An order in words.
struct OrderWords {
    href: String,
    /// `Order 196`.
    number: String,
    when: Moment,
    /// How far it has come.
    reached: &'static str,
    /// The title of its first book.
    title: String,
    /// `and 2 more`; empty where there is one book.
    more: String,
    total: String,
}

#[derive(Deserialize)]
struct Place {
    cursor: Option<String>,
}

pub(super) async fn list(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    shown(&shop, &request, StatusCode::OK, Sought::default(), Vec::new()).await
}

/// Leads to the order of this number with which this e-mail address was left.
pub(super) async fn find(
    shop: Data<Shop>,
    Form(sought): Form<Sought>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    serve::intent::meant_it(&request)?;
    let say = visitor::say(&request);
    let number: Result<u64, _> = sought.number.trim().parse();
    let email: Result<Email, _> = sought.email.parse();
    let (status, errors) = match (number, email) {
        (Ok(number), Ok(email)) => {
            let from = visitor::address(&request);
            match shop.lookups.find(OrderNumber(number), &email, from).await.map_err(Problem::from)? {
                Some(order) => return Ok(not_kept(see_other(&format!("/orders/{order}")))),
                None => (StatusCode::NOT_FOUND, vec![Error::of("number", say.orders.not_found)]),
            }
        }
        (number, email) => {
            let number = number.err().map(|_| Error::of("number", say.orders.no_number));
            let email = email.err().map(|_| Error::of("email", say.accounts.no_email));
            (StatusCode::UNPROCESSABLE_ENTITY, number.into_iter().chain(email).collect())
        }
    };
    shown(&shop, &request, status, sought, errors).await
}

async fn shown(
    shop: &Data<Shop>,
    request: &HttpRequest,
    status: StatusCode,
    sought: Sought,
    errors: Vec<Error>,
) -> Result<HttpResponse, PageRefusal> {
    let place: Place = parse_pairs(request.query_string().as_bytes())?;
    let after = place.cursor.map(|text| text.parse::<OrderCursor>()).transpose();
    let after = after.map_err(|why| Problem::invalid("cursor", format!("{why}.")))?.map(|cursor| cursor.0);
    let session = visitor::owner(request, shop).await;
    let (receipts, next, stale) = match &session {
        Some(session) => {
            let part = shop.checkout.made_by(session.buyer(), after, PAGE).await;
            let part = part.map_err(|why| PageRefusal::from(Problem::from(why)).of_page("/orders"))?;
            (part.receipts, part.next, part.stale)
        }
        None => (Vec::new(), None, false),
    };
    let say = visitor::say(request);
    let title = say.around.orders;
    let title = if errors.is_empty() { title.to_owned() } else { (say.around.look_again_at)(title) };
    let frame = Frame::titled(request, title).unlisted();
    let page = OrdersPage {
        frame: session.iter().fold(frame, |frame, session| frame.of(shop, session)),
        orders: join_all(receipts.iter().map(|receipt| words(shop, say, receipt))).await,
        next: next.map(|place| format!("/orders?cursor={}", OrderCursor(place))),
        later: after.is_some(),
        stale,
        member: session.as_ref().and_then(Session::member).is_some(),
        sought: Some(sought).filter(|_| !shop.objects.is_none()),
        errors,
    };
    let answer = own_page(status, &page);
    let cookie = session.map(|session| visitor::cookie(request, &shop.signer, &session));
    Ok(cookie.iter().fold(answer, visitor::with_cookie))
}

async fn words(shop: &Shop, say: &Say, Receipt { order, .. }: &Receipt) -> OrderWords {
    OrderWords {
        href: format!("/orders/{}", order.id),
        number: (say.orders.order)(&order.number.to_string()),
        when: say.moment(order.created_ms),
        reached: say.fulfilment(order.fulfilment()),
        title: first_title(shop, say, order).await,
        more: match order.lines.len() {
            0 | 1 => String::new(),
            several => say.counted(&say.orders.others, several as u64 - 1),
        },
        total: say.money(order.total_cents(), &shop.currency),
    }
}

/// One title says enough: a page of long orders would have to ask for hundreds.
async fn first_title(shop: &Shop, say: &Say, order: &Order) -> String {
    match order.lines.first() {
        Some(line) => title_of(shop, say, line.item).await,
        None => String::new(),
    }
}

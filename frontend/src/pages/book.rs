//! `/books/{id}`: a book, and the form that buys it once, however often it is sent.
//!
//! The form carries a key that was made when the page was: a double click, a reload or the way back send the same key,
//! and the same key is the same order.

use super::card::{Card, cover_href};
use super::edition::{self, Fact, Property};
use super::failure::{Harmless, PageRefusal, Retry};
use super::form::{Visit, admitted};
use super::live::Offer;
use super::{Frame, TopicLink, number, page, see_other};
use crate::browse::Found;
use crate::cache::Book;
use crate::checkout::Wish;
use crate::orders::NoReceipt;
use crate::say::Say;
use crate::session::Session;
use crate::shop::Shop;
use crate::static_files::BOOK_SCRIPT_HREF;
use crate::visitor;
use crate::words::StockWords;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use serve::input::Form;
use std::sync::Arc;
use uuid::Uuid;
use wire::sale::{Basket, Line, Refused};
use wire::{IdempotencyKey, ItemId, ItemState, Problem, Quantity};

#[derive(Template)]
#[template(path = "pages/book.html")]
struct BookPage {
    frame: Frame,
    /// Its number.
    item: String,
    title: String,
    authors: String,
    /// `First published 1813`; empty where unknown.
    year: String,
    /// ISO 639-1, for `lang`; empty where unknown.
    language: String,
    /// The topics above the book's and that one itself; empty where it has none.
    topics: Vec<TopicLink>,
    facts: Vec<Fact>,
    description: Vec<String>,
    /// What a preview says of the page.
    preview: String,
    open_graph: Vec<Property>,
    /// The book for machines, as JSON that can stand in a script element.
    linked_data: String,
    /// Others of the same author or topic.
    related: Vec<Card>,
    cover: String,
    offer: Offer,
    /// Where the offer is told again.
    events: String,
    script: &'static str,
    stock: StockWords,
    /// Units that can be chosen; none where there is no choice.
    most: Option<u64>,
    buy: String,
    put_on_list: String,
    key: String,
    token: String,
    /// Why the last attempt bought nothing.
    notice: Option<Notice>,
    /// Whether the page may be old, because no catalog answers.
    stale: bool,
}

/// Others that are shown beside a book: a row of six, or two of three.
const RELATED: usize = 6;

/// One sentence above a book, and perhaps where to go on.
#[derive(Clone, Debug)]
struct Notice {
    text: String,
    href: Option<String>,
}

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    token: Option<String>,
    key: Option<String>,
    quantity: Option<String>,
}

/// The book's page. It starts a session, because its form belongs to one.
pub(super) async fn book(
    shop: Data<Shop>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let id = number(&id)?;
    let visit = Visit::begin(&shop, &request);
    let found = shop.browse.book(id, &visit.session.seen).await.map_err(Problem::from)?;
    let beside = beside(&shop, &found, &visit.session, &request).await;
    let answer = render(&shop, &request, StatusCode::OK, &found, &visit.session, beside, None);
    Ok(visit.answered(&shop, &request, answer))
}

/// Somebody reloaded an address that only takes forms: the book is where they want to be.
pub(super) async fn back(id: Path<String>) -> Result<HttpResponse, PageRefusal> {
    Ok(see_other(&format!("/books/{}", number(&id)?)))
}

/// Buys, and sends the browser to the order: reloading that buys nothing.
pub(super) async fn buy(
    shop: Data<Shop>,
    id: Path<String>,
    form: Form<Order>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let item = number(&id)?;
    let Form(order) = form;
    let mut session = admitted(&shop, &request, order.token.as_deref(), &format!("/books/{item}"))?;
    let back = |problem: Problem| PageRefusal::from(problem).with_way_back(format!("/books/{item}"));
    let line = line(item, &order).map_err(back)?;
    let wish = wish(line, &order, &session).map_err(back)?;
    let outcome = shop.checkout.buy(&wish, &mut session.seen).await;
    let cookie = visitor::cookie(&request, &shop.signer, &session);
    let answer = match outcome {
        Ok(receipt) => see_other(&format!("/orders/{}", receipt.order.id)),
        Err(why) => refused(&shop, &request, line, &wish.key, &session, why).await?,
    };
    Ok(visitor::with_cookie(answer, &cookie))
}

fn line(item: ItemId, order: &Order) -> Result<Line, Problem> {
    let quantity = order.quantity.as_deref().map_or(Ok(Quantity::ONE), str::parse);
    let quantity = quantity.map_err(|why| Problem::invalid("quantity", format!("The number of copies: {why}.")))?;
    Ok(Line { item, quantity })
}

fn wish(line: Line, order: &Order, session: &Session) -> Result<Wish, Problem> {
    let key: Result<IdempotencyKey, _> = order.key.as_deref().unwrap_or_default().parse();
    Ok(Wish {
        basket: Basket::single(line.item, line.quantity),
        buyer: session.buyer(),
        key: key.map_err(|_| {
            Problem::missing("key", "The form has no key: open the book again and press Buy now there.")
        })?,
    })
}

/// The page after a purchase that was not made: the book with the reason, or "not now" with the same key to try again.
async fn refused(
    shop: &Shop,
    request: &HttpRequest,
    line: Line,
    key: &IdempotencyKey,
    session: &Session,
    why: NoReceipt,
) -> Result<HttpResponse, PageRefusal> {
    let (say, item) = (visitor::say(request), line.item);
    let why = match why {
        // "Nothing was charged" would be a guess: the same key tells.
        NoReceipt::Refused { doubt: Some(silent), .. } => NoReceipt::Uncertain(silent),
        why => why,
    };
    let problem = Problem::from(&why);
    let refused = match &why {
        NoReceipt::Refused { refused, .. } => Some(refused),
        NoReceipt::Unreachable(_) | NoReceipt::Uncertain(_) => None,
    };
    let (status, notice) = match refused {
        Some(Refused::Short { lines }) => match lines.first().and_then(|line| line.left) {
            None => return Err(problem.into()),
            Some(0) => (StatusCode::CONFLICT, Notice::new(say.book.quicker)),
            Some(left) => (StatusCode::CONFLICT, Notice::new((say.book.fewer)(left))),
        },
        Some(Refused::OtherBasket { order }) => {
            let text = say.book.bought_already;
            (StatusCode::UNPROCESSABLE_ENTITY, Notice { text: text.into(), href: Some(format!("/orders/{order}")) })
        }
        Some(
            Refused::HeldElsewhere { .. } | Refused::AskAlone { .. } | Refused::NotNow { .. } | Refused::Unsure { .. },
        )
        | None => {
            let fields = vec![
                ("token", shop.signer.form_token(session)),
                ("key", key.to_string()),
                ("quantity", line.quantity.units().to_string()),
            ];
            let retry = Retry { action: format!("/books/{item}/buy"), fields, hint: Harmless::BuysOnce };
            return Err(PageRefusal::from(problem).with_retry(retry).with_way_back(format!("/books/{item}")));
        }
    };
    shop.browse.refill(item).await;
    let found = shop.browse.book(item, &session.seen).await.map_err(Problem::from)?;
    let beside = beside(shop, &found, session, request).await;
    Ok(render(shop, request, status, &found, session, beside, Some(notice)))
}

/// What a page shows that the book's state does not say.
struct Beside {
    related: Vec<Card>,
    stock: StockWords,
    /// Where the shop is, as far as the request tells.
    origin: Option<String>,
}

/// The book is what was asked for: what can't be had beside it is left out.
async fn beside(shop: &Shop, found: &Found<Arc<Book>>, session: &Session, request: &HttpRequest) -> Beside {
    let (say, state) = (visitor::say(request), found.value.state());
    let (related, stock) = futures::join!(shop.browse.related(state.id, RELATED, &session.seen), stock_of(shop, state));
    let related = related.map_or_else(|_| Vec::new(), |related| related.value);
    Beside {
        related: related.iter().map(|book| Card::of(say, book, &shop.currency)).collect(),
        stock,
        origin: visitor::origin(request),
    }
}

/// The stock of a book in words, also where nobody who has it can be reached.
pub(super) async fn stock_of(shop: &Shop, state: &ItemState) -> StockWords {
    let stock = StockWords::of(state.count());
    let held = stock.can_buy() && shop.browse.catalogs().held_elsewhere(state.id).await;
    if held { StockWords::HeldElsewhere } else { stock }
}

impl Notice {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), href: None }
    }
}

fn render(
    shop: &Shop,
    request: &HttpRequest,
    status: StatusCode,
    found: &Found<Arc<Book>>,
    session: &Session,
    beside: Beside,
    notice: Option<Notice>,
) -> HttpResponse {
    let say = visitor::say(request);
    let Beside { related, stock, origin } = beside;
    let origin = origin.as_deref();
    let state = found.value.state();
    let title = &state.title.value;
    let count = state.count();
    page(
        status,
        &BookPage {
            frame: Frame::titled(request, title).of(shop, session),
            item: state.id.to_string(),
            title: title.clone(),
            authors: say.authors(&state.authors.value),
            year: year(say, state),
            language: state.language.value.clone(),
            topics: topics(&state.topic.value),
            facts: edition::facts(say, state),
            description: edition::paragraphs(state),
            preview: edition::preview(say, state),
            open_graph: edition::open_graph(say, &found.value, origin),
            linked_data: edition::linked_data(state, stock, &shop.currency, origin),
            related,
            cover: cover_href(&found.value),
            offer: Offer::of(shop, say, state, stock),
            events: format!("/books/{}/events", state.id),
            script: &BOOK_SCRIPT_HREF,
            stock,
            most: Some(count.min(Quantity::MOST.into())).filter(|most| *most > 1),
            buy: format!("/books/{}/buy", state.id),
            put_on_list: format!("/lists?book={}", state.id),
            key: Uuid::new_v4().to_string(),
            token: shop.signer.form_token(session),
            notice,
            stale: found.stale,
        },
    )
}

fn topics(topic: &str) -> Vec<TopicLink> {
    let own = Some(topic).filter(|topic| !topic.is_empty()).map(TopicLink::to);
    TopicLink::above(topic).into_iter().chain(own).collect()
}

fn year(say: &Say, state: &ItemState) -> String {
    state.year.value.map(|year| (say.book.first_published)(&say.year(year))).unwrap_or_default()
}

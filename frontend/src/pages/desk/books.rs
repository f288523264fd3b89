//! `/desk/books`: which books there are, and the forms that change a book's price and stock.
//!
//! A form carries a key that was made when the page was: sent twice, it adds its units once.

use super::rights::Rights;
use super::{Around, Notice, meant, session, to_the_way_in};
use crate::cache::News;
use crate::cursor::Cursor;
use crate::desk::OperatorSession;
use crate::pages::failure::PageRefusal;
use crate::pages::{Frame, cover_href, number, own_page, see_other, status_of};
use crate::session::Seen;
use crate::shop::Shop;
use crate::static_files::DESK_STYLE_HREF;
use crate::words::money;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serve::input::{Form, parse_pairs};
use std::time::Instant;
use uuid::Uuid;
use wire::{IdempotencyKey, ItemId, ItemState, Money, OperatorName, Problem};

/// Books on one page.
const PAGE: usize = 50;
/// The most units that a form brings in, takes away or counts: more is a slip of the finger.
const MOST_UNITS: i64 = 1_000_000;

#[derive(Template)]
#[template(path = "pages/desk/books.html")]
struct BooksPage {
    frame: Frame,
    style: &'static str,
    around: Around,
    query: String,
    books: Vec<Row>,
    next: Option<String>,
}

struct Row {
    id: ItemId,
    title: String,
    authors: String,
    price: String,
    count: u64,
}

#[derive(Template)]
#[template(path = "pages/desk/book.html")]
struct BookPage {
    frame: Frame,
    style: &'static str,
    around: Around,
    id: ItemId,
    title: String,
    authors: String,
    price: String,
    /// As it is typed: `12.50`.
    price_typed: String,
    count: u64,
    /// The address of its cover.
    cover: String,
    /// Whether that is one of its own.
    has_cover: bool,
    rights: Rights,
    key: String,
    notice: Option<Notice>,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    cursor: Option<String>,
    /// What was done, when the page comes after a form.
    done: Option<String>,
}

/// What a form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sent {
    token: String,
    key: String,
    what: What,
    value: String,
    #[serde(default)]
    force: Option<String>,
}

/// What is changed.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    Price,
    Count,
    Difference,
}

/// A change, read from its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Price(Money),
    Count(u64),
    Difference(i64),
}

impl Change {
    fn read(what: What, value: &str) -> Result<Self, Problem> {
        let value = value.trim();
        let wrong = |why: &str| Problem::invalid("value", why.to_owned());
        match what {
            What::Price => {
                let price = value.parse().map(Self::Price);
                price.map_err(|_| wrong("A price is a number with at most two decimals, such as 12.50."))
            }
            What::Count => match value.parse() {
                Ok(count @ 0..=MOST_UNITS) => Ok(Self::Count(count.unsigned_abs())),
                _ => Err(wrong("The number that was counted is a whole number from 0 to 1000000.")),
            },
            What::Difference => match value.parse() {
                Ok(difference) if difference != 0 && (-MOST_UNITS..=MOST_UNITS).contains(&difference) => {
                    Ok(Self::Difference(difference))
                }
                _ => Err(wrong("A difference is a whole number such as 5 or -2, at most 1000000 up or down.")),
            },
        }
    }

    /// The word for it in an address.
    const fn word(self) -> &'static str {
        match self {
            Self::Price(_) => "price",
            Self::Count(_) => "count",
            Self::Difference(_) => "difference",
        }
    }
}

/// What is said after a change, by the word in the address.
fn done(word: &str) -> Option<Notice> {
    let text = match word {
        "price" => "The price is set.",
        "count" => "The stock is what you counted.",
        "difference" => "The stock is changed.",
        "cover" => "The book has this cover now.",
        "no-cover" => "The cover is taken away; one is drawn.",
        _ => return None,
    };
    Some(Notice { text: text.into(), refused: false })
}

pub(super) async fn list(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    let Some(session) = session(&shop, &request) else { return Ok(to_the_way_in()) };
    let asked: Asked = parse_pairs(request.query_string().as_bytes())?;
    let query = asked.q.trim();
    if let Ok(id) = query.parse::<ItemId>() {
        return Ok(see_other(&format!("/desk/books/{id}")));
    }
    let after = asked.cursor.map(|text| text.parse::<Cursor>()).transpose();
    let after = after.map_err(|why| Problem::invalid("cursor", format!("{why}.")))?.map(|cursor| cursor.0);
    let seen = Seen::default();
    let part = match query {
        "" => shop.browse.books(None, after, PAGE, &seen).await,
        words => shop.browse.find(words, after, PAGE, &seen).await,
    };
    let part = part.map_err(Problem::from)?.value;
    let row = |state: &ItemState| Row {
        id: state.id,
        title: state.title.value.clone(),
        authors: state.authors.value.clone(),
        price: money(state.cost.value.cents().into(), &shop.currency),
        count: state.count(),
    };
    let encoded = utf8_percent_encode(query, NON_ALPHANUMERIC);
    Ok(own_page(
        StatusCode::OK,
        &BooksPage {
            frame: Frame::new("Stock and prices · Desk · Bookend").unlisted(),
            style: &DESK_STYLE_HREF,
            around: Around::of(&shop, &session, "books"),
            query: query.to_owned(),
            books: part.books.iter().map(|book| row(book.state())).collect(),
            next: part.next.map(|last| format!("/desk/books?q={encoded}&cursor={}", Cursor(last))),
        },
    ))
}

pub(super) async fn show(
    shop: Data<Shop>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let Some(session) = session(&shop, &request) else { return Ok(to_the_way_in()) };
    let asked: Asked = parse_pairs(request.query_string().as_bytes())?;
    let around = Around::of(&shop, &session, "books");
    render(&shop, StatusCode::OK, number(&id)?, around, asked.done.as_deref().and_then(done)).await
}

/// Changes the book, and sends the browser back to it: reloading that changes nothing.
pub(super) async fn change(
    shop: Data<Shop>,
    id: Path<String>,
    request: HttpRequest,
    sent: Form<Sent>,
) -> Result<HttpResponse, PageRefusal> {
    let Form(sent) = sent;
    let session = meant(&shop, &request, &sent.token)?;
    let id = number(&id)?;
    let asked_at = Instant::now();
    let changed = match Change::read(sent.what, &sent.value) {
        Ok(change) => apply(&shop, id, change, &sent, session.who()).await.map(|state| (change, state)),
        Err(problem) => Err(problem),
    };
    match changed {
        Ok((change, state)) => {
            tracing::info!(operator = session.name(), who = %session.who(), item = %id, ?change, "changed at the desk");
            shop.browse.cache().absorb(News { state, asked_at: Some(asked_at) });
            Ok(see_other(&format!("/desk/books/{id}?done={}", change.word())))
        }
        Err(problem) => refused(&shop, &session, id, problem).await,
    }
}

/// The book's page after a form that changed nothing.
pub(super) async fn refused(
    shop: &Shop,
    session: &OperatorSession,
    id: ItemId,
    problem: Problem,
) -> Result<HttpResponse, PageRefusal> {
    let (status, around) = (status_of(&problem), Around::of(shop, session, "books"));
    render(shop, status, id, around, Some(Notice { text: problem.detail, refused: true })).await
}

async fn apply(shop: &Shop, id: ItemId, change: Change, sent: &Sent, by: &OperatorName) -> Result<ItemState, Problem> {
    let catalogs = shop.browse.catalogs();
    match change {
        Change::Price(price) => catalogs.set_price(id, price, by).await,
        Change::Count(count) => catalogs.take_stock(id, count, sent.force.is_some(), by).await,
        Change::Difference(difference) => {
            let key: Result<IdempotencyKey, _> = sent.key.parse();
            let key = key.map_err(|_| Problem::missing("key", "The form has no key: open the book again."))?;
            catalogs.add_units(id, difference, Some(&key), by).await
        }
    }
}

async fn render(
    shop: &Shop,
    status: StatusCode,
    id: ItemId,
    around: Around,
    notice: Option<Notice>,
) -> Result<HttpResponse, PageRefusal> {
    let seen = Seen::default();
    let (found, rights) = futures::join!(shop.browse.book(id, &seen), Rights::of(shop, id));
    let found = found.map_err(Problem::from)?;
    let state = found.value.state();
    let cents = state.cost.value.cents();
    Ok(own_page(
        status,
        &BookPage {
            frame: Frame::new(format!("{} · Desk · Bookend", state.title.value)).unlisted(),
            style: &DESK_STYLE_HREF,
            around,
            id,
            title: state.title.value.clone(),
            authors: state.authors.value.clone(),
            price: money(cents.into(), &shop.currency),
            price_typed: format!("{}.{:02}", cents / 100, cents % 100),
            count: state.count(),
            cover: cover_href(&found.value),
            has_cover: state.cover.value.is_some(),
            rights,
            key: Uuid::new_v4().to_string(),
            notice,
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_a_number_of_its_kind_and_within_bounds() {
        let cents = |cents| Money::from_cents(cents).expect("small");
        assert_eq!(Change::read(What::Price, " 12.50 ").expect("a price"), Change::Price(cents(1250)));
        assert_eq!(Change::read(What::Count, "0").expect("a count"), Change::Count(0));
        assert_eq!(Change::read(What::Difference, "-3").expect("a difference"), Change::Difference(-3));
        let wrong = [
            (What::Price, "12.345"),
            (What::Price, "-1"),
            (What::Price, "free"),
            (What::Price, ""),
            (What::Count, "-1"),
            (What::Count, "1000001"),
            (What::Count, "2.5"),
            (What::Difference, "0"),
            (What::Difference, "-1000001"),
            (What::Difference, "99999999999999999999"),
        ];
        for (what, value) in wrong {
            let problem = Change::read(what, value).expect_err(value);
            assert_eq!((problem.status, problem.field.as_deref()), (422, Some("value")), "{value}");
        }
    }
}

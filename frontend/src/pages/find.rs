//! `/find?q=…`: the books in whose title or authors the words occur.

use super::card::Card;
use super::failure::PageRefusal;
use super::form::Visit;
use super::{Frame, page};
use crate::cursor::Cursor;
use crate::shop::Shop;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serve::input::parse_pairs;
use wire::Problem;

/// Books on one page.
const PAGE: usize = 48;
/// Nobody looks for more letters than this.
const LONGEST: usize = 512;

#[derive(Template)]
#[template(path = "pages/find.html")]
struct FindPage {
    frame: Frame,
    query: String,
    books: Vec<Card>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    cursor: Option<String>,
}

pub(super) async fn find(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    let asked: Asked = parse_pairs(request.query_string().as_bytes())?;
    if asked.q.len() > LONGEST {
        return Err(Problem::invalid("q", "That is a very long search: try a few words of it.").into());
    }
    let after = asked.cursor.map(|text| text.parse::<Cursor>()).transpose();
    let after = after.map_err(|why| Problem::invalid("cursor", format!("{why}.")))?.map(|cursor| cursor.0);
    let query = asked.q.trim();
    let visit = Visit::begin(&shop, &request);
    let (books, next) = if query.is_empty() {
        (Vec::new(), None)
    } else {
        let part = shop.browse.find(query, after, PAGE, &visit.session.seen).await.map_err(Problem::from)?.value;
        (part.books, part.next)
    };
    let encoded = utf8_percent_encode(query, NON_ALPHANUMERIC);
    let title = if query.is_empty() { "Find a book · Bookend".to_owned() } else { format!("{query} · Bookend") };
    let answer = page(
        StatusCode::OK,
        &FindPage {
            frame: Frame::new(title).searching(query).unlisted().of(&shop, &visit.session),
            query: query.to_owned(),
            books: books.iter().map(|book| Card::of(book, &shop.currency)).collect(),
            next: next.map(|last| format!("/find?q={encoded}&cursor={}", Cursor(last))),
        },
    );
    Ok(visit.answered(&shop, &request, answer))
}

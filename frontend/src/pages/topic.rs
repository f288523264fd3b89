//! `/topics/{topic}`: the books of a topic, a shelf at a time.

use super::card::Card;
use super::failure::PageRefusal;
use super::form::Visit;
use super::{Frame, page, topic_href};
use crate::cursor::Cursor;
use crate::shop::Shop;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use serve::input::parse_pairs;
use wire::Problem;

/// Books on one page.
const PAGE: usize = 48;

#[derive(Template)]
#[template(path = "pages/topic.html")]
struct TopicPage {
    frame: Frame,
    topic: String,
    books: Vec<Card>,
    /// Where the first page is, when this isn't it.
    first: Option<String>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Place {
    cursor: Option<String>,
}

pub(super) async fn topic(
    shop: Data<Shop>,
    topic: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let place: Place = parse_pairs(request.query_string().as_bytes())?;
    let after = place.cursor.map(|text| text.parse::<Cursor>()).transpose();
    let after = after.map_err(|why| Problem::invalid("cursor", format!("{why}.")))?.map(|cursor| cursor.0);
    let visit = Visit::begin(&shop, &request);
    let part = shop.browse.books(Some(&topic), after, PAGE, &visit.session.seen).await.map_err(Problem::from)?.value;
    if part.books.is_empty() && after.is_none() {
        return Err(Problem::definite(404, "no-such-topic", "We have no books under this topic.").into());
    }
    let href = topic_href(&topic);
    let answer = page(
        StatusCode::OK,
        &TopicPage {
            frame: Frame::new(format!("{topic} · Bookend")).of(&shop, &visit.session),
            topic: topic.into_inner(),
            books: part.books.iter().map(|book| Card::of(book, &shop.currency)).collect(),
            next: part.next.map(|last| format!("{href}?cursor={}", Cursor(last))),
            first: after.map(|_| href),
        },
    );
    Ok(visit.answered(&shop, &request, answer))
}

//! `/topics/{topic}`: the topics below a topic, and the books of all of them, a shelf at a time.

use super::card::Card;
use super::failure::PageRefusal;
use super::form::Visit;
use super::{Frame, TopicLink, page, topic_href};
use crate::cursor::Cursor;
use crate::say::Say;
use crate::shop::Shop;
use crate::topics::children;
use crate::visitor;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use serve::input::parse_pairs;
use wire::Problem;
use wire::item::TopicCount;

/// Books on one page.
const PAGE: usize = 48;

#[derive(Template)]
#[template(path = "pages/topic.html")]
struct TopicPage {
    frame: Frame,
    topic: String,
    /// The topics above it.
    above: Vec<TopicLink>,
    /// The topics right below it.
    below: Vec<Below>,
    books: Vec<Card>,
    /// Where the first page is, when this isn't it.
    first: Option<String>,
    next: Option<String>,
    /// What the link to the next page says.
    more: String,
}

/// A topic right below the one that is shown.
struct Below {
    link: TopicLink,
    /// `12 titles`.
    titles: String,
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
    let (say, visit) = (visitor::say(&request), Visit::begin(&shop, &request));
    let seen = &visit.session.seen;
    let (part, topics) = futures::join!(shop.browse.books_below(Some(&topic), after, PAGE, seen), shop.browse.topics());
    let part = part.map_err(Problem::from)?.value;
    if part.books.is_empty() && after.is_none() {
        return Err(Problem::definite(404, "no-such-topic", "We have no books under this topic.").into());
    }
    let href = topic_href(&topic);
    let answer = page(
        StatusCode::OK,
        &TopicPage {
            frame: Frame::titled(&request, &topic).of(&shop, &visit.session),
            above: TopicLink::above(&topic),
            // The books are what was asked for: without the tree, they are shown all the same.
            below: topics.map_or_else(|_| Vec::new(), |topics| below(say, &topics.value, &topic)),
            topic: wire::topic::name(&topic).to_owned(),
            more: (say.topic.more)(wire::topic::name(&topic)),
            books: part.books.iter().map(|book| Card::of(say, book, &shop.currency)).collect(),
            next: part.next.map(|last| format!("{href}?cursor={}", Cursor(last))),
            first: after.map(|_| href),
        },
    );
    Ok(visit.answered(&shop, &request, answer))
}

fn below(say: &Say, topics: &[TopicCount], topic: &str) -> Vec<Below> {
    let below = |count: &TopicCount| Below { link: TopicLink::to(&count.topic), titles: say.titles(count.titles) };
    children(topics, Some(topic)).iter().map(below).collect()
}

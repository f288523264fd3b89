//! `/`: what there is, by topic, and what has come in last.

use super::card::Card;
use super::failure::PageRefusal;
use super::form::Visit;
use super::{Frame, page, topic_href};
use crate::shop::Shop;
use crate::topics::children;
use crate::visitor;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use wire::Problem;

/// Titles on the shelf of new ones: fills rows of two, three, four, six and eight.
const NEW_TITLES: usize = 24;
/// So many of them are seen without scrolling, by most: their covers are not waited with.
const IN_SIGHT: usize = 4;

#[derive(Template)]
#[template(path = "pages/home.html")]
struct Home {
    frame: Frame,
    /// How many titles there are, and of what kind they are.
    lede: String,
    topics: Vec<Tile>,
    newest: Vec<Card>,
}

/// A topic.
struct Tile {
    href: String,
    topic: String,
    /// `12 titles`.
    titles: String,
}

pub(super) async fn home(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    let (say, visit) = (visitor::say(&request), Visit::begin(&shop, &request));
    let (topics, newest) = futures::join!(shop.browse.topics(), shop.browse.newest(NEW_TITLES, &visit.session.seen));
    let (topics, newest) = (topics.map_err(Problem::from)?, newest.map_err(Problem::from)?);
    let titles: u64 = topics.value.iter().map(|topic| topic.titles).sum();
    let cards = newest.value.iter().map(|book| Card::of(say, book, &shop.currency));
    let tile = |topic: &wire::item::TopicCount| Tile {
        href: topic_href(&topic.topic),
        topic: topic.topic.clone(),
        titles: say.titles(topic.titles),
    };
    let answer = page(
        StatusCode::OK,
        &Home {
            frame: Frame { title: say.home.window.into(), ..Frame::titled(&request, "").of(&shop, &visit.session) },
            lede: (say.home.on_the_shelves)(&say.titles(titles)),
            topics: children(&topics.value, None).iter().map(tile).collect(),
            newest: cards.enumerate().map(|(at, card)| Card { in_sight: at < IN_SIGHT, ..card }).collect(),
        },
    );
    Ok(visit.answered(&shop, &request, answer))
}

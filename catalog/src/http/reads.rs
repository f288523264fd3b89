//! Reads by the frontends. Book states are kept as JSON and passed on as they are.

use super::{Shop, unreadable};
use crate::store;
use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
use actix_web::web::{Data, Json, Path};
use rusqlite::Connection;
use serde::Deserialize;
use serve::{Insider, Refusal, input};
use std::collections::BTreeMap;
use wire::item::TopicCount;
use wire::{Isbn, ItemId, Problem};

/// The most books on one page of an answer that has pages.
const MOST: u32 = 1000;

fn array<'a>(texts: impl Iterator<Item = &'a str>) -> HttpResponse {
    let body = format!("[{}]", texts.collect::<Vec<_>>().join(","));
    HttpResponse::Ok().content_type(ContentType::json()).body(body)
}

fn states(found: rusqlite::Result<Vec<String>>) -> Result<HttpResponse, Refusal> {
    let found = found.map_err(|error| Refusal(unreadable(&error)))?;
    Ok(array(found.iter().map(String::as_str)))
}

/// One answer an id, in their order; `null` where the shop has no such book.
pub(super) async fn read(_: Insider, shop: Data<Shop>, ids: input::Json<Vec<ItemId>>) -> Result<HttpResponse, Refusal> {
    let states = {
        let ids = ids.0.clone();
        shop.peers.replica.readers().read(move |books| store::states(books, &ids)).await
    };
    let states = states.map_err(|error| Refusal(unreadable(&error)))?;
    Ok(array(ids.0.iter().map(|id| states.get(id).map_or("null", String::as_str))))
}

pub(super) async fn topics(_: Insider, shop: Data<Shop>) -> Result<Json<Vec<TopicCount>>, Refusal> {
    let topics = shop.peers.replica.readers().read(store::topics).await;
    topics.map(Json).map_err(|error| Refusal(unreadable(&error)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Books {
    topic: Option<String>,
    /// Whether books of the topics below it are wanted too.
    #[serde(default)]
    below: bool,
    after: Option<ItemId>,
    limit: Option<u32>,
}

/// Books of one topic, or of all of them.
pub(super) async fn books(_: Insider, shop: Data<Shop>, asked: input::Query<Books>) -> Result<HttpResponse, Refusal> {
    let Books { topic, below, after, limit } = asked.into_inner();
    let read = move |all: &Connection| match topic.as_deref() {
        Some(topic) if below => store::below(all, topic, after, limit),
        topic => store::of_topic(all, topic, after, limit),
    };
    states(shop.peers.replica.readers().read(read).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Related {
    item: ItemId,
    limit: u32,
}

/// Books that may please whoever looks at this one; none where the shop does not have it.
pub(super) async fn related(
    _: Insider,
    shop: Data<Shop>,
    asked: input::Query<Related>,
) -> Result<HttpResponse, Refusal> {
    let Related { item, limit } = asked.into_inner();
    let read = move |all: &Connection| match store::books(all, [&item])?.first() {
        Some(book) => store::related(all, &book.state, limit.min(MOST)),
        None => Ok(Vec::new()),
    };
    states(shop.peers.replica.readers().read(read).await)
}

/// Which book has each of these ISBNs; those that none has are left out.
pub(super) async fn by_isbn(
    _: Insider,
    shop: Data<Shop>,
    isbns: input::Json<Vec<Isbn>>,
) -> Result<Json<BTreeMap<Isbn, ItemId>>, Refusal> {
    let found = shop.peers.replica.readers().read(move |all| store::by_isbn(all, &isbns.0)).await;
    found.map(Json).map_err(|error| Refusal(unreadable(&error)))
}

/// Who holds units of this book, as far as known here: replicas by their names, and what is no replica's any more.
pub(super) async fn holders(
    _: Insider,
    shop: Data<Shop>,
    item: Path<String>,
) -> Result<Json<BTreeMap<String, u64>>, Refusal> {
    let item: ItemId =
        item.parse().map_err(|error: wire::NotValid| Refusal(Problem::invalid("item", error.to_string())))?;
    let books = shop.peers.replica.readers().read(move |all| store::books(all, [&item])).await;
    let books = books.map_err(|error| Refusal(unreadable(&error)))?;
    let mut holders = BTreeMap::new();
    for holder in books.iter().flat_map(|book| book.holders(None)) {
        let own = shop.peers.replica.published().me == Some(holder.actor);
        let name = if own { shop.peers.me.name.to_string() } else { shop.peers.name_of(holder.actor).await };
        *holders.entry(name).or_default() += holder.units;
    }
    Ok(Json(holders))
}

/// The widest range of ids that is listed at once.
const WIDEST: u64 = 100_000;
/// The narrowest range that all ids are cut into, and the most of them that are told.
const NARROWEST: u32 = 1_000;
const MOST_RANGES: usize = 50_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ids {
    from: u64,
    /// The first id that is not wanted any more.
    below: u64,
}

/// The ids of the books in a range.
pub(super) async fn ids(_: Insider, shop: Data<Shop>, asked: input::Query<Ids>) -> Result<Json<Vec<ItemId>>, Refusal> {
    let Ids { from, below } = asked.into_inner();
    if below.saturating_sub(from) > WIDEST {
        return Err(Refusal(Problem::invalid("below", format!("a range is of at most {WIDEST} ids"))));
    }
    let ids = shop.peers.replica.readers().read(move |books| store::ids(books, from, below)).await;
    ids.map(Json).map_err(|error| Refusal(unreadable(&error)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ranges {
    size: u32,
}

/// Which ranges of so many ids have a book: 0 is the first.
pub(super) async fn id_ranges(
    _: Insider,
    shop: Data<Shop>,
    asked: input::Query<Ranges>,
) -> Result<Json<Vec<u32>>, Refusal> {
    let size = asked.0.size;
    if size < NARROWEST {
        return Err(Refusal(Problem::invalid("size", format!("a range is of at least {NARROWEST} ids"))));
    }
    let ranges = shop.peers.replica.readers().read(move |books| store::ranges(books, size, MOST_RANGES)).await;
    ranges.map(Json).map_err(|error| Refusal(unreadable(&error)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Newest {
    limit: u32,
}

pub(super) async fn newest(
    _: Insider,
    shop: Data<Shop>,
    newest: input::Query<Newest>,
) -> Result<HttpResponse, Refusal> {
    let limit = newest.0.limit.min(MOST);
    states(shop.peers.replica.readers().read(move |books| store::newest(books, limit)).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Find {
    q: String,
    after: Option<ItemId>,
    limit: u32,
}

pub(super) async fn find(_: Insider, shop: Data<Shop>, find: input::Query<Find>) -> Result<HttpResponse, Refusal> {
    let Find { q, after, limit } = find.into_inner();
    states(shop.peers.replica.readers().read(move |books| store::find(books, &q, after, limit.min(MOST))).await)
}

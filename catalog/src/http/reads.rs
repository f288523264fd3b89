//! Reads by the frontends. Book states are kept as JSON and passed on as they are.

use super::{Shop, unreadable};
use crate::store;
use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
use actix_web::web::{Data, Json, Path};
use serde::Deserialize;
use serve::{Insider, Refusal, input};
use std::collections::BTreeSet;
use wire::ItemId;
use wire::item::TopicCount;

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

/// How many units of a book this replica may sell without asking anybody.
pub(super) async fn units(_: Insider, shop: Data<Shop>, item: Path<ItemId>) -> Result<Json<u64>, Refusal> {
    let (item, me) = (item.into_inner(), shop.peers.replica.published().me);
    let Some(me) = me else { return Ok(Json(0)) };
    let look = move |books: &rusqlite::Connection| store::units_of(books, &BTreeSet::from([item]), me);
    let units = shop.peers.replica.readers().read(look).await.map_err(|error| Refusal(unreadable(&error)))?;
    Ok(Json(units.get(&item).copied().unwrap_or(0)))
}

pub(super) async fn topics(_: Insider, shop: Data<Shop>) -> Result<Json<Vec<TopicCount>>, Refusal> {
    let topics = shop.peers.replica.readers().read(store::topics).await;
    topics.map(Json).map_err(|error| Refusal(unreadable(&error)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Books {
    topic: Option<String>,
    after: Option<ItemId>,
    limit: Option<u32>,
}

/// Books of one topic, or of all of them.
pub(super) async fn books(_: Insider, shop: Data<Shop>, asked: input::Query<Books>) -> Result<HttpResponse, Refusal> {
    let Books { topic, after, limit } = asked.into_inner();
    states(shop.peers.replica.readers().read(move |all| store::of_topic(all, topic.as_deref(), after, limit)).await)
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

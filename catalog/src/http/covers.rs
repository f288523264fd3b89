//! Covers that books have of their own: taking them, taking them away, and handing them on.

use super::imports::By;
use super::{Shop, unreadable};
use crate::covers::{NotACover, examined};
use crate::store;
use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data, Json, Path};
use journal::Hash;
use serve::{Insider, Operator, Refusal, input};
use stock::command::{Command, Image, Reply};
use wire::cover::Media;
use wire::{Cause, Cover, ItemId, Problem, Way};

/// `PUT /internal/items/{id}/cover`: these bytes are the book's cover from now on. Sent again, they change nothing.
pub(super) async fn put(
    _: Operator,
    shop: Data<Shop>,
    item: Path<String>,
    by: input::Query<By>,
    body: Bytes,
) -> Result<Json<Cover>, Refusal> {
    let item = parse(&item)?;
    let image = examined(body.into()).map_err(|why| {
        let status = if why == NotACover::TooLarge { 413 } else { 422 };
        let detail = format!("This can't be a cover: {why}.");
        Refusal(Problem { status, ..Problem::invalid("cover", detail) })
    })?;
    let cover = image.cover;
    change(&shop, item, Some(image), by.0).await?;
    Ok(Json(cover))
}

/// `DELETE /internal/items/{id}/cover`: the book has the cover that is drawn for it.
pub(super) async fn delete(
    _: Operator,
    shop: Data<Shop>,
    item: Path<String>,
    by: input::Query<By>,
) -> Result<Json<()>, Refusal> {
    change(&shop, parse(&item)?, None, by.0).await.map(Json)
}

/// `GET /internal/covers/{hash}`: the bytes, where they are here.
pub(super) async fn show(_: Insider, shop: Data<Shop>, hash: Path<String>) -> Result<HttpResponse, Refusal> {
    let none = || Refusal(Problem::definite(404, "no-such-cover", "this replica has no cover of this hash"));
    let hash: Hash = hash.parse().map_err(|_| none())?;
    let bytes = shop.peers.replica.readers().read(move |data| store::cover(data, hash)).await;
    let bytes = bytes.map_err(|error| Refusal(unreadable(&error)))?.ok_or_else(none)?;
    let media = Media::of(&bytes).map_or("application/octet-stream", Media::media_type);
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, media)).body(bytes))
}

async fn change(shop: &Shop, item: ItemId, image: Option<Image>, By { by }: By) -> Result<(), Refusal> {
    let cover = Command::Cover { item, image }.caused(Cause { by, way: Way::Edit });
    let changed = shop.peers.replica.ask(cover).await.map(Reply::adjusted);
    let changed = changed.map_err(|error| Refusal(error.problem()))?;
    changed.map_err(|_| Refusal(wire::shortfall::no_such_item(item)))
}

fn parse(item: &str) -> Result<ItemId, Refusal> {
    item.parse().map_err(|error: wire::NotValid| Refusal(Problem::invalid("id", error.to_string())))
}

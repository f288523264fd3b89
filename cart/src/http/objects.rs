//! Objects: one for a person who looks or writes, many for gateways and the other replicas.

use super::{Tier, unreadable};
use crate::store;
use actix_web::web::{Bytes, Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use crdt::{Context, Object};
use serde::Deserialize;
use serve::params::Params;
use serve::{Insider, Operator, Refusal, clock, input};
use wire::Problem;
use wire::cart::{Key, MOST_KEYS, MOST_LISTED, Merge, Merged, Places, Put, Shown, Written};

fn key((kind, name): &(String, String)) -> Result<Key, Problem> {
    Key::of(kind, name).map_err(|error| Problem::invalid("key", format!("key is wrong: {error}.")))
}

/// `GET /objects/{kind}/{name}`: what this replica has of it.
pub(super) async fn get(
    _: Operator,
    tier: Data<Tier>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Refusal> {
    Params::read(&request, &Bytes::new())?.only(&[])?;
    let key = key(&path)?;
    let found = tier.objects.readers().read(move |objects| store::load(objects, &key)).await;
    let found = found.map_err(|error| unreadable(&error))?;
    let context = found.as_ref().map_or_else(Context::default, Object::context);
    Ok(HttpResponse::Ok().json(Shown { object: found.as_ref().map(Object::content), context }))
}

/// `PUT /objects/{kind}/{name}`: puts an object in the place of what its writer had seen. It is stored here, and the other
/// replicas of the key are sent it at once: `acks` is 1.
pub(super) async fn put(
    _: Operator,
    tier: Data<Tier>,
    path: Path<(String, String)>,
    put: input::Json<Put>,
) -> Result<Json<Written>, Refusal> {
    let (key, Put { context, object }) = (key(&path)?, put.into_inner());
    let put = tier.objects.put(key.clone(), context, object, clock::now_ms()).await;
    let context = put.map_err(|error| error.problem())?.map_err(refused)?;
    let mut owed = tier.objects.owed();
    for holder in tier.places.holders(Places::bucket_of(&key)).iter().filter(|holder| *holder != tier.me.as_str()) {
        owed.note(holder.clone(), key.clone());
    }
    drop(owed);
    Ok(Json(Written { context, acks: 1 }))
}

fn refused(why: String) -> Problem {
    let field = why.split(':').next().unwrap_or("object").to_owned();
    Problem::invalid(&field, why)
}

fn few<T>(many: &[T]) -> Result<(), Problem> {
    if many.len() <= MOST_KEYS {
        return Ok(());
    }
    Err(Problem::invalid("keys", format!("at most {MOST_KEYS} objects at once, not {}", many.len())))
}

/// The objects of these keys, in their order.
pub(super) async fn read(
    _: Insider,
    tier: Data<Tier>,
    keys: input::Json<Vec<Key>>,
) -> Result<Json<Vec<Option<Object>>>, Refusal> {
    let keys = keys.into_inner();
    few(&keys)?;
    let found = tier.objects.readers().read(move |objects| store::load_all(objects, &keys)).await;
    Ok(Json(found.map_err(|error| unreadable(&error))?))
}

/// Joins these states with what is here; the outcomes in their order.
pub(super) async fn merge(
    _: Insider,
    tier: Data<Tier>,
    merges: input::Json<Vec<Merge>>,
) -> Result<Json<Vec<Merged>>, Refusal> {
    let merges = merges.into_inner();
    few(&merges)?;
    Ok(Json(tier.objects.merge(merges).await.map_err(|error| error.problem())?))
}

/// Where a list of keys goes on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    #[serde(default)]
    after: String,
}

/// Carts that show a book of this category, by key, those after `after`.
pub(super) async fn of_category(
    _: Insider,
    tier: Data<Tier>,
    category: Path<String>,
    page: input::Query<After>,
) -> Result<Json<Vec<Key>>, Refusal> {
    let (category, After { after }) = (category.into_inner(), page.into_inner());
    let look = move |objects: &rusqlite::Connection| store::of_category(objects, &category, &after, MOST_LISTED);
    Ok(Json(tier.objects.readers().read(look).await.map_err(|error| unreadable(&error))?))
}

/// Objects of this kind, by key, those after `after`.
pub(super) async fn of_kind(
    _: Insider,
    tier: Data<Tier>,
    kind: Path<String>,
    page: input::Query<After>,
) -> Result<Json<Vec<Key>>, Refusal> {
    let (kind, After { after }) = (kind.into_inner(), page.into_inner());
    let look = move |objects: &rusqlite::Connection| store::of_kind(objects, &kind, &after, MOST_LISTED);
    Ok(Json(tier.objects.readers().read(look).await.map_err(|error| unreadable(&error))?))
}

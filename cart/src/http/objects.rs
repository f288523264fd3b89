//! Objects: one for a person who looks or writes, many for gateways and the other replicas.

use super::{Tier, unreadable};
use crate::standing::Standing;
use crate::store;
use actix_web::web::{Bytes, Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use crdt::{Context, Object};
use serde::Deserialize;
use serve::params::Params;
use serve::{Insider, Operator, Refusal, clock, input};
use wire::Problem;
use wire::cart::{Ask, Forget, Had, Key, Listed, MOST_KEYS, MOST_LISTED, Merge, Merged, Places, Put, Shown, Written};

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
    let found = found.map_err(|error| unreadable(&error))?.map(|(object, _)| object);
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
    tier.standing()?;
    let put = tier.objects.put(key, context, object, clock::now_ms()).await;
    let context = put.map_err(|error| error.problem())?.map_err(Problem::named)?;
    Ok(Json(Written { context, acks: 1 }))
}

fn few<T>(many: &[T]) -> Result<(), Problem> {
    if many.len() <= MOST_KEYS {
        return Ok(());
    }
    Err(Problem::invalid("keys", format!("at most {MOST_KEYS} objects at once, not {}", many.len())))
}

/// What is here of these objects, in their order.
pub(super) async fn read(_: Insider, tier: Data<Tier>, asks: input::Json<Vec<Ask>>) -> Result<Json<Vec<Had>>, Refusal> {
    let asks = asks.into_inner();
    few(&asks)?;
    let standing = tier.standing()?;
    let me = tier.me.name.clone();
    let look = move |objects: &rusqlite::Connection| {
        asks.iter().map(|ask| had(objects, &standing, me.as_str(), ask)).collect::<rusqlite::Result<_>>()
    };
    Ok(Json(tier.objects.readers().read(look).await.map_err(|error| unreadable(&error))?))
}

fn had(objects: &rusqlite::Connection, standing: &Standing, me: &str, ask: &Ask) -> rusqlite::Result<Had> {
    if ask.epoch.is_some_and(|epoch| epoch < standing.epoch()) {
        return Ok(Had::Behind(Box::new(standing.layouts().clone())));
    }
    let counts = standing.counts(Places::bucket_of(&ask.key), me);
    Ok(Had::Copy { object: store::load(objects, &ask.key)?.map(|(object, _)| object), counts })
}

/// Joins these states with what is here; the outcomes in their order.
pub(super) async fn merge(
    _: Insider,
    tier: Data<Tier>,
    merges: input::Json<Vec<Merge>>,
) -> Result<Json<Vec<Merged>>, Refusal> {
    let merges = merges.into_inner();
    few(&merges)?;
    tier.standing()?;
    Ok(Json(tier.objects.merge(merges).await.map_err(|error| error.problem())?))
}

/// Forgets objects that are still in these states: every replica has agreed to that.
pub(super) async fn forget(
    _: Insider,
    tier: Data<Tier>,
    forgotten: input::Json<Vec<Forget>>,
) -> Result<Json<()>, Refusal> {
    let forgotten = forgotten.into_inner();
    few(&forgotten)?;
    tier.objects.forget(forgotten, None).await.map_err(|error| error.problem())?;
    Ok(Json(()))
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
) -> Result<Json<Listed>, Refusal> {
    let (category, After { after }) = (category.into_inner(), page.into_inner());
    listed(&tier, move |objects| store::of_category(objects, &category, &after, MOST_LISTED)).await
}

/// Objects of this kind, by key, those after `after`.
pub(super) async fn of_kind(
    _: Insider,
    tier: Data<Tier>,
    kind: Path<String>,
    page: input::Query<After>,
) -> Result<Json<Listed>, Refusal> {
    let (kind, After { after }) = (kind.into_inner(), page.into_inner());
    listed(&tier, move |objects| store::of_kind(objects, &kind, &after, MOST_LISTED)).await
}

async fn listed(
    tier: &Tier,
    look: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<Vec<Key>> + Send + 'static,
) -> Result<Json<Listed>, Refusal> {
    // Before the look: what is lacking now may be there then, and not the other way round.
    let standing = tier.standing()?;
    let keys = tier.objects.readers().read(look).await.map_err(|error| unreadable(&error))?;
    Ok(Json(Listed { keys, whole: standing.is_whole_now(), layouts: standing.layouts().clone() }))
}

//! `/api/v1/lists`: lists that whoever knows their id may read and write.

use crate::headers::NOT_KEPT;
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serve::{Refusal, input};
use uuid::Uuid;
use wire::Problem;
use wire::v1::{ListPut, ListSync};

/// Makes an empty list.
pub(super) async fn make(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    visitor::newcomer(&request, &shop).map_err(Problem::from)?;
    let made = shop.lists.make(Uuid::new_v4()).await.map_err(Problem::from)?;
    let mut answer = HttpResponse::Created();
    answer.insert_header(NOT_KEPT).insert_header((LOCATION, format!("/api/v1/lists/{}", made.id)));
    Ok(answer.json(made))
}

/// What is on a list.
pub(super) async fn show(shop: Data<Shop>, id: Path<String>) -> Result<HttpResponse, Refusal> {
    let list = shop.lists.show(uuid(&id)?).await.map_err(Problem::from)?;
    Ok(HttpResponse::Ok().insert_header(NOT_KEPT).json(list))
}

/// Writes a list.
pub(super) async fn put(
    shop: Data<Shop>,
    id: Path<String>,
    put: input::Json<ListPut>,
) -> Result<HttpResponse, Refusal> {
    let written = shop.lists.put(uuid(&id)?, &put.into_inner()).await.map_err(Problem::from)?;
    Ok(HttpResponse::Ok().insert_header(NOT_KEPT).json(written))
}

/// Takes what a browser did to its own copy of a list, and answers what it lacks.
pub(super) async fn sync(
    shop: Data<Shop>,
    id: Path<String>,
    asked: input::Json<ListSync>,
) -> Result<HttpResponse, Refusal> {
    let synced = shop.lists.sync(uuid(&id)?, &asked.into_inner()).await.map_err(Problem::from)?;
    Ok(HttpResponse::Ok().insert_header(NOT_KEPT).json(synced))
}

/// Only the hyphenated form: a list has one address.
fn uuid(text: &str) -> Result<Uuid, Problem> {
    let id = text.parse().ok().filter(|id: &Uuid| id.to_string() == text.to_ascii_lowercase());
    id.ok_or_else(|| Problem::invalid("id", "id is wrong: a list's id is a UUID."))
}

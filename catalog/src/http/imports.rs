//! Imports: batches of books that were read and checked, wherever that was; and the files that the desk sends.

use super::Shop;
use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Json, Path};
use serde::Deserialize;
use serve::{Insider, Operator, Refusal, clock, input};
use stock::command::{Command, NewBook, Reply, Shelved};
use uuid::Uuid;
use wire::import::{BadRow, Status, Wanted};
use wire::{Cause, OperatorName, Problem, Way};

/// Who wants it, where a body has no room for that.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct By {
    #[serde(default)]
    pub(super) by: OperatorName,
}

/// Puts a batch on the shelf. Known books whose number of units is another one come back as `recount`: they are for
/// stock-take, one by one, since that has to ask everyone.
pub(super) async fn import(
    _: Operator,
    shop: Data<Shop>,
    by: input::Query<By>,
    books: input::Json<Vec<NewBook>>,
) -> Result<Json<Shelved>, Refusal> {
    for (index, book) in books.0.iter().enumerate() {
        book.check().map_err(|(field, why)| Refusal(Problem::invalid(&format!("[{index}].{field}"), why)))?;
    }
    if let Some(book) = books.0.iter().find(|book| shop.peers.home_of(book.id).name != shop.peers.me.name) {
        // Brought in at two places, the units of a new book would be there twice.
        let home = shop.peers.home_of(book.id).name;
        return Err(Refusal(Problem::definite(
            409,
            "not-home",
            format!("item {} is brought in at {home}, its home", book.id),
        )));
    }
    let shelved = Command::Shelve(books.into_inner()).caused(Cause { by: by.0.by, way: Way::Import });
    let shelved = shop.peers.replica.ask(shelved).await.map(Reply::shelved);
    shelved.map(Json).map_err(|error| Refusal(error.problem()))
}

/// Takes on a file of the desk.
pub(super) async fn open(_: Insider, shop: Data<Shop>, wanted: input::Json<Wanted>) -> Result<Json<Uuid>, Refusal> {
    shop.imports.open(wanted.0, clock::now_ms()).map(Json).map_err(Refusal)
}

/// The files of the desk that are remembered here.
pub(super) async fn all(_: Insider, shop: Data<Shop>) -> Json<Vec<Status>> {
    Json(shop.imports.all())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct From {
    from: u64,
}

/// A part of a file.
pub(super) async fn take(
    _: Insider,
    shop: Data<Shop>,
    id: Path<String>,
    from: input::Query<From>,
    part: Bytes,
) -> Result<HttpResponse, Refusal> {
    shop.imports.take(named(&id)?, from.0.from, part.to_vec()).await.map_err(Refusal)?;
    Ok(HttpResponse::NoContent().finish())
}

/// The file is whole.
pub(super) async fn begin(_: Insider, shop: Data<Shop>, id: Path<String>) -> Result<HttpResponse, Refusal> {
    shop.imports.begin(named(&id)?).map_err(Refusal)?;
    Ok(HttpResponse::NoContent().finish())
}

/// It is not wanted any more.
pub(super) async fn cancel(_: Insider, shop: Data<Shop>, id: Path<String>) -> Result<HttpResponse, Refusal> {
    shop.imports.cancel(named(&id)?).map_err(Refusal)?;
    Ok(HttpResponse::NoContent().finish())
}

/// How far it is.
pub(super) async fn status(_: Insider, shop: Data<Shop>, id: Path<String>) -> Result<Json<Status>, Refusal> {
    shop.imports.status(named(&id)?).map(Json).map_err(Refusal)
}

/// What is wrong with it.
pub(super) async fn bad_rows(_: Insider, shop: Data<Shop>, id: Path<String>) -> Result<Json<Vec<BadRow>>, Refusal> {
    shop.imports.bad_rows(named(&id)?).map(Json).map_err(Refusal)
}

fn named(id: &str) -> Result<Uuid, Refusal> {
    Uuid::try_parse(id).map_err(|_| Refusal(Problem::definite(404, "no-such-import", "There is no such import.")))
}

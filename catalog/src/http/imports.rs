//! Imports: batches of books that `catalog import` has read and checked.

use super::Shop;
use actix_web::web::{Data, Json};
use serde::Deserialize;
use serve::{Operator, Refusal, input};
use stock::command::{Command, NewBook, Reply, Shelved};
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

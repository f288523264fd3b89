//! Imports: batches of books that `catalog import` has read and checked.

use super::Shop;
use crate::command::{Command, NewBook, Reply, Shelved};
use actix_web::web::{Data, Json};
use serve::{Operator, Refusal, input};

/// Puts a batch on the shelf. Known books whose number of units is another one come back as `recount`: they are for
/// stock-take, one by one, since that has to ask everyone.
pub(super) async fn import(
    _: Operator,
    shop: Data<Shop>,
    books: input::Json<Vec<NewBook>>,
) -> Result<Json<Shelved>, Refusal> {
    let shelved = shop.peers.replica.ask(Command::Shelve(books.into_inner())).await.map(Reply::shelved);
    shelved.map(Json).map_err(|error| Refusal(error.problem()))
}

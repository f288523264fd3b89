//! `/api/v1/books`: all books, or those of a topic and of what is below it, a part at a time; and one of them.

use crate::cursor::Cursor;
use crate::shop::Shop;
use crate::visitor;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serve::Refusal;
use serve::params::Params;
use wire::v1::{Book, Books};
use wire::{ItemId, Problem};

/// Books in one part when no limit is given.
const USUAL: usize = 100;

/// In the order of ids; `topic` chooses, `limit` and `cursor` page.
pub(super) async fn list(shop: Data<Shop>, request: HttpRequest, body: Bytes) -> Result<HttpResponse, Refusal> {
    let params = Params::read(&request, &body)?;
    params.only(&["topic", "limit", "cursor"])?;
    let (limit, after) = (params.limit()?.unwrap_or(USUAL), params.parsed("cursor")?.map(|Cursor(id)| id));
    let seen = visitor::seen(&request, &shop.signer);
    let found = shop.browse.books_below(params.text("topic")?, after, limit, &seen).await.map_err(Problem::from)?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((crate::headers::SERVED_BY, shop.served_by.of(found.hit)));
    visitor::mark_stale(&mut answer, found.stale);
    Ok(answer.json(Books {
        books: found.value.books.iter().map(|book| Book::from(book.state())).collect(),
        next: found.value.next.map(|last| Cursor(last).to_string()),
    }))
}

/// One book, with all that is known of it.
pub(super) async fn show(shop: Data<Shop>, id: Path<String>, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let id: ItemId = id.parse().map_err(|why| Problem::invalid("id", format!("id is wrong: {why}.")))?;
    let seen = visitor::seen(&request, &shop.signer);
    let found = shop.browse.book(id, &seen).await.map_err(Problem::from)?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((crate::headers::SERVED_BY, shop.served_by.of(found.hit)));
    visitor::mark_stale(&mut answer, found.stale);
    Ok(answer.json(Book::from(found.value.state())))
}

//! `GET /api/v1/books`: all books, or those of a topic, a part at a time.

use crate::cursor::Cursor;
use crate::shop::Shop;
use crate::visitor;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serve::Refusal;
use serve::params::Params;
use wire::Problem;
use wire::v1::{Book, Books};

/// Books in one part when no limit is given.
const USUAL: usize = 100;

/// In the order of ids; `topic` chooses, `limit` and `cursor` page.
pub(super) async fn list(shop: Data<Shop>, request: HttpRequest, body: Bytes) -> Result<HttpResponse, Refusal> {
    let params = Params::read(&request, &body)?;
    params.only(&["topic", "limit", "cursor"])?;
    let (limit, after) = (params.limit()?.unwrap_or(USUAL), params.parsed("cursor")?.map(|Cursor(id)| id));
    let seen = visitor::seen(&request, &shop.signer);
    let found = shop.browse.books(params.text("topic")?, after, limit, &seen).await.map_err(Problem::from)?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((crate::headers::SERVED_BY, shop.served_by.of(found.hit)));
    visitor::mark_stale(&mut answer, found.stale);
    Ok(answer.json(Books {
        books: found.value.books.iter().map(|book| Book::from(book.state())).collect(),
        next: found.value.next.map(|last| Cursor(last).to_string()),
    }))
}

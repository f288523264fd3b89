//! `/api/v1/books`: all books, those of a topic and of what is below it, or those that a search finds, a part at a time;
//! one of them; and what somebody may be typing.

use crate::cursor::Cursor;
use crate::shop::Shop;
use crate::visitor;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serve::Refusal;
use serve::params::Params;
use wire::search::Wanted;
use wire::v1::{Book, Books, Suggestions};
use wire::{ItemId, Problem};

/// Books in one part when no limit is given.
const USUAL: usize = 100;
/// What makes a list a search: it is sorted and counted by the index.
const SEARCHED_BY: [&str; 6] = ["q", "language", "min_price", "max_price", "available", "sort"];

/// Without a search, in the order of ids. `topic` chooses, `limit` and `cursor` page, the others search.
pub(super) async fn list(shop: Data<Shop>, request: HttpRequest, body: Bytes) -> Result<HttpResponse, Refusal> {
    let params = Params::read(&request, &body)?;
    params.only(&[&SEARCHED_BY[..], &["topic", "limit", "cursor"]].concat())?;
    if SEARCHED_BY.iter().any(|name| params.has(name)) {
        return search(&shop, &request, &params).await;
    }
    let (limit, after) = (params.limit()?.unwrap_or(USUAL), params.parsed("cursor")?.map(|Cursor(id)| id));
    let seen = visitor::seen(&request, &shop.signer);
    let found = shop.browse.books_below(params.text("topic")?, after, limit, &seen).await.map_err(Problem::from)?;
    let books = found.value.books.iter().map(|book| Book::from(book.state())).collect();
    let next = found.value.next.map(|last| Cursor(last).to_string());
    Ok(answered(&shop, found.hit, found.stale, &Books { books, next, ..Books::default() }))
}

async fn search(shop: &Shop, request: &HttpRequest, params: &Params) -> Result<HttpResponse, Refusal> {
    let text = |name| params.text(name).map(|text| text.map(str::to_owned));
    let wanted = Wanted {
        q: text("q")?.unwrap_or_default(),
        topic: text("topic")?,
        language: text("language")?,
        min_price: params.parsed("min_price")?,
        max_price: params.parsed("max_price")?,
        available: params.parsed("available")?,
        sort: text("sort")?,
        limit: params.limit()?.unwrap_or(USUAL),
        cursor: text("cursor")?,
    };
    let found = shop.browse.search(wanted, &visitor::seen(request, &shop.signer)).await?;
    let results = found.value;
    let body = Books {
        books: results.books.iter().map(|book| Book::from(book.state())).collect(),
        next: results.next,
        total: Some(results.total),
        facets: Some(results.facets),
        did_you_mean: results.meant,
    };
    Ok(answered(shop, found.hit, found.stale, &body))
}

fn answered(shop: &Shop, hit: bool, stale: bool, body: &Books) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((crate::headers::SERVED_BY, shop.served_by.of(hit)));
    visitor::mark_stale(&mut answer, stale);
    answer.json(body)
}

/// `GET /api/v1/suggestions?q=`: the titles that begin a search's answer, for a list under the box.
pub(super) async fn suggest(shop: Data<Shop>, request: HttpRequest, body: Bytes) -> Result<HttpResponse, Refusal> {
    let params = Params::read(&request, &body)?;
    params.only(&["q"])?;
    let typed = params.text("q")?.ok_or_else(|| Problem::missing("q", "Give q: what was typed."))?;
    let suggestions = shop.browse.suggestions(typed).await?;
    Ok(HttpResponse::Ok().json(Suggestions { suggestions }))
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

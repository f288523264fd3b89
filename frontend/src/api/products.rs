//! The classic products: `/productslist` and `/product`.

use super::carts::{asked, needed, private};
use crate::cache::{Book, News};
use crate::catalogs::stocking::NewBook;
use crate::cursor::Cursor;
use crate::session::Seen;
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::StatusCode;
use actix_web::http::header::LINK;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serve::params::{MOST_LIMIT, Params, idempotency_key};
use serve::{ClassicRefusal, Operator};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Instant;
use wire::classic::carts::{Product, Products, Stocked};
use wire::{ItemId, ItemState, Money, OperatorName, Problem};

/// The most units that are brought in at once.
const MOST_UNITS: i64 = 1_000_000;

/// A number of units that are brought in.
struct Units(i64);

impl FromStr for Units {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(units @ 1..=MOST_UNITS) => Ok(Self(units)),
            _ => Err("a quantity to be added is a whole number from 1 to 1000000"),
        }
    }
}

fn found(status: StatusCode, state: &ItemState) -> HttpResponse {
    let product = Stocked { name: state.title.value.clone(), quantity: state.count(), version: state.versions() };
    private(status, &Product::found(status.as_u16(), product))
}

/// The titles, by the numbers of the books. Where they are more than one part, the next one is in the `Link` header.
pub(super) async fn list(shop: Data<Shop>, request: HttpRequest, body: Bytes) -> Result<HttpResponse, ClassicRefusal> {
    let params = asked(&request, &body, &["limit", "cursor"])?;
    let (limit, after) = (params.limit()?.unwrap_or(MOST_LIMIT), params.parsed("cursor")?.map(|Cursor(id)| id));
    let part = shop.browse.books(None, after, limit, &visitor::seen(&request, &shop.signer)).await;
    let part = part.map_err(Problem::from)?;
    let titles = part.value.books.iter().map(|book| book.state().title.value.clone()).collect();
    let mut answer = HttpResponse::Ok();
    visitor::mark_stale(&mut answer, part.stale);
    if let Some(last) = part.value.next {
        let cursor = Cursor(last);
        answer.insert_header((LINK, format!("</productslist?limit={limit}&cursor={cursor}>; rel=\"next\"")));
    }
    Ok(answer.json(Products::found(titles)))
}

/// One book, by its title.
pub(super) async fn show(shop: Data<Shop>, request: HttpRequest, body: Bytes) -> Result<HttpResponse, ClassicRefusal> {
    let params = asked(&request, &body, &["name"])?;
    let seen = visitor::seen(&request, &shop.signer);
    let book = shop.carts.titled(needed(&params, "name")?, &seen).await.map_err(Problem::from)?;
    Ok(found(StatusCode::OK, book.state()))
}

/// Adds units of a book. One that the shop does not have needs a number, a price and a category.
pub(super) async fn add(
    _: Operator,
    shop: Data<Shop>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, ClassicRefusal> {
    let params = asked(&request, &body, &["name", "quantity", "id", "price", "category"])?;
    let title = needed(&params, "name")?;
    let Units(units) = given(&params, "quantity")?;
    let key = idempotency_key(&request)?;
    let there = shop.browse.titled(title, &Seen::default()).await.map_err(Problem::from)?;
    let asked_at = Instant::now();
    let state = match there {
        Some(book) => {
            shop.browse.catalogs().add_units(book.id(), units, key.as_ref(), &OperatorName::default()).await?
        }
        None => shelved(&shop, &params, title, units).await?,
    };
    let answer = found(StatusCode::CREATED, &state);
    // So that nobody who asks this frontend next sees the count from before.
    shop.browse.cache().absorb(News { state, asked_at: Some(asked_at) });
    Ok(answer)
}

async fn shelved(shop: &Shop, params: &Params, title: &str, units: i64) -> Result<ItemState, Problem> {
    let id: ItemId = given(params, "id")?;
    let price: Money = given(params, "price")?;
    let topic = params.text("category")?.ok_or_else(|| missing("category"))?.to_owned();
    if let Ok(there) = shop.browse.book(id, &Seen::default()).await {
        let there: Arc<Book> = there.value;
        let why = format!("Item {id} is another book: {}.", there.state().title.value);
        return Err(Problem::definite(409, "other-book", why).at("id"));
    }
    let book = NewBook { id, title: title.to_owned(), topic, price, units: units.unsigned_abs() };
    shop.browse.catalogs().shelve(&book).await
}

fn missing(name: &str) -> Problem {
    Problem::missing(
        name,
        format!("{name} is missing: a book that the shop does not have needs id, price and category."),
    )
}

fn given<T: FromStr<Err: std::fmt::Display>>(params: &Params, name: &str) -> Result<T, Problem> {
    params.parsed(name)?.ok_or_else(|| missing(name))
}

//! `GET /lookup`: one book. The most asked question of the shop, so a hit does no more than it must.

use super::ready;
use crate::shop::Shop;
use crate::visitor;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serve::ClassicRefusal;
use serve::params::Params;
use wire::{ItemId, Problem};

/// One book by its number.
pub(super) async fn lookup(
    shop: Data<Shop>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, ClassicRefusal> {
    let id = match plain_id(request.query_string()) {
        Some(id) if body.is_empty() => id,
        _ => Params::read(&request, &body)?.required_id()?,
    };
    answer(&shop, &request, id).await
}

/// The answer to a question for one book, wherever it was asked.
pub(super) async fn answer(shop: &Shop, request: &HttpRequest, id: ItemId) -> Result<HttpResponse, ClassicRefusal> {
    let seen = visitor::seen(request, &shop.signer);
    let found = shop.browse.book(id, &seen).await.map_err(Problem::from)?;
    Ok(ready(shop, found.map(|book| book.lookup())))
}

/// What nearly everybody sends, `id=3`, read without making a table of parameters first.
fn plain_id(query: &str) -> Option<ItemId> {
    let digits = query.strip_prefix("id=")?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

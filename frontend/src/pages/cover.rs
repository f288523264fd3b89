//! `/covers/{id}.svg?v=…`: the drawn cover of a book.

use super::failure::PageRefusal;
use crate::cover;
use crate::session::Seen;
use crate::shop::Shop;
use crate::static_files::{A_MINUTE, FOR_EVER};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use wire::{ItemId, Problem};

/// Draws the cover; with the right `v` it may be kept for ever, because another drawing has another address.
pub(super) async fn cover(
    shop: Data<Shop>,
    file: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let id: Option<ItemId> = file.strip_suffix(".svg").and_then(|id| id.parse().ok());
    let id = id.ok_or_else(|| Problem::definite(404, "no-such-cover", "There is no such cover."))?;
    // Nothing a session can have seen is on a cover.
    let found = shop.browse.book(id, &Seen::default()).await.map_err(Problem::from)?;
    let state = found.value.state();
    let is_current = request.query_string().strip_prefix("v=") == Some(cover::version(state).as_str());
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "image/svg+xml"))
        .insert_header((CACHE_CONTROL, if is_current { FOR_EVER } else { A_MINUTE }))
        .body(cover::draw(state)))
}

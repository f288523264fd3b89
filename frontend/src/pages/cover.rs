//! `/covers/{id}.svg?v=…`: the drawn cover of a book; `/covers/{hash}.png?of={id}`: the one that it has of its own.

use super::failure::PageRefusal;
use crate::cover;
use crate::session::Seen;
use crate::shop::Shop;
use crate::static_files::{A_MINUTE, FOR_EVER};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use journal::Hash;
use wire::cover::Media;
use wire::{ItemId, ItemState, Problem};

const SVG: &str = "image/svg+xml";

/// A file of that directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum File {
    Drawn(ItemId),
    Own(Hash, Media),
}

impl File {
    fn read(name: &str) -> Option<Self> {
        let (stem, kind) = name.split_once('.')?;
        let media = [Media::Png, Media::Jpeg, Media::Webp].into_iter().find(|media| media.extension() == kind);
        match media {
            Some(media) => Some(Self::Own(stem.parse().ok()?, media)),
            None if kind == "svg" => stem.parse().ok().map(Self::Drawn),
            None => None,
        }
    }
}

pub(super) async fn cover(
    shop: Data<Shop>,
    file: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let none = || Problem::definite(404, "no-such-cover", "There is no such cover.");
    match File::read(&file).ok_or_else(none)? {
        File::Drawn(id) => {
            let state = known(&shop, id).await?;
            let is_current = request.query_string().strip_prefix("v=") == Some(cover::version(&state).as_str());
            // With the right `v` it may be kept for ever, because another drawing has another address.
            Ok(picture(SVG, if is_current { FOR_EVER } else { A_MINUTE }, cover::draw(&state)))
        }
        File::Own(hash, media) => {
            // The kind is what the bytes are, never what an address calls them.
            let bytes = shop.browse.catalogs().cover(hash).await.ok().flatten();
            if let Some(bytes) = bytes.filter(|bytes| Media::of(bytes) == Some(media)) {
                return Ok(picture(media.media_type(), FOR_EVER, bytes));
            }
            // Nobody who answers has it now: the drawing stands in for it, and nobody keeps that.
            let id: Option<ItemId> = request.query_string().strip_prefix("of=").and_then(|id| id.parse().ok());
            let state = known(&shop, id.ok_or_else(none)?).await?;
            if state.cover.value.is_none_or(|cover| cover.hash != hash) {
                return Err(none().into());
            }
            Ok(picture(SVG, "no-store", cover::draw(&state)))
        }
    }
}

/// Nothing a session can have seen is on a cover.
async fn known(shop: &Shop, id: ItemId) -> Result<ItemState, Problem> {
    let found = shop.browse.book(id, &Seen::default()).await.map_err(Problem::from)?;
    Ok(found.value.state().clone())
}

fn picture(media: &'static str, keep: &'static str, body: impl Into<actix_web::web::Bytes>) -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, media)).insert_header((CACHE_CONTROL, keep)).body(body.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_that_of_a_drawing_or_of_bytes_by_their_hash() {
        let hash = wire::cover::hash_of(b"x");
        assert_eq!(File::read("7.svg"), Some(File::Drawn(ItemId(7))));
        assert_eq!(File::read(&format!("{hash}.webp")), Some(File::Own(hash, Media::Webp)));
        for wrong in ["7", "7.png", "../7.svg", &format!("{hash}.svg"), &format!("{hash}.gif"), &format!("{hash}")] {
            assert_eq!(File::read(wrong), None, "{wrong}");
        }
    }
}

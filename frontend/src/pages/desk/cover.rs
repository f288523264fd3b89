//! `/desk/books/{id}/cover`: a picture that an operator hands in as the cover of a book, or takes away again.
//!
//! Which pictures are covers is the catalogs' decision; here a form with a file in it is read, no further than it may go.

use super::books::refused;
use super::{meant, session};
use crate::cache::News;
use crate::pages::failure::PageRefusal;
use crate::pages::{number, see_other};
use crate::shop::Shop;
use actix_multipart::Multipart;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use futures::StreamExt as _;
use std::time::Instant;
use wire::{Cover, Problem};

/// The most bytes of anything else that the form sends.
const SHORT: usize = 512;

/// What the form sends.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sent {
    token: String,
    /// Whether the cover is to be taken away.
    remove: bool,
    picture: Vec<u8>,
}

pub(super) async fn change(
    shop: Data<Shop>,
    id: Path<String>,
    request: HttpRequest,
    form: Multipart,
) -> Result<HttpResponse, PageRefusal> {
    let item = number(&id)?;
    let back = |problem: Problem| PageRefusal::from(problem).with_way_back(format!("/desk/books/{item}"));
    if session(&shop, &request).is_none() {
        // Nothing is read of what a stranger sends.
        meant(&shop, &request, "")?;
    }
    let Sent { token, remove, picture } = read(form).await.map_err(back)?;
    let session = meant(&shop, &request, &token)?;
    let asked_at = Instant::now();
    let catalogs = shop.browse.catalogs();
    let changed = match (remove, picture.is_empty()) {
        (true, _) => catalogs.take_cover_away(item, session.who()).await,
        (false, false) => catalogs.set_cover(item, picture.into(), session.who()).await,
        (false, true) => Err(Problem::missing("cover", "Choose a picture first: PNG, JPEG or WebP.")),
    };
    match changed {
        Ok(state) => {
            tracing::info!(operator = session.name(), who = %session.who(), %item, remove, "the cover was changed at the desk");
            shop.browse.cache().absorb(News { state, asked_at: Some(asked_at) });
            Ok(see_other(&format!("/desk/books/{item}?done={}", if remove { "no-cover" } else { "cover" })))
        }
        Err(problem) => refused(&shop, &session, item, problem).await,
    }
}

/// Reads the form part by part; one that is larger than it may be is not read to its end.
async fn read(mut form: Multipart) -> Result<Sent, Problem> {
    let mut sent = Sent::default();
    while let Some(part) = form.next().await {
        let mut part = part.map_err(|error| unreadable(&error))?;
        let name = part.name().unwrap_or_default().to_owned();
        let most = if name == "cover" { Cover::MOST_BYTES } else { SHORT };
        let mut bytes = Vec::new();
        while let Some(piece) = part.next().await {
            let piece = piece.map_err(|error| unreadable(&error))?;
            if bytes.len() + piece.len() > most {
                let detail = format!("A cover has at most {} KiB.", Cover::MOST_BYTES >> 10);
                return Err(Problem { status: 413, ..Problem::invalid(&name, detail) });
            }
            bytes.extend_from_slice(&piece);
        }
        match name.as_str() {
            "cover" => sent.picture = bytes,
            "token" => sent.token = String::from_utf8(bytes).unwrap_or_default(),
            "remove" => sent.remove = true,
            _ => return Err(Problem::invalid("cover", "The form has a field that this page did not give it.")),
        }
    }
    Ok(sent)
}

fn unreadable(error: &actix_multipart::MultipartError) -> Problem {
    tracing::debug!(%error, "a form with a file could not be read");
    let detail = "The form could not be read: send it as multipart/form-data, with the picture as cover.";
    Problem::definite(400, "unreadable", detail)
}

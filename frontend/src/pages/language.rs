//! `/language`: the choice of a language, from the foot of every page. A cookie remembers it, and the browser goes back to
//! the page it came from.

use super::failure::PageRefusal;
use super::form::LocalPath;
use super::see_other;
use crate::language::Language;
use crate::visitor;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serve::input::Form;
use wire::{NotValid, Problem};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Chosen {
    language: String,
    /// The page that it was sent from.
    next: Option<String>,
}

/// Remembers the choice. It belongs to no session and tells nobody anything, so the form has no token; another site can't
/// make it all the same.
pub(super) async fn choose(Form(chosen): Form<Chosen>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    serve::intent::meant_it(&request)?;
    let unknown = |why: NotValid| Problem::invalid("language", format!("language: {why}."));
    let language: Language = chosen.language.parse().map_err(unknown)?;
    let next: Option<LocalPath> = chosen.next.and_then(|next| next.parse().ok());
    let next = next.or_else(|| LocalPath::sent_from(&request));
    let answer = see_other(next.as_ref().map_or("/", LocalPath::as_str));
    Ok(visitor::with_cookie(answer, &language.cookie(visitor::is_https(&request))))
}

/// Somebody reloaded an address that only takes forms.
pub(super) async fn back() -> HttpResponse {
    see_other("/")
}

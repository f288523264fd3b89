//! `GET /search`: the books of a topic, or those that words find.

use super::ready;
use crate::cache::{Book, list_body};
use crate::cursor::Cursor;
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::header::{HeaderValue, LINK};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serve::ClassicRefusal;
use serve::params::Params;
use std::borrow::Cow;
use std::fmt::Display;
use std::sync::Arc;
use wire::search::Wanted;
use wire::{ItemId, Problem};

/// The most books that words find in one answer when no limit is given; the rest is behind the link.
const MOST_FOUND: usize = 1_000;
/// A longer address than this is read with all the checks, in bytes.
const LONGEST_PLAIN: usize = 128;

/// Lists the books of a topic in the order of their ids, and those that words find with the best first. With `limit`, the address of the next part is in the `Link` header, because
/// the published body has no place for it.
pub(super) async fn search(
    shop: Data<Shop>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, ClassicRefusal> {
    if let Some(topic) = plain_topic(request.query_string()).filter(|_| body.is_empty()) {
        return by_topic(&shop, &request, &topic, None, None).await;
    }
    let params = Params::read(&request, &body)?;
    let limit = params.limit()?;
    match (params.id()?, params.text("topic")?, params.text("q")?) {
        (Some(id), None, None) => super::lookup::answer(&shop, &request, id).await,
        (None, Some(topic), None) => {
            let after = params.parsed("cursor")?.map(|Cursor(id)| id);
            by_topic(&shop, &request, topic, after, limit).await
        }
        (None, None, Some(words)) => by_words(&shop, &request, words, params.text("cursor")?, limit).await,
        (None, None, None) => {
            Err(Problem::missing("topic", "Give topic, q or id: what to search for is missing.").into())
        }
        (id, ..) => {
            let field = if id.is_some() { "id" } else { "q" };
            Err(Problem::invalid(field, "Give one of topic, q and id, not several.").into())
        }
    }
}

/// What nearly everybody sends, `topic=…` alone, read without making a table of parameters first.
fn plain_topic(query: &str) -> Option<Cow<'_, str>> {
    if !query.starts_with("topic=") || query.contains('&') || query.len() > LONGEST_PLAIN {
        return None;
    }
    let (_, topic) = form_urlencoded::parse(query.as_bytes()).next()?;
    Some(topic).filter(|topic| !topic.is_empty())
}

async fn by_topic(
    shop: &Shop,
    request: &HttpRequest,
    topic: &str,
    after: Option<ItemId>,
    limit: Option<usize>,
) -> Result<HttpResponse, ClassicRefusal> {
    let seen = visitor::seen(request, &shop.signer);
    let (None, None) = (after, limit) else {
        let limit = limit.unwrap_or(MOST_FOUND);
        let found = shop.browse.books(Some(topic), after, limit, &seen).await.map_err(Problem::from)?;
        let link = next_link("topic", topic, limit, found.value.next.map(Cursor));
        return Ok(linked(ready(shop, found.map(|part| rendered(&part.books))), link));
    };
    let found = shop.browse.topic_body(topic, &seen).await.map_err(Problem::from)?;
    Ok(ready(shop, found))
}

async fn by_words(
    shop: &Shop,
    request: &HttpRequest,
    words: &str,
    cursor: Option<&str>,
    limit: Option<usize>,
) -> Result<HttpResponse, ClassicRefusal> {
    if words.trim().is_empty() {
        return Err(Problem::invalid("q", "q is empty: give at least one word.").into());
    }
    let seen = visitor::seen(request, &shop.signer);
    let limit = limit.unwrap_or(MOST_FOUND);
    let wanted = Wanted { q: words.to_owned(), limit, cursor: cursor.map(str::to_owned), ..Wanted::default() };
    let found = shop.browse.search(wanted, &seen).await?;
    let link = next_link("q", words, limit, found.value.next.as_ref());
    Ok(linked(ready(shop, found.map(|results| rendered(&results.books))), link))
}

fn rendered(books: &[Arc<Book>]) -> Bytes {
    list_body(books.iter().map(Arc::as_ref))
}

/// RFC 8288: where the list goes on.
fn next_link(name: &str, value: &str, limit: usize, next: Option<impl Display>) -> Option<HeaderValue> {
    let cursor = next?;
    let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
    let link = format!("</search?{name}={value}&limit={limit}&cursor={cursor}>; rel=\"next\"");
    // Percent-encoded, and with a cursor of letters and digits, it is ASCII.
    HeaderValue::from_str(&link).ok()
}

fn linked(mut answer: HttpResponse, link: Option<HeaderValue>) -> HttpResponse {
    if let Some(link) = link {
        answer.headers_mut().insert(LINK, link);
    }
    answer
}

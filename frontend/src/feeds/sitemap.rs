//! `/sitemap.xml` and its parts: every page that search engines may list, by the protocol of sitemaps.org (0.9).
//!
//! A part is a range of ids, so a book stays in its part whatever comes and goes, and no part has more than the 50,000
//! addresses that the protocol allows. When a page last changed is left out: a book's stamps tell of its fields only, and
//! its stock, which is on the page too, has none. A part is written as it is sent, a piece at a time.

use crate::pages::topic_href;
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use futures::stream;
use serve::Refusal;
use std::collections::BTreeSet;
use std::convert::Infallible;
use wire::item::TopicCount;
use wire::{ItemId, Problem, topic};

/// The most addresses of one document.
const MOST: usize = 50_000;
/// Ids in one part: as many as it may have addresses.
const RANGE: u32 = 50_000;
/// Addresses that are written at once.
const PIECE: usize = 500;
/// The part that has no books.
const TOPICS: &str = "topics";

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const SCHEMA: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// Which kind of addresses a document has: of its parts, or of pages.
#[derive(Clone, Copy)]
struct Kind {
    all: &'static str,
    each: &'static str,
}

const INDEX: Kind = Kind { all: "sitemapindex", each: "sitemap" };
const PART: Kind = Kind { all: "urlset", each: "url" };

/// Which part of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Topics,
    /// The books whose ids are in this range.
    Books(u32),
}

impl Part {
    fn read(file: &str) -> Option<Self> {
        let name = file.strip_suffix(".xml")?;
        if name == TOPICS {
            return Some(Self::Topics);
        }
        let range: u32 = name.parse().ok()?;
        // One part, one address.
        (range.to_string() == name && range <= u32::MAX / RANGE).then_some(Self::Books(range))
    }
}

/// All parts that have something.
pub(super) async fn index(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let origin = origin(&request)?;
    let ranges = shop.browse.catalogs().id_ranges(RANGE).await.map_err(Problem::from)?;
    let parts = std::iter::once(TOPICS.to_owned()).chain(ranges.into_iter().map(|range| range.to_string()));
    let addresses = parts.take(MOST).map(|part| format!("/sitemaps/{part}.xml")).collect();
    Ok(answer(INDEX, &origin, addresses, |address| address))
}

/// One part.
pub(super) async fn part(shop: Data<Shop>, file: Path<String>, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let none = || Problem::definite(404, "no-such-part", "The map of this shop, /sitemap.xml, has no such part.");
    let origin = origin(&request)?;
    match Part::read(&file).ok_or_else(none)? {
        Part::Topics => {
            let topics = shop.browse.topics().await.map_err(Problem::from)?.value;
            Ok(answer(PART, &origin, above_books(&topics), |address| address))
        }
        Part::Books(range) => {
            let (from, below) = (u64::from(range) * u64::from(RANGE), (u64::from(range) + 1) * u64::from(RANGE));
            let ids = shop.browse.catalogs().ids(from, below).await.map_err(Problem::from)?;
            if ids.is_empty() {
                return Err(none().into());
            }
            Ok(answer(PART, &origin, ids, |id: ItemId| format!("/books/{id}")))
        }
    }
}

/// The pages that lead to books: the first one, and those of all topics and of those above them.
fn above_books(topics: &[TopicCount]) -> Vec<String> {
    let named = topics.iter().map(|count| count.topic.as_str()).filter(|name| !name.is_empty());
    let all: BTreeSet<&str> = named.flat_map(|name| topic::above(name).chain([name])).collect();
    std::iter::once("/".to_owned()).chain(all.into_iter().map(topic_href)).take(MOST).collect()
}

/// Addresses in a map are whole ones.
fn origin(request: &HttpRequest) -> Result<String, Problem> {
    let why = "Say in the header Host where the shop is: the addresses of the map begin with it.";
    visitor::origin(request).ok_or_else(|| Problem::definite(400, "no-host", why))
}

/// The document, made while it is sent. All that stands in it is letters, digits and what addresses escape, so nothing is
/// left that XML would have to escape.
fn answer<T: 'static>(kind: Kind, origin: &str, places: Vec<T>, path: impl Fn(T) -> String + 'static) -> HttpResponse {
    let Kind { all, each } = kind;
    let (head, foot) = (format!("{DECLARATION}<{all} xmlns=\"{SCHEMA}\">\n"), format!("</{all}>\n"));
    let (begin, end) = (format!("<{each}><loc>{origin}"), format!("</loc></{each}>\n"));
    let mut places = places.into_iter();
    let pieces = std::iter::from_fn(move || {
        let piece: Vec<String> =
            places.by_ref().take(PIECE).map(|place| [&begin, &*path(place), &end].concat()).collect();
        (!piece.is_empty()).then(|| piece.concat())
    });
    let pieces = std::iter::once(head).chain(pieces).chain(std::iter::once(foot));
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/xml; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .insert_header((VARY, visitor::ORIGIN_VARIES))
        .streaming(stream::iter(pieces.map(|piece| Ok::<_, Infallible>(Bytes::from(piece)))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;

    #[test]
    fn a_part_has_one_address() {
        assert_eq!(Part::read("0.xml"), Some(Part::Books(0)));
        assert_eq!(Part::read("85899.xml"), Some(Part::Books(85_899)), "that of the highest id");
        assert_eq!(Part::read("topics.xml"), Some(Part::Topics));
        for wrong in ["", "0", ".xml", "00.xml", "+1.xml", "-1.xml", "85900.xml", "99999999999.xml", "Topics.xml"] {
            assert_eq!(Part::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn topics_above_others_have_pages_too() {
        let count = |topic: &str| TopicCount { topic: topic.into(), titles: 1 };
        let pages = above_books(&[count(""), count("a & b / <c>"), count("a & b")]);
        assert_eq!(pages, ["/", "/topics/a%20%26%20b", "/topics/a%20%26%20b%20%2F%20%3Cc%3E"]);
    }

    #[actix_web::test]
    async fn a_full_part_is_within_the_limits_of_the_protocol() {
        let host = format!("https://{}", "x".repeat(255));
        let ids = (0..RANGE).map(|n| ItemId(u32::MAX - n)).collect();
        let body = to_bytes(answer(PART, &host, ids, |id: ItemId| format!("/books/{id}")).into_body()).await;
        let body = String::from_utf8(body.expect("a body").to_vec()).expect("UTF-8");
        assert!(body.len() < 50 << 20, "{} bytes", body.len());
        assert_eq!(body.matches("<url><loc>").count(), MOST);
        assert!(body.starts_with("<?xml") && body.ends_with("</urlset>\n"));
    }
}

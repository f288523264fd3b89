//! The shop as a catalogue for reading systems (OPDS): what there is, by topic, what is new, what is found, and where it is
//! bought. One set of handlers; the address says in which version it is answered.

use super::shelf::{Feed, Place, Setting, Version, Way};
use super::{opds1, opds2};
use crate::cache::Book;
use crate::cursor::Cursor;
use crate::pages::currency_code;
use crate::session::Seen;
use crate::shop::Shop;
use crate::static_files::A_MINUTE;
use crate::topics::children;
use crate::visitor;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serve::Refusal;
use serve::input::parse_pairs;
use std::sync::Arc;
use wire::item::TopicCount;
use wire::search::Wanted;
use wire::{ItemId, Problem};

/// Books in one part.
const PAGE: usize = 50;
/// Nobody looks for more letters than this.
const LONGEST: usize = 512;

type Answer = Result<HttpResponse, Refusal>;

/// Where a part begins, and what is looked for.
#[derive(Default, Deserialize)]
struct Asked {
    cursor: Option<String>,
    /// As the template of OPDS 2.0 has it.
    query: Option<String>,
    /// As the page of the search has it.
    q: Option<String>,
}

impl Asked {
    fn read(request: &HttpRequest) -> Result<Self, Problem> {
        parse_pairs(request.query_string().as_bytes())
    }

    fn after(&self) -> Result<Option<ItemId>, Problem> {
        let after = self.cursor.as_deref().map(str::parse::<Cursor>).transpose();
        Ok(after.map_err(|why| Problem::invalid("cursor", format!("{why}.")))?.map(|cursor| cursor.0))
    }
}

/// The start: all books, new ones, and every topic at the top of the tree.
pub(super) async fn start(shop: Data<Shop>, request: HttpRequest) -> Answer {
    let topics = shop.browse.topics().await.map_err(Problem::from)?.value;
    let titles = topics.iter().map(|topic| topic.titles).sum();
    let way = |to, title: &str, titles| Way { to, title: title.into(), titles };
    let mut ways = vec![way(Place::New, "New titles", None), way(Place::All(None), "All books", Some(titles))];
    ways.extend(below(&topics, None));
    let feed = Feed { here: Place::Start, title: "Bookend".into(), ways, books: Vec::new(), total: None, next: None };
    Ok(answered(&shop, &request, &feed))
}

/// What came last.
pub(super) async fn new(shop: Data<Shop>, request: HttpRequest) -> Answer {
    let books = shop.browse.newest(PAGE, &Seen::default()).await.map_err(Problem::from)?.value;
    let feed = Feed { here: Place::New, title: "New titles".into(), ways: Vec::new(), books, total: None, next: None };
    Ok(answered(&shop, &request, &feed))
}

/// All books, by id.
pub(super) async fn all(shop: Data<Shop>, request: HttpRequest) -> Answer {
    let after = Asked::read(&request)?.after()?;
    let part = shop.browse.books(None, after, PAGE, &Seen::default()).await.map_err(Problem::from)?.value;
    let feed = Feed {
        here: Place::All(after.map(Cursor)),
        title: "All books".into(),
        ways: Vec::new(),
        books: part.books,
        total: None,
        next: part.next.map(|last| Place::All(Some(Cursor(last)))),
    };
    Ok(answered(&shop, &request, &feed))
}

/// A topic, with the topics below it.
pub(super) async fn topic(shop: Data<Shop>, topic: Path<String>, request: HttpRequest) -> Answer {
    let topic = topic.into_inner();
    let after = Asked::read(&request)?.after()?;
    let seen = Seen::default();
    let (part, topics) =
        futures::join!(shop.browse.books_below(Some(&topic), after, PAGE, &seen), shop.browse.topics());
    let part = part.map_err(Problem::from)?.value;
    if part.books.is_empty() && after.is_none() {
        return Err(Problem::definite(404, "no-such-topic", "We have no books under this topic.").into());
    }
    let next = part.next.map(|last| Place::Topic(topic.clone(), Some(Cursor(last))));
    let feed = Feed {
        title: wire::topic::name(&topic).to_owned(),
        // The books are what was asked for: without the tree, they are shown all the same.
        ways: topics.map_or_else(|_| Vec::new(), |topics| below(&topics.value, Some(&topic))),
        here: Place::Topic(topic, after.map(Cursor)),
        books: part.books,
        total: None,
        next,
    };
    Ok(answered(&shop, &request, &feed))
}

/// What is found, the best first.
pub(super) async fn find(shop: Data<Shop>, request: HttpRequest) -> Answer {
    let asked = Asked::read(&request)?;
    let words = asked.query.or(asked.q).unwrap_or_default().trim().to_owned();
    if words.is_empty() {
        return Err(Problem::missing("query", "Give query: what is looked for.").into());
    }
    if words.len() > LONGEST {
        return Err(Problem::invalid("query", "That is a very long search: try a few words of it.").into());
    }
    let wanted = Wanted { q: words.clone(), limit: PAGE, cursor: asked.cursor.clone(), ..Wanted::default() };
    let found = shop.browse.search(wanted, &Seen::default()).await?.value;
    let feed = Feed {
        title: words.clone(),
        ways: Vec::new(),
        books: found.books,
        total: Some(found.total),
        next: found.next.map(|next| Place::Find(words.clone(), Some(next))),
        here: Place::Find(words, asked.cursor),
    };
    Ok(answered(&shop, &request, &feed))
}

/// One book.
pub(super) async fn book(shop: Data<Shop>, id: Path<String>, request: HttpRequest) -> Answer {
    let none = |_| Problem::definite(404, "no-such-item", "There is no book at this address.");
    let id: ItemId = id.parse().map_err(none)?;
    let found = shop.browse.book(id, &Seen::default()).await.map_err(Problem::from)?;
    let book: &Arc<Book> = &found.value;
    let origin = visitor::origin(&request).unwrap_or_default();
    let set = Setting { origin: &origin, currency: currency_code(&shop.currency) };
    Ok(match version(&request) {
        Version::V1 => kept(opds1::ENTRY, opds1::entry(book, set)),
        Version::V2 => kept(opds2::PUBLICATION, opds2::publication(book, set, opds2::Extent::Whole).to_string()),
    })
}

/// The topics right below `topic`, or at the top of the tree.
fn below(topics: &[TopicCount], topic: Option<&str>) -> Vec<Way> {
    let way = |count: &TopicCount| Way {
        to: Place::Topic(count.topic.clone(), None),
        title: wire::topic::name(&count.topic).to_owned(),
        titles: Some(count.titles),
    };
    children(topics, topic).iter().map(way).collect()
}

fn version(request: &HttpRequest) -> Version {
    let first = request.path().split('/').nth(1).unwrap_or_default();
    if Version::V1.base().strip_prefix('/') == Some(first) { Version::V1 } else { Version::V2 }
}

fn answered(shop: &Shop, request: &HttpRequest, feed: &Feed) -> HttpResponse {
    let origin = visitor::origin(request).unwrap_or_default();
    let set = Setting { origin: &origin, currency: currency_code(&shop.currency) };
    match version(request) {
        Version::V1 => {
            let media = if feed.here == Place::Start { opds1::NAVIGATION } else { opds1::ACQUISITION };
            kept(media, opds1::feed(feed, set, serve::clock::now_ms()))
        }
        Version::V2 => kept(opds2::FEED, opds2::feed(feed, set).to_string()),
    }
}

/// Anybody may keep it for a minute.
fn kept(media: &'static str, body: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media))
        .insert_header((CACHE_CONTROL, A_MINUTE))
        .insert_header((VARY, visitor::ORIGIN_VARIES))
        .body(body)
}

//! The API under `/api/v1` and this document, described.

use super::PATH;
use super::classic::any_cursor;
use super::describe::{Described, V1, id, json_body, part, path, query, reference, whole, words};
use crate::cursor::Cursor;
use crdt::{Actor, Content, CounterMap, Line, VersionVector};
use serde_json::json;
use serve::params::MOST_LIMIT;
use utoipa::openapi::PathsBuilder;
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use wire::search::{Choice, Facets, PriceBand, Suggestion};
use wire::v1::{Book, Books, List, ListPut, ListSync, ListSynced, ListWritten, Suggestions};
use wire::{Format, ItemId};

pub(super) fn paths(paths: PathsBuilder) -> PathsBuilder {
    let paths = path(paths, "/api/v1/books", [(HttpMethod::Get, books())]);
    let paths = path(paths, "/api/v1/books/{id}", [(HttpMethod::Get, book())]);
    let paths = path(paths, "/api/v1/suggestions", [(HttpMethod::Get, suggestions())]);
    let paths = path(paths, "/api/v1/lists", [(HttpMethod::Post, make_list())]);
    let lists = [(HttpMethod::Get, show_list()), (HttpMethod::Put, put_list())];
    let paths = path(paths, "/api/v1/lists/{id}", lists);
    let paths = path(paths, "/api/v1/lists/{id}/sync", [(HttpMethod::Post, sync_list())]);
    path(paths, PATH, [(HttpMethod::Get, document())])
}

pub(super) fn novel() -> Book {
    Book {
        id: ItemId(44),
        title: "Pride and Prejudice".into(),
        authors: vec!["Jane Austen".into()],
        year: Some(1813),
        language: Some("en".into()),
        topic: Some("fiction / classics".into()),
        isbn: "9780141439518".parse().ok(),
        publisher: Some("Penguin Classics".into()),
        published: "2003-04".parse().ok(),
        format: Some(Format::Paperback),
        description: Some("Elizabeth Bennet meets Mr Darcy, and thinks little of him.".into()),
        price_cents: 1250,
        available: 15,
    }
}

/// An amount as addresses have it.
fn price() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(r"^[0-9]{1,7}(\.[0-9]{1,2})?$"))
}

fn found() -> Books {
    let choice = |value: &str| vec![Choice { value: value.into(), books: 1 }];
    let prices = vec![PriceBand { min_cents: 1_000, max_cents: Some(1_999), books: 1 }];
    let (topics, languages) = (choice("novels"), choice("en"));
    let facets = Facets { topics, languages, prices, available: 1, sold_out: 0 };
    let did_you_mean = Some("austen pride".to_owned());
    Books { books: vec![novel()], next: None, total: Some(1), facets: Some(facets), did_you_mean }
}

fn suggestions() -> Described {
    let Book { id, title, authors, .. } = novel();
    Described::new(
        V1,
        "suggestions",
        "Titles that somebody may be typing",
        "The best of what a search for `q` finds, at most eight, for a list under a search box.",
    )
    .takes([query("q", true, words(), "What has been typed so far.", "pride and pre")])
    .answers(200, "The titles.", &Suggestions { suggestions: vec![Suggestion { id, title, authors }] })
    .refuses(&SEARCH_REFUSALS)
}

const SEARCH_REFUSALS: [(u16, &str, &str); 5] = [
    (400, "missing", "Give q: what was typed."),
    (413, "too-large", "The body is larger than this address takes."),
    (415, "wrong-media-type", "Send the body as application/json or application/x-www-form-urlencoded."),
    (422, "invalid", "q is wrong: that is more than 32 words: try a few of them."),
    (503, "search-building", "the search index is not ready: 42 % of the books are in it; try again in a moment"),
];

fn books() -> Described {
    let next = Cursor(ItemId(44)).to_string();
    Described::new(
        V1,
        "books",
        "All books, those of a topic, or those that a search finds, a part at a time",
        "Without `q`, `language`, `min_price`, `max_price`, `available` and `sort`: in the order of their ids. With any of \
         them it is a search, which has `total` and `facets`. Every word of `q` has to be in a book (title, authors, topic, \
         ISBN), accents and capitals make no difference, and the last word may be unfinished; `\"…\"` means just these \
         words, and `-word` leaves books out. When no book has them, words with one typing mistake count, and \
         `did_you_mean` says which were found. `next` is the `cursor` of the next part of the same question, and `null` at \
         the end.",
    )
    .takes([
        query("q", false, words(), "What is looked for.", "austin pride"),
        query("topic", false, words(), "The topic, with all above it: `fiction / crime`.", "fiction"),
        query("language", false, words(), "The language, as an ISO 639-1 code.", "en"),
        query("min_price", false, price(), "Not cheaper than this, in the shop's currency.", "10"),
        query("max_price", false, price(), "Not dearer than this, in the shop's currency.", "19.99"),
        query("available", false, ObjectBuilder::new().schema_type(Type::Boolean), "Whether it can be had.", true),
        query(
            "sort",
            false,
            ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some(["relevance", "price", "-price", "title", "newest"])),
            "The best first, or by price upwards or downwards, by title, or by year downwards.",
            "relevance",
        ),
        query("limit", false, whole(1, MOST_LIMIT as u64).default(Some(json!(100))), "The most books of one part.", 10),
        query("cursor", false, any_cursor(), "`next` of the part before.", next.as_str()),
    ])
    .answers(200, "The books.", &found())
    .refuses(&[
        (400, "broken-json", "The body is not JSON."),
        (413, "too-large", "The body is larger than this address takes."),
        (415, "wrong-media-type", "Send the body as application/json or application/x-www-form-urlencoded."),
        (422, "invalid", "limit is wrong: a limit is a whole number from 1 to 1000."),
        (503, "no-catalog", "No catalog answers at the moment; try again in a moment."),
    ])
}

fn book() -> Described {
    Described::new(V1, "book", "One book", "With all that is known of it.")
        .takes([part("id", reference::<ItemId>(), "The number of the book.", 44)])
        .answers(200, "The book.", &novel())
        .refuses(&[
            (404, "no-such-item", "Item with id 99 not found in the catalog server."),
            (413, "too-large", "The body is larger than this address takes."),
            (422, "invalid", "id is wrong: an item's id is a whole number from 0 to 4294967295."),
            (503, "no-catalog", "No catalog answers at the moment; try again in a moment."),
        ])
}

const LIST: &str = "7d0c1f7e-9d0f-4b51-9a36-0c9b2f4f5a11";
pub(super) const NO_CARTS: (u16, &str, &str) =
    (503, "no-cart-replica", "Carts and lists don't answer at the moment: nothing was changed. Try again in a moment.");

fn on_the_list() -> Content {
    let line = Line { fields: [("title".to_owned(), "Emma".to_owned())].into(), ..Line::of(1) };
    Content::Counters { items: [("45".to_owned(), line)].into() }
}

/// A copy of the example's list.
fn copy() -> CounterMap {
    let mut map = CounterMap::new();
    // An example's edits are in range.
    let _ = map.add(BROWSER, "45", 1);
    let _ = map.set(BROWSER, "45", "title", "Emma", 1_763_695_929_123);
    map
}

const BROWSER: Actor = Actor::from_bits(0x9d0f_4b51_9a36_0c9b_2f4f_5a11_7d0c_1f7e);

fn seen() -> String {
    format!("{}.{}", copy().context(), "5e".repeat(32))
}

fn written() -> ListWritten {
    let id = uuid::uuid!("7d0c1f7e-9d0f-4b51-9a36-0c9b2f4f5a11");
    ListWritten { id, object: on_the_list(), context: seen(), acks: 3 }
}

fn make_list() -> Described {
    Described::new(
        V1,
        "makeList",
        "Make an empty list",
        "Whoever knows its id may read and write it; there is no other protection and no index of lists. An item whose id is \
         the number of a book is that book; the pages show others as words, and keep what a list is called and for in the \
         fields `name` and `kind` of an item `@list`, and who put an item there, where they said so, in its field `by`.",
    )
    .answers(201, "The list.", &written())
    .refuses(&[
        (404, "no-carts", "This shop has no carts and no lists."),
        (413, "too-large", "The body is larger than this address takes."),
        (429, "too-often", "That was tried too often; nothing was done. Try again in 1 s."),
        NO_CARTS,
    ])
}

fn show_list() -> Described {
    Described::new(
        V1,
        "list",
        "What is on a list",
        "`context` says what has been seen, and is given back with the next write.",
    )
    .takes([id("The list.", LIST)])
    .answers(200, "The list.", &List { object: on_the_list(), context: seen() })
    .refuses(&[
        (404, "no-such-list", "There is no such list, or nobody who answers has it."),
        (413, "too-large", "The body is larger than this address takes."),
        (422, "invalid", "id is wrong: a list's id is a UUID."),
        NO_CARTS,
    ])
}

fn put_list() -> Described {
    Described::new(
        V1,
        "putList",
        "Write a list",
        "Replaces exactly what `context` had seen. What somebody else put meanwhile stays beside it; so does everything \
         where no context is given. It is stored when one replica has it (`acks`). \
         `object` is the list as it is now: whoever gives the new `context` back has seen all of that.",
    )
    .takes([id("The list.", LIST)])
    .takes_body(json_body(&ListPut { context: Some(seen()), object: on_the_list() }, "What shall be on the list."))
    .answers(200, "Written.", &written())
    .refuses(&[
        (400, "broken-json", "The body is not JSON."),
        (404, "no-carts", "This shop has no carts and no lists."),
        (413, "too-large", "The body is larger than this address takes."),
        (415, "wrong-media-type", "Send the body as application/json."),
        (422, "invalid", "count: a whole number from 1 to 100"),
        NO_CARTS,
    ])
}

fn sync_list() -> Described {
    let asked =
        ListSync { actor: BROWSER, since: copy().version().clone(), delta: copy().delta_since(&VersionVector::new()) };
    let synced = ListSynced { taken: true, delta: None, object: None, context: seen(), acks: 3, others: 1 };
    Described::new(
        V1,
        "syncList",
        "Bring a browser's own copy of a list up to date, and take what was done to it",
        "For who keeps a copy, and writes to it without asking: `delta` has the edits of its own actor, and the answer what \
         others did. Where edits in between are missing here, nothing is taken, and `object` has everything. The forms of \
         `delta` and `object` are those of the crate `crdt`, for which there are test vectors.",
    )
    .takes([id("The list.", LIST)])
    .takes_body(json_body(&asked, "What the copy has seen, and what was done to it."))
    .answers(200, "What the copy lacked.", &synced)
    .refuses(&[
        (400, "broken-json", "The body is not JSON."),
        (404, "no-such-list", "There is no such list, or nobody who answers has it."),
        (413, "too-large", "The body is larger than this address takes."),
        (415, "wrong-media-type", "The body must be sent as Content-Type: application/json."),
        (422, "invalid", "delta: it has edits of others than the actor"),
        NO_CARTS,
    ])
}

fn document() -> Described {
    let example = json!({"openapi": "3.1.0", "info": {"title": "Bookend"}, "paths": {}});
    Described::new(V1, "openapi", "This document", "OpenAPI 3.1, as JSON. To be read by people at `/api/docs`.")
        .answers_object("The document.", example)
}

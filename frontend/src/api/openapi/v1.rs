//! The API under `/api/v1` and this document, described.

use super::PATH;
use super::classic::cursor;
use super::describe::{Described, V1, path, query, whole, words};
use crate::cursor::Cursor;
use serde_json::json;
use serve::params::MOST_LIMIT;
use utoipa::openapi::PathsBuilder;
use utoipa::openapi::path::HttpMethod;
use wire::ItemId;
use wire::v1::{Book, Books};

pub(super) fn paths(paths: PathsBuilder) -> PathsBuilder {
    let paths = path(paths, "/api/v1/books", [(HttpMethod::Get, books())]);
    path(paths, PATH, [(HttpMethod::Get, document())])
}

fn books() -> Described {
    let book = Book {
        id: ItemId(44),
        title: "Pride and Prejudice".into(),
        authors: vec!["Jane Austen".into()],
        year: Some(1813),
        language: Some("en".into()),
        topic: Some("novels".into()),
        price_cents: 1250,
        available: 15,
    };
    let next = Cursor(book.id).to_string();
    Described::new(
        V1,
        "books",
        "All books, or those of a topic, a part at a time",
        "In the order of their ids. `next` is the `cursor` of the next part, and `null` at the end.",
    )
    .takes([
        query("topic", false, words(), "The topic, in full.", "novels"),
        query("limit", false, whole(1, MOST_LIMIT as u64).default(Some(json!(100))), "The most books of one part.", 10),
        query("cursor", false, cursor(), "`next` of the part before.", next.as_str()),
    ])
    .answers(200, "The books.", &Books { books: vec![book], next: Some(next.clone()) })
    .refuses(&[
        (400, "broken-json", "The body is not JSON."),
        (413, "too-large", "The body is larger than this address takes."),
        (415, "wrong-media-type", "Send the body as application/json or application/x-www-form-urlencoded."),
        (422, "invalid", "limit is wrong: a limit is a whole number from 1 to 1000."),
        (503, "no-catalog", "No catalog answers at the moment; try again in a moment."),
    ])
}

fn document() -> Described {
    let example = json!({"openapi": "3.1.0", "info": {"title": "Bookend"}, "paths": {}});
    Described::new(V1, "openapi", "This document", "OpenAPI 3.1, as JSON. To be read by people at `/api/docs`.")
        .answers_object("The document.", example)
}

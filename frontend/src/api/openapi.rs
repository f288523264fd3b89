//! `GET /api/openapi.json`: the APIs of this frontend as an OpenAPI 3.1 document.
//!
//! The schemas are derived from the types that are sent, the bounds are the constants that are checked, and the examples
//! are written by the same serialiser as the answers: a body that changes changes here. That each route is in the
//! document, and each address of the document answers, is proved in `tests/`. What a reader sees of it is
//! `pages/docs.rs`.

mod account;
mod by_title;
mod cart;
mod classic;
mod describe;
mod health;
mod orders;
mod v1;

use crate::static_files::A_MINUTE;
use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use std::sync::LazyLock;
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathsBuilder};

/// Where the document is.
pub const PATH: &str = "/api/openapi.json";

const ABOUT: &str = "A bookshop over replicated catalogs and order desks. Classic is the published bookstore API, \
    in its envelope. v1 is for programs written today: whole cents, cursors, and problems of RFC 9457. Buying is \
    exactly once for each `Idempotency-Key`: after a time-out or a 503, ask again with the same key.";

/// The document.
pub static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(|| {
    let info =
        InfoBuilder::new().title("Bookend").version(env!("CARGO_PKG_VERSION")).description(Some(ABOUT)).license(Some(
            LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build(),
        ));
    let paths = [classic::paths, v1::paths, cart::paths, account::paths, orders::paths, by_title::paths, health::paths]
        .into_iter()
        .fold(PathsBuilder::new(), |all, add| add(all));
    OpenApiBuilder::new()
        .info(info.build())
        .paths(paths)
        .components(Some(describe::components()))
        .tags(Some(describe::tags()))
        .build()
});

static TEXT: LazyLock<String> = LazyLock::new(|| DOCUMENT.to_json().expect("a document has a JSON form"));

/// The document as JSON.
pub(super) async fn document() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, A_MINUTE))
        .body(TEXT.as_str())
}

#[cfg(test)]
mod tests {
    use super::DOCUMENT;
    use serde_json::Value;

    /// Every object below `value`, itself included.
    fn objects(value: &Value, found: &mut Vec<serde_json::Map<String, Value>>) {
        match value {
            Value::Object(object) => {
                found.push(object.clone());
                object.values().for_each(|inner| objects(inner, found));
            }
            Value::Array(list) => list.iter().for_each(|inner| objects(inner, found)),
            _ => (),
        }
    }

    #[test]
    fn every_schema_that_is_referred_to_is_there_and_every_schema_is_referred_to() {
        let document = serde_json::to_value(&*DOCUMENT).expect("JSON");
        let mut all = Vec::new();
        objects(&document, &mut all);
        let mut used: Vec<String> = all
            .iter()
            .filter_map(|object| object.get("$ref")?.as_str()?.rsplit('/').next().map(str::to_owned))
            .collect();
        used.sort();
        used.dedup();
        let there: Vec<String> =
            document["components"]["schemas"].as_object().expect("schemas").keys().cloned().collect();
        assert_eq!(used, there);
    }

    #[test]
    fn every_answer_with_a_body_has_a_schema_and_an_example() {
        let document = serde_json::to_value(&*DOCUMENT).expect("JSON");
        for (path, operations) in document["paths"].as_object().expect("paths") {
            for (method, operation) in operations.as_object().expect("operations") {
                for (status, answer) in operation["responses"].as_object().expect("answers") {
                    let contents = answer["content"].as_object().expect("an answer has a body");
                    for (media, content) in contents {
                        let what = format!("{method} {path} {status} {media}");
                        assert!(content["schema"].is_object() && !content["example"].is_null(), "{what}: {content}");
                    }
                }
            }
        }
    }
}

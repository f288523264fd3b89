//! How a question is written, and what an answer says. Pure.

use crate::question::{Failed, Purchase, Question, Said};
use bytes::Bytes;
use form_urlencoded::byte_serialize;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use wire::classic::{Bought, Failure};

/// The most letters of a reason.
const REASON: usize = 120;

/// Books on a list.
const ON_A_LIST: usize = 10;

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) method: Method,
    /// Its address.
    pub(super) path: String,
    /// The key of a purchase.
    pub(super) key: Option<String>,
    /// JSON; nothing where it is empty.
    pub(super) body: Bytes,
}

impl Line {
    /// A question that its address says all of.
    pub(super) fn get(path: String) -> Self {
        Self { method: Method::GET, path, key: None, body: Bytes::new() }
    }
}

pub(super) fn request(question: &Question) -> Line {
    match question {
        Question::Lookup(item) => Line::get(format!("/lookup?id={item}")),
        Question::Search(topic) => {
            let topic: String = byte_serialize(topic.as_bytes()).collect();
            Line::get(format!("/search?topic={topic}"))
        }
        Question::Buy(Purchase { key, item }) => {
            let key = Some(key.hyphenated().to_string());
            Line { method: Method::POST, path: format!("/buy?id={item}"), key, body: Bytes::new() }
        }
        Question::ReadList(list) => Line::get(format!("/api/v1/lists/{list}")),
        Question::WriteList(list) => {
            let items = (1..=ON_A_LIST).map(|book| (format!("book {book}"), json!({"count": 1})));
            let items: serde_json::Map<_, _> = items.collect();
            let body = json!({"object": {"type": "counters", "items": items}}).to_string().into();
            Line { method: Method::PUT, path: format!("/api/v1/lists/{list}"), key: None, body }
        }
    }
}

pub(super) fn read(question: &Question, status: StatusCode, body: &Bytes) -> Result<Said, Failed> {
    let nonsense = || Failed { why: format!("{status} with a body that makes no sense"), definite: false };
    match (question, status) {
        (Question::Lookup(item), StatusCode::OK) => {
            let expected = format!("{{\"item\":[{{\"id\":{item},");
            if body.starts_with(expected.as_bytes()) { Ok(Said::Read) } else { Err(nonsense()) }
        }
        (Question::Search(_), StatusCode::OK) => {
            if body.starts_with(b"{\"item\":[") {
                Ok(Said::Read)
            } else {
                Err(nonsense())
            }
        }
        (Question::Buy(_), StatusCode::OK) => {
            serde_json::from_slice::<Bought>(body).map(|bought| Said::Bought(bought.order)).map_err(|_| nonsense())
        }
        (Question::ReadList(_), StatusCode::OK) => {
            // Whoever reads has written before, and is shown that.
            let list: Value = serde_json::from_slice(body).unwrap_or_default();
            let shown = list["object"]["items"].as_object().map_or(0, serde_json::Map::len);
            if shown == ON_A_LIST { Ok(Said::Read) } else { Err(nonsense()) }
        }
        (Question::WriteList(_), StatusCode::OK) => {
            let written: Value = serde_json::from_slice(body).unwrap_or_default();
            if written["acks"].as_u64() > Some(0) { Ok(Said::Read) } else { Err(nonsense()) }
        }
        (Question::Buy(_), StatusCode::NOT_FOUND) if message(body).contains("no longer present") => Ok(Said::SoldOut),
        _ => Err(Failed {
            why: format!("{status}: {}", alike(&message(body))),
            // The shop says so of a purchase by a status of the 400s only; anything else may have happened.
            definite: status.is_client_error(),
        }),
    }
}

/// What a failure says, whichever envelope it is in.
fn message(body: &[u8]) -> String {
    serde_json::from_slice::<Failure>(body).map_or_else(|_| clipped(body), |failure| failure.message)
}

/// The beginning of a body, as text.
pub(super) fn clipped(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().filter(|letter| !letter.is_control()).take(REASON).collect()
}

/// A message without its numbers, so that one reason is one reason whichever item it is about.
fn alike(message: &str) -> String {
    let mut text = String::new();
    for letter in message.chars().take(REASON) {
        match letter {
            '0'..='9' if text.ends_with('#') => {}
            '0'..='9' => text.push('#'),
            letter => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;
    use wire::ItemId;

    const BOUGHT: &str = r#"{"message":"Item with id 3 bought successfully.","order":{"id":52,"uuid":"00000000-0000-0000-0000-000000000009","copies":2},"status":"Success","validation_code":200}"#;

    fn buy() -> Question {
        Question::Buy(Purchase { key: Uuid::from_u128(5), item: ItemId(3) })
    }

    fn said(question: &Question, status: u16, body: &str) -> Result<Said, Failed> {
        read(question, StatusCode::from_u16(status).expect("a status"), &Bytes::copy_from_slice(body.as_bytes()))
    }

    fn failure(status: u16, message: &str) -> String {
        format!(r#"{{"message":"{message}","status":"Failed","validation_code":{status}}}"#)
    }

    #[test]
    fn questions_are_those_of_the_classic_api() {
        assert_eq!(request(&Question::Lookup(ItemId(3))), Line::get("/lookup?id=3".to_owned()));
        let search = request(&Question::Search("graduate school & more".into()));
        assert_eq!(search.path, "/search?topic=graduate+school+%26+more");
        let key = Some("00000000-0000-0000-0000-000000000005".to_owned());
        let line = Line { method: Method::POST, path: "/buy?id=3".to_owned(), key, body: Bytes::new() };
        assert_eq!(request(&buy()), line);
    }

    #[test]
    fn a_list_that_lacks_what_was_put_on_it_is_no_answer() {
        let (list, id) = (Question::ReadList(Uuid::from_u128(7)), "00000000-0000-0000-0000-000000000007");
        let write = request(&Question::WriteList(Uuid::from_u128(7)));
        assert_eq!((write.method, write.path), (Method::PUT, format!("/api/v1/lists/{id}")));
        let mut shown: Value = serde_json::from_slice(&write.body).expect("JSON");
        assert_eq!(said(&list, 200, &shown.to_string()), Ok(Said::Read));
        shown["object"]["items"].as_object_mut().expect("items").remove("book 3");
        assert!(said(&list, 200, &shown.to_string()).is_err());
        let written = Question::WriteList(Uuid::from_u128(7));
        assert_eq!(said(&written, 200, r#"{"acks":1}"#), Ok(Said::Read));
        assert!(said(&written, 200, r#"{"acks":0}"#).is_err());
    }

    #[test]
    fn an_order_is_read_with_its_number_its_id_and_its_copies() {
        let Ok(Said::Bought(order)) = said(&buy(), 200, BOUGHT) else { panic!("an order") };
        assert_eq!((order.id.0, order.copies), (52, 2));
    }

    #[test]
    fn sold_out_is_an_answer_and_an_unknown_title_a_failure() {
        let sold_out = failure(404, "The item with id 3 is no longer present in the catalog server");
        assert_eq!(said(&buy(), 404, &sold_out), Ok(Said::SoldOut));
        let unknown = failure(404, "Item with id 3 not found in the catalog server.");
        let failed = said(&buy(), 404, &unknown).expect_err("not found");
        assert_eq!(
            (failed.definite, failed.why.as_str()),
            (true, "404 Not Found: Item with id # not found in the catalog server.")
        );
    }

    #[test]
    fn a_purchase_that_may_have_happened_is_never_called_definite() {
        for (status, body) in [(503, failure(503, "Ask again.")), (500, "oops".to_owned()), (200, "{}".to_owned())] {
            let failed = said(&buy(), status, &body).expect_err("no order");
            assert!(!failed.definite, "{failed:?}");
        }
    }

    #[test]
    fn a_book_that_was_not_asked_for_is_no_answer() {
        let other = r#"{"item":[{"id":33,"title":"x"}]}"#;
        assert!(said(&Question::Lookup(ItemId(3)), 200, other).is_err());
        assert_eq!(said(&Question::Lookup(ItemId(33)), 200, other), Ok(Said::Read));
    }
}

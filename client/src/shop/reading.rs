//! How a question is written, and what an answer says. Pure.

use crate::question::{Failed, Purchase, Question, Said};
use bytes::Bytes;
use form_urlencoded::byte_serialize;
use hyper::{Method, StatusCode};
use wire::classic::{Bought, Failure};

/// The most letters of a reason.
const REASON: usize = 120;

/// A request: its method, its address, and the key of a purchase.
pub(super) type Line = (Method, String, Option<String>);

pub(super) fn request(question: &Question) -> Line {
    match question {
        Question::Lookup(item) => (Method::GET, format!("/lookup?id={item}"), None),
        Question::Search(topic) => {
            let topic: String = byte_serialize(topic.as_bytes()).collect();
            (Method::GET, format!("/search?topic={topic}"), None)
        }
        Question::Buy(Purchase { key, item }) => {
            (Method::POST, format!("/buy?id={item}"), Some(key.hyphenated().to_string()))
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
        assert_eq!(request(&Question::Lookup(ItemId(3))), (Method::GET, "/lookup?id=3".to_owned(), None));
        let search = request(&Question::Search("graduate school & more".into()));
        assert_eq!(search.1, "/search?topic=graduate+school+%26+more");
        let key = Some("00000000-0000-0000-0000-000000000005".to_owned());
        assert_eq!(request(&buy()), (Method::POST, "/buy?id=3".to_owned(), key));
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

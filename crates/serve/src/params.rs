//! What a classic request asks for, wherever it says so: in the address, in a form, or in a JSON body, even of a GET.
//!
//! Nothing is looked at twice behind this edge: what comes out of here has the right kind and range, and what is
//! refused is refused by name.

use crate::input::{parse_json, parse_pairs};
use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_TYPE, HeaderName};
use actix_web::web::Bytes;
use serde_json::{Map, Number, Value};
use std::fmt::Display;
use std::str::FromStr;
use wire::{IdempotencyKey, ItemId, Problem, Quantity};

/// What makes a repeated purchase the same purchase.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The longest text that is searched for, in characters.
pub const LONGEST_TEXT: usize = 512;
/// The most books of one answer when a limit is given.
pub const MOST_LIMIT: usize = 1_000;

/// The parameters of a request, by name.
#[derive(Debug, Default)]
pub struct Params(Vec<(String, Given)>);

/// A parameter's value as it was written.
#[derive(Clone, Debug)]
enum Given {
    /// Text: all there is in addresses and forms.
    Text(String),
    /// A number of a JSON body.
    Number(String),
    /// Something else of a JSON body, such as a list.
    Other,
}

impl Given {
    /// Whether two values mean the same: `1` of an address and the number 1 of a body do.
    fn says_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one) | Self::Number(one), Self::Text(other) | Self::Number(other)) => one == other,
            _ => false,
        }
    }
}

impl Params {
    /// The parameters in the address and the body of `request`.
    ///
    /// # Errors
    /// 400 for a body that can't be read, 415 for one of another kind, 422 for a parameter that is given twice.
    pub fn read(request: &HttpRequest, body: &Bytes) -> Result<Self, Problem> {
        let mut params = Self::default();
        params.add_pairs(request.query_string().as_bytes())?;
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(params);
        }
        let media = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        // `curl -d '{…}'` calls it a form.
        let looks_like_json = body.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| *byte == b'{');
        match media.as_str() {
            "application/x-www-form-urlencoded" if !looks_like_json => params.add_pairs(body)?,
            "" | "text/plain" | "application/x-www-form-urlencoded" | "application/json" => params.add_json(body)?,
            media if media.ends_with("+json") => params.add_json(body)?,
            _ => {
                let detail = "Send the body as application/json or application/x-www-form-urlencoded.";
                return Err(Problem::definite(415, "wrong-media-type", detail));
            }
        }
        Ok(params)
    }

    fn add_pairs(&mut self, text: &[u8]) -> Result<(), Problem> {
        if text.is_empty() {
            return Ok(());
        }
        let pairs: Vec<(String, String)> = parse_pairs(text)?;
        pairs.into_iter().try_for_each(|(name, value)| self.add(name, Given::Text(value)))
    }

    fn add_json(&mut self, text: &[u8]) -> Result<(), Problem> {
        let object: Map<String, Value> = parse_json(text)?;
        object.into_iter().try_for_each(|(name, value)| match value {
            // As good as not there.
            Value::Null => Ok(()),
            Value::String(text) => self.add(name, Given::Text(text)),
            Value::Number(number) => self.add(name, Given::Number(written(&number))),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => self.add(name, Given::Other),
        })
    }

    fn add(&mut self, name: String, given: Given) -> Result<(), Problem> {
        match self.get(&name) {
            Some(before) if before.says_the_same(&given) => Ok(()),
            Some(_) => Err(Problem::invalid(&name, format!("{} is given twice.", shown(&name)))),
            None => {
                self.0.push((name, given));
                Ok(())
            }
        }
    }

    /// Whether `name` is given.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn get(&self, name: &str) -> Option<&Given> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, given)| given)
    }

    /// Refuses parameters that nobody reads: a misspelt one must not change what is bought.
    ///
    /// # Errors
    /// 422 naming the first of them.
    pub fn only(&self, names: &[&str]) -> Result<(), Problem> {
        match self.0.iter().find(|(name, _)| !names.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => Err(Problem::invalid(
                name,
                format!("{} is not known here; there is {}.", shown(name), names.join(", ")),
            )),
        }
    }

    /// `id`, when it is given.
    ///
    /// # Errors
    /// 422 when it is no item's number.
    pub fn id(&self) -> Result<Option<ItemId>, Problem> {
        self.parsed("id")
    }

    /// `id`, which must be given.
    ///
    /// # Errors
    /// 400 when it is missing, 422 when it is no item's number.
    pub fn required_id(&self) -> Result<ItemId, Problem> {
        self.id()?.ok_or_else(|| Problem::missing("id", "id is missing: give the number of an item, such as id=1."))
    }

    /// `quantity`, one when it isn't given.
    ///
    /// # Errors
    /// 422 when it is no whole number from 1 to 100.
    pub fn quantity(&self) -> Result<Quantity, Problem> {
        Ok(self.parsed("quantity")?.unwrap_or(Quantity::ONE))
    }

    /// `limit`, when it is given.
    ///
    /// # Errors
    /// 422 when it is no whole number from 1 to 1000.
    pub fn limit(&self) -> Result<Option<usize>, Problem> {
        self.parsed::<Limit>("limit").map(|limit| limit.map(|limit| limit.0))
    }

    /// The text `name`, when it is given.
    ///
    /// # Errors
    /// 422 when it is no text or too long.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Problem> {
        match self.get(name) {
            None => Ok(None),
            Some(Given::Text(text)) if text.chars().count() <= LONGEST_TEXT => Ok(Some(text)),
            Some(Given::Text(_)) => {
                Err(Problem::invalid(name, format!("{name} is longer than {LONGEST_TEXT} characters.")))
            }
            Some(Given::Number(_) | Given::Other) => Err(Problem::invalid(name, format!("{name} must be a text."))),
        }
    }

    /// The value `name`, when it is given.
    ///
    /// # Errors
    /// 422 when it is not what it should be.
    pub fn parsed<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, Problem> {
        match self.get(name) {
            None => Ok(None),
            Some(Given::Text(text) | Given::Number(text)) => {
                let wrong = |why: T::Err| Problem::invalid(name, format!("{name} is wrong: {why}."));
                text.parse().map(Some).map_err(wrong)
            }
            Some(Given::Other) => Err(Problem::invalid(name, format!("{name} must be a number."))),
        }
    }
}

/// A number as an address would have it: to JSON, 2.0 and 2e0 are the whole number 2.
fn written(number: &Number) -> String {
    /// Beyond it a fraction may have been lost in reading.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < EXACT => format!("{:.0}", float + 0.0),
        _ => number.to_string(),
    }
}

/// How many books an answer may have.
struct Limit(usize);

impl FromStr for Limit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(limit @ 1..=MOST_LIMIT) => Ok(Self(limit)),
            _ => Err("a limit is a whole number from 1 to 1000"),
        }
    }
}

/// A name as a message repeats it.
fn shown(name: &str) -> String {
    name.chars().filter(|char| !char.is_control()).take(40).collect()
}

/// The key of a purchase, when the caller has given one.
///
/// # Errors
/// 422 when it is not 1 to 255 visible ASCII characters, or when two are given.
pub fn idempotency_key(request: &HttpRequest) -> Result<Option<IdempotencyKey>, Problem> {
    let invalid = |why: &str| Problem::invalid("Idempotency-Key", format!("Idempotency-Key is wrong: {why}."));
    let mut given = request.headers().get_all(&IDEMPOTENCY_KEY);
    let Some(first) = given.next() else { return Ok(None) };
    if given.any(|other| other != first) {
        return Err(invalid("it is given twice"));
    }
    let text = first.to_str().map_err(|_| invalid("an Idempotency-Key is 1 to 255 visible ASCII characters"))?;
    text.parse().map(Some).map_err(|why: wire::NotValid| invalid(&why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn read(query: &str, media: Option<&str>, body: &str) -> Result<Params, Problem> {
        let mut request = TestRequest::get().uri(&format!("/buy?{query}"));
        if let Some(media) = media {
            request = request.insert_header((CONTENT_TYPE, media));
        }
        Params::read(&request.to_http_request(), &Bytes::copy_from_slice(body.as_bytes()))
    }

    fn refused<T: std::fmt::Debug>(outcome: Result<T, Problem>) -> (u16, Option<String>) {
        let problem = outcome.expect_err("refused");
        (problem.status, problem.field)
    }

    #[test]
    fn the_same_is_understood_from_the_address_a_form_and_json() {
        let json = r#"{"id": 3, "quantity": "2"}"#;
        for (query, media, body) in [
            ("id=3&quantity=2", None, ""),
            ("", Some("application/x-www-form-urlencoded"), "id=3&quantity=2"),
            ("id=3", Some("application/x-www-form-urlencoded; charset=utf-8"), "quantity=2"),
            ("", Some("application/json"), json),
            ("", Some("application/problem+json"), json),
            ("", Some("application/x-www-form-urlencoded"), json),
            ("", None, json),
            ("id=3", None, r#"{"id": "3", "quantity": 2, "topic": null}"#),
            ("", Some("application/json"), r#"{"id": 3.0, "quantity": 0.2e1}"#),
        ] {
            let params = read(query, media, body).expect("readable");
            assert_eq!(params.required_id(), Ok(ItemId(3)), "{query} {body}");
            assert_eq!(params.quantity().map(Quantity::units), Ok(2), "{query} {body}");
        }
    }

    #[test]
    fn a_number_of_the_wrong_kind_is_refused_by_name() {
        for id in ["abc", "-1", "", "1.5", "99999999999999999999", "%E2%91%A0", "1%20", "0x1", "1e3"] {
            let params = read(&format!("id={id}"), None, "").expect("readable");
            assert_eq!(refused(params.id()), (422, Some("id".into())), "{id}");
        }
        for json in [
            r#"{"id":1.5}"#,
            r#"{"id":1e99}"#,
            r#"{"id":-1}"#,
            r#"{"id":true}"#,
            r#"{"id":[1]}"#,
            r#"{"id":{}}"#,
            r#"{"id":4294967296}"#,
        ] {
            let params = read("", Some("application/json"), json).expect("readable");
            assert_eq!(refused(params.id()), (422, Some("id".into())), "{json}");
        }
        for quantity in ["0", "101", "-1", "", "two"] {
            let params = read(&format!("quantity={quantity}"), None, "").expect("readable");
            assert_eq!(refused(params.quantity()), (422, Some("quantity".into())), "{quantity}");
        }
        for limit in ["0", "1001", "-1", "", "x"] {
            let params = read(&format!("limit={limit}"), None, "").expect("readable");
            assert_eq!(refused(params.limit()), (422, Some("limit".into())), "{limit}");
        }
    }

    #[test]
    fn nothing_is_nothing_however_it_is_written() {
        for json in [r#"{"id":0}"#, r#"{"id":-0.0}"#, r#"{"id":0.0}"#] {
            assert_eq!(read("", None, json).expect("readable").id(), Ok(Some(ItemId(0))), "{json}");
        }
    }

    #[test]
    fn a_text_of_the_wrong_kind_is_refused_by_name() {
        let params = read("", Some("application/json"), r#"{"topic": 5, "q": ["a"]}"#).expect("readable");
        assert_eq!(refused(params.text("topic")), (422, Some("topic".into())));
        assert_eq!(refused(params.text("q")), (422, Some("q".into())));
        let params = read(&format!("q={}", "x".repeat(513)), None, "").expect("readable");
        assert_eq!(refused(params.text("q")), (422, Some("q".into())));
    }

    #[test]
    fn a_body_that_cannot_be_read_is_refused() {
        assert_eq!(refused(read("", Some("application/json"), "{\"id\":")).0, 400);
        assert_eq!(refused(read("", Some("application/json"), "nonsense")).0, 400);
        assert_eq!(refused(read("", Some("application/json"), "[1]")).0, 422);
        assert_eq!(refused(read("", Some("application/xml"), "<id>1</id>")).0, 415);
    }

    #[test]
    fn what_is_said_twice_must_be_the_same() {
        assert_eq!(refused(read("id=1&id=2", None, "")), (422, Some("id".into())));
        assert_eq!(refused(read("id=1", Some("application/json"), r#"{"id": "2"}"#)), (422, Some("id".into())));
        assert!(read("id=1&id=1", None, "").is_ok());
    }

    #[test]
    fn what_is_missing_is_400_and_what_is_unknown_422() {
        let params = read("quantty=5", None, "").expect("readable");
        assert_eq!(refused(params.required_id()), (400, Some("id".into())));
        assert_eq!(refused(params.only(&["id", "quantity"])), (422, Some("quantty".into())));
    }
}

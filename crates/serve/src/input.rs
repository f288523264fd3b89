//! What is wrong with which part of a request.
//!
//! [`Json`], [`Query`] and [`Form`] extract like the web framework's own, but a refusal names the field, however deep
//! it lies. [`extractor_config`] gives the framework's own extractors the same statuses, as far as they say what went
//! wrong. Rules, for all of them: unreadable 400, something missing 400, unknown or of the wrong kind 422, too large
//! 413, another media type 415. How a refusal is written is `reply`'s business.

use crate::arriving;
use crate::reply::ErrorStyle;
use actix_web::error::{JsonPayloadError, PathError, PayloadError, QueryPayloadError, UrlencodedError};
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, FormConfig, JsonConfig, PathConfig, PayloadConfig, QueryConfig, ServiceConfig};
use actix_web::{FromRequest, HttpMessage, HttpRequest, ResponseError, dev::Payload};
use futures::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use std::future::{Ready, ready};
use wire::Problem;

/// The largest body that an address takes unless its scope says otherwise, in bytes.
pub const BODY_BYTES: usize = 64 * 1024;

/// A JSON body.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

/// The parameters in the address, after the question mark.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

/// A body that a browser's form sent.
#[derive(Clone, Debug)]
pub struct Form<T>(pub T);

impl<T> Json<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Query<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Form<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = |media: &str| media.eq_ignore_ascii_case("application/json") || media.ends_with("+json");
        read(request, payload, "application/json", is_json, |body| parse_json(body).map(Self))
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_form = |media: &str| media.eq_ignore_ascii_case("application/x-www-form-urlencoded");
        read(request, payload, "application/x-www-form-urlencoded", is_form, |body| parse_pairs(body).map(Self))
    }
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let parsed = parse_pairs(request.query_string().as_bytes());
        ready(parsed.map(Self).map_err(|problem| ErrorStyle::of(request).refuse(problem)))
    }
}

fn read<T: 'static>(
    request: &HttpRequest,
    payload: &mut Payload,
    wanted: &'static str,
    is_wanted: fn(&str) -> bool,
    parse: fn(&[u8]) -> Result<T, Problem>,
) -> LocalBoxFuture<'static, Result<T, actix_web::Error>> {
    let style = ErrorStyle::of(request);
    if !is_wanted(request.content_type()) {
        return Box::pin(ready(Err(style.refuse(wrong_media_type(wanted)))));
    }
    let body = Bytes::from_request(request, payload);
    Box::pin(async move {
        let body = body.await.map_err(|error| style.refuse(unreadable(error.as_error())))?;
        parse(&body).map_err(|problem| style.refuse(problem))
    })
}

/// Reads a JSON text; a refusal names the field.
///
/// # Errors
/// 400 for what is no JSON and for a missing field, 422 for a field that is unknown or of the wrong kind.
pub fn parse_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| json_problem(error.inner(), &error.path().to_string()))?;
    reader.end().map_err(|error| json_problem(&error, "."))?;
    Ok(value)
}

/// Reads `a=1&b=2`; a refusal names the field.
///
/// # Errors
/// 400 for a missing field, 422 for a field that is unknown or of the wrong kind.
pub fn parse_pairs<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text));
    serde_path_to_error::deserialize(reader)
        .map_err(|error| field_problem(&error.inner().to_string(), &error.path().to_string()))
}

fn json_problem(error: &serde_json::Error, path: &str) -> Problem {
    let said = error.to_string();
    match error.classify() {
        Category::Data => field_problem(&said, path),
        Category::Syntax | Category::Eof | Category::Io => {
            Problem::definite(400, "broken-json", format!("The body is not JSON: {said}."))
        }
    }
}

/// The problem that serde describes in words. It has no error codes: the words are all it says.
fn field_problem(said: &str, path: &str) -> Problem {
    let said = said.split(" at line ").next().unwrap_or(said);
    if let Some(name) = quoted_after(said, "missing field `") {
        let field = join(path, name);
        return Problem::missing(&field, format!("{field} is missing."));
    }
    if let Some(name) = quoted_after(said, "unknown field `") {
        let parent = path.strip_suffix(name).map_or(path, |parent| parent.trim_end_matches('.'));
        return Problem::invalid(&join(parent, name), format!("{}.", said.trim_end_matches('.')));
    }
    // What a type is called inside the program helps nobody outside.
    let said = match said.split_once(", expected struct ") {
        Some((found, _)) => format!("{found}, expected an object"),
        None => said.trim_end_matches('.').to_owned(),
    };
    match path {
        "." | "" => Problem::definite(422, "invalid", format!("{said}.")),
        field => Problem::invalid(field, format!("{field}: {said}.")),
    }
}

fn quoted_after<'s>(said: &'s str, words: &str) -> Option<&'s str> {
    said.strip_prefix(words)?.split('`').next()
}

fn join(parent: &str, name: &str) -> String {
    match parent {
        "." | "" => name.to_owned(),
        parent => format!("{parent}.{name}"),
    }
}

fn wrong_media_type(wanted: &str) -> Problem {
    Problem::definite(415, "wrong-media-type", format!("The body must be sent as Content-Type: {wanted}."))
}

pub(crate) fn too_large() -> Problem {
    Problem::definite(413, "too-large", "The body is larger than this address takes.")
}

pub(crate) fn unreadable(error: Option<&PayloadError>) -> Problem {
    if let Some(problem) = error.and_then(arriving::too_slow) {
        return problem;
    }
    match error {
        Some(PayloadError::Overflow) => too_large(),
        Some(error) => Problem::definite(400, "broken-body", format!("The body could not be read: {error}.")),
        None => Problem::definite(400, "broken-body", "The body could not be read."),
    }
}

/// Errors of the framework's own extractors in the style of the scope, and bodies of at most [`BODY_BYTES`].
///
/// For a scope or an app: `.configure(extractor_config(ErrorStyle::Classic))`. [`crate::Server`] has done it for the
/// whole app already, so a scope that differs only in its style needs no more than `.app_data(ErrorStyle::Classic)`.
pub fn extractor_config(style: ErrorStyle) -> impl FnOnce(&mut ServiceConfig) {
    extractor_config_sized(style, BODY_BYTES)
}

/// [`extractor_config`] with bodies of at most `body_bytes`, for a scope that takes larger ones than the others.
pub fn extractor_config_sized(style: ErrorStyle, body_bytes: usize) -> impl FnOnce(&mut ServiceConfig) {
    // The style is looked up again for each error, so that an inner scope can have its own.
    let refuse = |problem, request: &HttpRequest| ErrorStyle::of(request).refuse(problem);
    move |config| {
        config
            .app_data(style)
            .app_data(PayloadConfig::new(body_bytes))
            .app_data(JsonConfig::default().limit(body_bytes).error_handler(move |e, r| refuse(json_error(&e), r)))
            .app_data(FormConfig::default().limit(body_bytes).error_handler(move |e, r| refuse(form_error(&e), r)))
            .app_data(QueryConfig::default().error_handler(move |e, r| refuse(query_error(&e), r)))
            .app_data(PathConfig::default().error_handler(move |e, r| refuse(path_error(&e, r), r)));
    }
}

fn json_error(error: &JsonPayloadError) -> Problem {
    match error {
        JsonPayloadError::Deserialize(error) => json_problem(error, "."),
        JsonPayloadError::ContentType => wrong_media_type("application/json"),
        JsonPayloadError::Payload(error) => unreadable(Some(error)),
        other => by_status(other.status_code(), other),
    }
}

fn form_error(error: &UrlencodedError) -> Problem {
    match error {
        UrlencodedError::Parse(error) => field_problem(&error.to_string(), "."),
        UrlencodedError::ContentType => wrong_media_type("application/x-www-form-urlencoded"),
        UrlencodedError::Payload(error) => unreadable(Some(error)),
        other => by_status(other.status_code(), other),
    }
}

fn query_error(error: &QueryPayloadError) -> Problem {
    match error {
        QueryPayloadError::Deserialize(error) => field_problem(&error.to_string(), "."),
        other => by_status(other.status_code(), other),
    }
}

/// The framework does not say which part of the path is wrong; mostly there is but one that can be.
fn path_error(error: &PathError, request: &HttpRequest) -> Problem {
    let mut parts = request.match_info().iter();
    let only = parts.next().filter(|_| parts.next().is_none()).map(|(name, _)| name);
    match error {
        PathError::Deserialize(error) => field_problem(&error.to_string(), only.unwrap_or(".")),
        other => by_status(other.status_code(), other),
    }
}

fn by_status(status: StatusCode, said: &impl ToString) -> Problem {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        status => Problem::definite(status.as_u16(), "refused", said.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{parse_json, parse_pairs};
    use serde::Deserialize;
    use std::fmt::Debug;
    use wire::Problem;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only what is refused matters here")]
    struct Basket {
        item: u32,
        #[serde(default)]
        lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only what is refused matters here")]
    struct Line {
        quantity: u32,
    }

    fn refusal<T: Debug>(parsed: Result<T, Problem>) -> (u16, Option<String>) {
        let problem = parsed.expect_err("refused");
        assert!(problem.definite);
        (problem.status, problem.field)
    }

    fn at(status: u16, field: &str) -> (u16, Option<String>) {
        (status, Some(field.to_owned()))
    }

    #[test]
    fn what_is_no_json_is_400_and_names_no_field() {
        for text in ["", "{", "nonsense", r#"{"item": 1} x"#, r#"{"item": 1}{"item": 2}"#, "\u{0}"] {
            assert_eq!(refusal(parse_json::<Basket>(text.as_bytes())), (400, None), "{text}");
        }
        assert_eq!(refusal(parse_json::<Basket>(b"{\"item\": \"\xff\"}")).0, 400);
    }

    #[test]
    fn a_missing_field_is_400_and_is_named_with_its_place() {
        assert_eq!(refusal(parse_json::<Basket>(b"{}")), at(400, "item"));
        assert_eq!(refusal(parse_json::<Basket>(br#"{"item": 1, "lines": [{}]}"#)), at(400, "lines[0].quantity"));
        assert_eq!(refusal(parse_pairs::<Line>(b"")), at(400, "quantity"));
    }

    #[test]
    fn a_field_of_the_wrong_kind_is_422_and_is_named_with_its_place() {
        for value in ["\"1\"", "-1", "1.5", "null", "[]", "4294967296"] {
            let text = format!(r#"{{"item": {value}}}"#);
            assert_eq!(refusal(parse_json::<Basket>(text.as_bytes())), at(422, "item"), "{value}");
        }
        let deep = br#"{"item": 1, "lines": [{"quantity": 1}, {"quantity": "x"}]}"#;
        assert_eq!(refusal(parse_json::<Basket>(deep)), at(422, "lines[1].quantity"));
        assert_eq!(refusal(parse_pairs::<Line>(b"quantity=abc")), at(422, "quantity"));
        assert_eq!(refusal(parse_pairs::<Line>(b"quantity=")), at(422, "quantity"));
        for no_object in ["[]", "7", "null"] {
            assert_eq!(refusal(parse_json::<Basket>(no_object.as_bytes())), (422, None), "{no_object}");
        }
    }

    #[test]
    fn an_unknown_field_is_422_and_is_named_with_its_place() {
        assert_eq!(refusal(parse_json::<Basket>(br#"{"item": 1, "qty": 2}"#)), at(422, "qty"));
        let deep = br#"{"item": 1, "lines": [{"quantity": 1, "colour": "red"}]}"#;
        assert_eq!(refusal(parse_json::<Basket>(deep)), at(422, "lines[0].colour"));
        assert_eq!(refusal(parse_pairs::<Line>(b"quantity=1&colour=red")), at(422, "colour"));
    }

    #[test]
    fn the_words_say_what_was_expected_without_line_column_or_names_of_our_types() {
        let problem = parse_json::<Basket>(br#"{"item": "x"}"#).expect_err("refused");
        assert_eq!(problem.detail, "item: invalid type: string \"x\", expected u32.");
        let problem = parse_json::<Basket>(b"7").expect_err("refused");
        assert_eq!(problem.detail, "invalid type: integer `7`, expected an object.");
    }
}

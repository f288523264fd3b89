//! How a refusal becomes an HTTP answer, in the style of the address that was asked.
//!
//! The published bookstore API answers failures in its own envelope; everything else answers RFC 9457 problems. A
//! handler knows its style and returns [`Refusal`] or [`ClassicRefusal`]. What refuses before a handler runs
//! (extractors, guards, an unknown address) reads the [`ErrorStyle`] that the scope registered as app data, so that
//! one line a scope decides it: `cfg.app_data(ErrorStyle::Classic)`. Without that line it is [`ErrorStyle::Problem`].
//! What is wrong with which part of a request is `input`'s business.

use crate::{input, request_id};
use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::error::PayloadError;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use std::num::NonZeroU16;
use wire::Problem;
use wire::classic::Failure;

pub use crate::input::{extractor_config, extractor_config_sized};

/// The media type of RFC 9457.
const PROBLEM_JSON: &str = "application/problem+json";

/// How soon a caller may ask again after a 503 that does not say it, in seconds: a replica that crashed is back within one.
const RETRY_AFTER_S: NonZeroU16 = NonZeroU16::MIN;

/// How errors are written where no handler has decided it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorStyle {
    /// RFC 9457: `application/problem+json`.
    #[default]
    Problem,
    /// The envelope of the published bookstore API.
    Classic,
}

impl ErrorStyle {
    /// The style of the scope that `request` was routed to.
    pub fn of(request: &HttpRequest) -> Self {
        request.app_data::<Self>().copied().unwrap_or_default()
    }

    /// `problem` as an error of this style.
    pub fn refuse(self, problem: Problem) -> actix_web::Error {
        match self {
            Self::Problem => Refusal(problem).into(),
            Self::Classic => ClassicRefusal(problem).into(),
        }
    }

    /// `problem` as an answer of this style.
    pub fn answer(self, problem: &Problem) -> HttpResponse {
        match self {
            Self::Problem => problem_answer(problem),
            Self::Classic => classic_answer(problem),
        }
    }
}

/// A refusal answered as an RFC 9457 problem, with the request's id filled in.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub Problem);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        status(&self.0)
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        problem_answer(&self.0)
    }
}

/// A refusal answered in the classic envelope: the message is the problem's detail, the code is the HTTP status.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ClassicRefusal(pub Problem);

impl From<Problem> for ClassicRefusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl ResponseError for ClassicRefusal {
    fn status_code(&self) -> StatusCode {
        status(&self.0)
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        classic_answer(&self.0)
    }
}

fn problem_answer(problem: &Problem) -> HttpResponse {
    let mut problem = problem.clone();
    problem.status = status(&problem).as_u16();
    problem.request_id = problem.request_id.or_else(|| request_id::current().map(|id| id.to_string()));
    answer(problem.status, PROBLEM_JSON, problem.after_s, serde_json::to_vec(&problem))
}

fn classic_answer(problem: &Problem) -> HttpResponse {
    let code = status(problem).as_u16();
    let body = serde_json::to_vec(&Failure::new(code, problem.detail.clone()));
    answer(code, "application/json", problem.after_s, body)
}

fn answer(code: u16, media_type: &str, after_s: Option<NonZeroU16>, body: serde_json::Result<Vec<u8>>) -> HttpResponse {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = HttpResponse::build(status);
    let soon = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER_S);
    if let Some(seconds) = after_s.or(soon) {
        answer.insert_header((header::RETRY_AFTER, seconds.to_string()));
    }
    if status == StatusCode::UNAUTHORIZED {
        answer.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
    }
    answer.content_type(media_type).body(body.expect("text, numbers and truth values always serialise"))
}

/// The HTTP status of a problem; a number that is no status of an error is a fault of ours, so 500.
fn status(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.status)
        .ok()
        .filter(|status| status.is_client_error() || status.is_server_error())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Gives an error that the web framework answered by itself the style of its address.
///
/// Those are the unknown address (404), the wrong method (405, whose `Allow` is kept) and the framework's own plain
/// texts. Answers that a handler wrote have another content type and pass unchanged.
pub fn restyle(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || has_body_of_its_own(&response) {
        return response;
    }
    let (request, old) = response.into_parts();
    let problem = framework_problem(&request, &old);
    let mut new = ErrorStyle::of(&request).answer(&problem);
    for (name, value) in old.headers() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            new.headers_mut().append(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(request, new)
}

fn has_body_of_its_own(response: &ServiceResponse<BoxBody>) -> bool {
    let media_type = response.headers().get(header::CONTENT_TYPE);
    media_type.is_some_and(|media_type| !media_type.as_bytes().starts_with(b"text/plain"))
}

fn framework_problem(request: &HttpRequest, response: &HttpResponse) -> Problem {
    // A handler that takes whatever body there is leaves it to the framework to say what was wrong with it.
    if let Some(error) = response.error().and_then(|error| error.as_error::<PayloadError>()) {
        return input::unreadable(Some(error));
    }
    let said = response.error().map(ToString::to_string);
    let code = response.status().as_u16();
    match response.status() {
        StatusCode::NOT_FOUND => {
            Problem::definite(code, "no-such-address", format!("Nothing is found at {}.", request.path()))
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            let method = request.method();
            Problem::definite(code, "method-not-allowed", format!("{method} is not possible at {}.", request.path()))
        }
        StatusCode::PAYLOAD_TOO_LARGE => input::too_large(),
        status if status.is_server_error() => {
            tracing::error!(status = code, why = said.as_deref().unwrap_or("not said"), "a request failed inside");
            Problem::uncertain(code, "internal", "Something failed inside the shop; its log says what.")
        }
        status => {
            let reason = status.canonical_reason().unwrap_or("The request was refused");
            Problem::definite(code, "refused", said.unwrap_or_else(|| format!("{reason}.")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ClassicRefusal, ErrorStyle, Refusal};
    use crate::request_id;
    use actix_web::body::to_bytes;
    use actix_web::http::header;
    use actix_web::{HttpResponse, ResponseError};
    use serde_json::{Value, json};
    use std::num::NonZeroU16;
    use wire::Problem;

    async fn json_of(answer: HttpResponse) -> Value {
        let bytes = to_bytes(answer.into_body()).await.expect("a body in memory");
        serde_json::from_slice(&bytes).expect("JSON")
    }

    fn header_of(answer: &HttpResponse, name: header::HeaderName) -> &str {
        answer.headers().get(name).expect("the header is there").to_str().expect("the header is text")
    }

    fn sold_out() -> Problem {
        Problem::definite(404, "sold-out", "none left")
    }

    #[tokio::test]
    async fn a_refusal_is_a_problem_that_names_the_request_it_met() {
        let answer = request_id::on_behalf_of("r-1".parse().expect("sane"), async {
            Refusal(sold_out().at("id")).error_response()
        })
        .await;
        assert_eq!(answer.status(), 404);
        assert_eq!(header_of(&answer, header::CONTENT_TYPE), "application/problem+json");
        let expected = json!({"type": "sold-out", "status": 404, "detail": "none left", "definite": true,
            "field": "id", "request_id": "r-1"});
        assert_eq!(json_of(answer).await, expected);
    }

    #[tokio::test]
    async fn a_classic_refusal_is_the_published_envelope_byte_for_byte() {
        let answer = ClassicRefusal(sold_out()).error_response();
        assert_eq!(answer.status(), 404);
        assert_eq!(header_of(&answer, header::CONTENT_TYPE), "application/json");
        let bytes = to_bytes(answer.into_body()).await.expect("a body in memory");
        assert_eq!(bytes, r#"{"message":"none left","status":"Failed","validation_code":404}"#);
    }

    #[tokio::test]
    async fn in_both_styles_503_and_429_say_when_to_ask_again_and_401_says_how_to_sign_in() {
        for style in [ErrorStyle::Problem, ErrorStyle::Classic] {
            let busy = style.answer(&Problem::uncertain(503, "no-answer", "not now"));
            assert_eq!(header_of(&busy, header::RETRY_AFTER), "1");
            assert!(!busy.headers().contains_key(header::WWW_AUTHENTICATE));
            let often = style.answer(&Problem::too_often(NonZeroU16::MIN.saturating_add(6), "slowly"));
            assert_eq!((often.status().as_u16(), header_of(&often, header::RETRY_AFTER)), (429, "7"));
            let stranger = style.answer(&Problem::definite(401, "no-token", "who are you?"));
            assert_eq!(header_of(&stranger, header::WWW_AUTHENTICATE), "Bearer");
            assert!(!stranger.headers().contains_key(header::RETRY_AFTER));
        }
    }

    #[tokio::test]
    async fn a_status_that_is_none_of_an_error_is_answered_as_500_everywhere() {
        for code in [0, 99, 200, 302, 700] {
            for style in [ErrorStyle::Problem, ErrorStyle::Classic] {
                let answer = style.answer(&Problem::definite(code, "odd", "odd"));
                assert_eq!(answer.status(), 500, "{code} in {style:?}");
                let body = json_of(answer).await;
                let stated = body.get("status").filter(|value| value.is_number()).or(body.get("validation_code"));
                assert_eq!(stated, Some(&json!(500)));
            }
        }
    }
}

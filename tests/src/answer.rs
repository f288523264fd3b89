//! What came back: everything a test may look at, read once, and printed in full when it is not what it should be.

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::Value;
use std::fmt;
use std::time::{Duration, Instant};
use wire::classic::Failure;

/// An answer of a replica, or the reason why there was none.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status; 0 when no answer came, and then [`Answer::text`] says why.
    pub status: u16,
    /// The headers.
    pub headers: Box<HeaderMap>,
    /// The body as it was sent; what is no text in UTF-8 has signs of that.
    pub text: String,
    /// The length of the body as it was sent, in bytes.
    pub length: usize,
    /// From sending the request to the last byte of the answer.
    pub took: Duration,
}

impl Answer {
    /// Sends `request` and reads the answer to its end.
    pub async fn to(request: RequestBuilder) -> Self {
        let began = Instant::now();
        let answer = async {
            let answer = request.send().await?;
            let (status, headers) = (answer.status().as_u16(), Box::new(answer.headers().clone()));
            Ok::<_, reqwest::Error>((status, headers, answer.bytes().await?))
        };
        let (status, headers, body) =
            answer.await.unwrap_or_else(|error| (0, Box::default(), format!("no answer: {error:?}").into()));
        let text = String::from_utf8_lossy(&body).into_owned();
        Self { status, headers, text, length: body.len(), took: began.elapsed() }
    }

    /// A header's text, empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("not JSON ({error}): {self}"))
    }

    /// The field that `pointer` (RFC 6901) leads to, as an integer.
    #[track_caller]
    pub fn integer(&self, pointer: &str) -> u64 {
        let found = self.json().pointer(pointer).and_then(Value::as_u64);
        found.unwrap_or_else(|| panic!("there is no integer at {pointer}: {self}"))
    }

    /// The field that `pointer` leads to, as a text.
    #[track_caller]
    pub fn string(&self, pointer: &str) -> String {
        let found = self.json().pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        found.unwrap_or_else(|| panic!("there is no text at {pointer}: {self}"))
    }

    /// Fails unless the answer is exactly this, to the byte.
    #[track_caller]
    pub fn is(&self, status: u16, body: &str) -> &Self {
        assert!(self.status == status && self.text == body, "expected {status} {body}\ncame {self}");
        self
    }

    /// Fails unless it has this status, and no JSON envelope says another.
    #[track_caller]
    pub fn has_status(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// Fails unless it is a failure in the classic envelope, to the byte, whose message holds `words`.
    #[track_caller]
    pub fn fails(&self, status: u16, words: &str) -> &Self {
        assert_eq!(self.status, status, "{self}");
        let message = self.string("/message");
        let envelope = serde_json::to_string(&Failure::new(status, message.clone())).expect("plain data");
        assert_eq!(self.text, envelope, "not the classic envelope");
        assert!(message.to_lowercase().contains(&words.to_lowercase()), "the message does not name {words:?}: {self}");
        assert_eq!(status == 503, !self.header("retry-after").is_empty(), "Retry-After belongs to 503: {self}");
        self
    }

    /// Fails unless it is a problem of RFC 9457 with this status and type.
    #[track_caller]
    pub fn is_problem(&self, status: u16, kind: &str) -> &Self {
        assert_eq!((self.status, self.header("content-type")), (status, "application/problem+json"), "{self}");
        assert_eq!((self.string("/type").as_str(), self.integer("/status")), (kind, u64::from(status)), "{self}");
        self
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} after {:?}: {}", self.status, self.took, self.text)
    }
}

//! Why a run could not be made. Requests that fail are not errors: they are what a run is to find out.

use std::fmt::Display;

/// Why there is no outcome, as one sentence that says what was being done.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ClientError(String);

impl ClientError {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// `doing` is the beginning of the sentence: `listing the shop's books`.
    pub(crate) fn during(doing: impl Display, why: impl Display) -> Self {
        Self(format!("{doing}: {why}"))
    }
}

//! What can go wrong in a run, as one sentence that says what was being done.

use std::fmt::Display;

/// Why a run, or a part of it, came to nothing.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BenchError(String);

impl BenchError {
    /// A failure that is a sentence already.
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

/// Adds to an error what was being done.
pub(crate) trait While<T> {
    /// `doing` is the beginning of the sentence: `starting the standby`.
    fn during(self, doing: impl Display) -> Result<T, BenchError>;
}

impl<T, E: Display> While<T> for Result<T, E> {
    fn during(self, doing: impl Display) -> Result<T, BenchError> {
        self.map_err(|why| BenchError(format!("{doing}: {why}")))
    }
}

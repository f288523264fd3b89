//! Why a run could not be made. What the shop does wrong in it is no error: it is what a run is to find out.

use std::fmt::Display;

/// Why there is no outcome, as one sentence that says what was being done.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ChaosError(String);

impl ChaosError {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

/// Says what was being done when something failed.
pub(crate) trait While<T> {
    /// `doing` is the beginning of the sentence: `making a directory`.
    fn during(self, doing: impl Display) -> Result<T, ChaosError>;
}

impl<T, E: Display> While<T> for Result<T, E> {
    fn during(self, doing: impl Display) -> Result<T, ChaosError> {
        self.map_err(|why| ChaosError(format!("{doing}: {why}")))
    }
}

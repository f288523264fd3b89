//! Why a call brought no answer, told apart by what the caller does next.

use cluster::{Member, ReplicaName};
use std::error::Error;
use std::time::Duration;
use wire::Problem;
use wire::classic::Failure;

/// Why a call brought no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No connection: it did not happen. Ask another replica.
    #[error("{to} cannot be reached: {why}")]
    Unreachable {
        /// Who was called.
        to: ReplicaName,
        /// What the operating system said.
        why: String,
    },
    /// No whole answer in time. It may have happened: ask again with the same key.
    #[error("{to} did not answer within {after_ms} ms")]
    TimedOut {
        /// Who was called.
        to: ReplicaName,
        /// How long was waited, in milliseconds.
        after_ms: u64,
    },
    /// The connection broke midway. It may have happened: ask again with the same key.
    #[error("the call to {to} broke off: {why}")]
    Broken {
        /// Who was called.
        to: ReplicaName,
        /// What was said about it.
        why: String,
    },
    /// An answer that says no. The problem says whether it is certain that nothing happened.
    #[error("{to} refused: {problem}")]
    Refused {
        /// Who was called.
        to: ReplicaName,
        /// What it said, or as much as could be made of it. Boxed, so that every result is not as large as this.
        problem: Box<Problem>,
    },
    /// An answer that cannot be read: another version, or another program. It may have happened.
    #[error("the answer of {to} cannot be read: {why}")]
    Malformed {
        /// Who was called.
        to: ReplicaName,
        /// What is wrong with the answer.
        why: String,
    },
    /// Our own queue to that replica is full, so nothing was sent. Ask another replica.
    #[error("too many calls to {to} are waiting")]
    Busy {
        /// Who would have been called.
        to: ReplicaName,
    },
}

impl CallError {
    /// True when it certainly did not happen; false when it may have, so that only the same key may be sent again.
    pub fn definite(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Busy { .. } => true,
            Self::TimedOut { .. } | Self::Broken { .. } | Self::Malformed { .. } => false,
            Self::Refused { problem, .. } => problem.definite,
        }
    }

    /// Whether another replica may well answer what this one did not; with the same key, unless [`Self::definite`].
    pub fn worth_another_replica(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Broken { .. } | Self::Busy { .. } => true,
            Self::Refused { problem, .. } => problem.status >= 500,
            Self::Malformed { .. } => false,
        }
    }

    /// Whether the error shows that the replica, or the way to it, is gone.
    pub fn shows_it_is_down(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Broken { .. } => true,
            Self::Refused { .. } | Self::Malformed { .. } | Self::Busy { .. } => false,
        }
    }

    /// Who was called.
    pub fn to(&self) -> &ReplicaName {
        match self {
            Self::Unreachable { to, .. }
            | Self::TimedOut { to, .. }
            | Self::Broken { to, .. }
            | Self::Refused { to, .. }
            | Self::Malformed { to, .. }
            | Self::Busy { to } => to,
        }
    }

    /// The request did not get as far as an answer's head.
    pub(super) fn unsent(to: &Member, why: reqwest::Error) -> Self {
        // A connection that was not made in time is both of these, and nothing was sent on it.
        if why.is_connect() || why.is_builder() {
            return Self::Unreachable { to: to.name.clone(), why: root_cause(&why) };
        }
        Self::broken(to, why)
    }

    pub(super) fn broken(to: &Member, why: reqwest::Error) -> Self {
        Self::Broken { to: to.name.clone(), why: root_cause(&why.without_url()) }
    }

    pub(super) fn timed_out(to: &Member, deadline: Duration) -> Self {
        Self::TimedOut { to: to.name.clone(), after_ms: u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX) }
    }

    pub(crate) fn malformed(to: &Member, why: &impl ToString) -> Self {
        Self::Malformed { to: to.name.clone(), why: why.to_string() }
    }

    pub(super) fn refused(to: &Member, status: u16, body: &[u8]) -> Self {
        Self::Refused { to: to.name.clone(), problem: Box::new(problem(status, body)) }
    }
}

/// A failed call as a refusal of our own: what the other replica said, or 503 when it said nothing.
impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        let said = error.to_string();
        match error {
            CallError::Refused { problem, .. } => *problem,
            CallError::Unreachable { .. } => Self::definite(503, "unreachable", said),
            CallError::Busy { .. } => Self::definite(503, "busy", said),
            CallError::TimedOut { .. } | CallError::Broken { .. } | CallError::Malformed { .. } => {
                Self::uncertain(503, "no-answer", said)
            }
        }
    }
}

/// What a refusal says: a problem, a classic envelope, or nothing that can be read.
fn problem(status: u16, body: &[u8]) -> Problem {
    if let Ok(problem) = serde_json::from_slice::<Problem>(body) {
        return Problem { status, ..problem };
    }
    let detail = serde_json::from_slice::<Failure>(body)
        .map_or_else(|_| format!("It answered {status} without saying why."), |failure| failure.message);
    // Neither says whether it happened. A request that was refused as such did not; a server that failed may have.
    let definite = status < 500;
    Problem { definite, ..Problem::definite(status, "refused", detail) }
}

/// The innermost reason: what surrounds it repeats itself.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::{CallError, problem};
    use wire::Problem;

    #[test]
    fn a_problem_is_read_as_it_was_written_and_takes_the_status_of_the_answer() {
        let body = br#"{"type":"held-elsewhere","status":409,"detail":"catalogB holds it","definite":true}"#;
        let read = problem(503, body);
        assert_eq!((read.status, read.kind.as_str(), read.definite), (503, "held-elsewhere", true));
    }

    #[test]
    fn a_classic_failure_is_certain_unless_the_server_failed() {
        let body = br#"{"message":"none left","status":"Failed","validation_code":404}"#;
        let refused = problem(404, body);
        assert_eq!((refused.status, refused.detail.as_str(), refused.definite), (404, "none left", true));
        assert!(!problem(503, body).definite);
    }

    #[test]
    fn an_answer_that_says_nothing_still_makes_a_problem() {
        let silent = problem(502, b"<html>");
        assert_eq!((silent.status, silent.definite), (502, false));
        assert!(silent.detail.contains("502"));
    }

    #[test]
    fn what_never_left_is_certain_and_what_was_cut_short_is_not() {
        let to = || "orderB".parse().expect("a name");
        let why = || "why".to_owned();
        let refused = |status, definite| CallError::Refused {
            to: to(),
            problem: Box::new(Problem { definite, ..Problem::definite(status, "x", "x") }),
        };
        // error, definite, worth another replica, shows that it is down
        let table = [
            (CallError::Unreachable { to: to(), why: why() }, true, true, true),
            (CallError::TimedOut { to: to(), after_ms: 1 }, false, true, true),
            (CallError::Broken { to: to(), why: why() }, false, true, true),
            (CallError::Malformed { to: to(), why: why() }, false, false, false),
            (CallError::Busy { to: to() }, true, true, false),
            (refused(404, true), true, false, false),
            (refused(503, true), true, true, false),
            (refused(503, false), false, true, false),
        ];
        for (error, definite, another, down) in table {
            assert_eq!(error.definite(), definite, "{error}");
            assert_eq!(error.worth_another_replica(), another, "{error}");
            assert_eq!(error.shows_it_is_down(), down, "{error}");
            assert_eq!(Problem::from(error.clone()).definite, definite, "{error}");
        }
    }
}

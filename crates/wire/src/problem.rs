//! What went wrong, in the form of RFC 9457, with one field more than the RFC: is it safe to try again?

use crate::Shortfall;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU16;

/// A refusal or failure as it travels between tiers and to callers of `/api/v1`.
///
/// Source: RFC 9457, "Problem Details for HTTP APIs"; `definite`, `field`, `lines`, `after_s` and `request_id` are
/// extension members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[error("{status} {kind}: {detail}")]
pub struct Problem {
    /// A short stable name in kebab case, such as `sold-out`; callers branch on this, never on `detail`.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z-]+$"))]
    pub kind: String,
    /// The HTTP status.
    #[cfg_attr(feature = "openapi", schema(minimum = 400, maximum = 599))]
    pub status: u16,
    /// One sentence for people.
    pub detail: String,
    /// True: it did not happen. False: it may have happened; ask again with the same key.
    pub definite: bool,
    /// The part of the request that is wrong, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Every line of a basket that falls short, where that is the problem.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Shortfall>, required = false))]
    pub lines: Box<[Shortfall]>,
    /// In how many seconds to ask again, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u16>, minimum = 1))]
    pub after_s: Option<NonZeroU16>,
    /// The request that met the problem, to be found in the logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Problem {
    /// A refusal that changed nothing.
    pub fn definite(status: u16, kind: &str, detail: impl Into<String>) -> Self {
        let (kind, detail) = (kind.into(), detail.into());
        Self {
            kind,
            status,
            detail,
            definite: true,
            field: None,
            lines: Box::default(),
            after_s: None,
            request_id: None,
        }
    }

    /// A failure after which nobody can tell whether it happened: the caller asks again with the same key.
    pub fn uncertain(status: u16, kind: &str, detail: impl Into<String>) -> Self {
        Self { definite: false, ..Self::definite(status, kind, detail) }
    }

    /// The same problem, naming the part of the request that is wrong.
    #[must_use]
    pub fn at(mut self, field: &str) -> Self {
        self.field = Some(field.into());
        self
    }

    /// 429: too often in too short a time; nothing happened, and it may be asked again in so many seconds.
    pub fn too_often(after_s: NonZeroU16, detail: impl Into<String>) -> Self {
        Self { after_s: Some(after_s), ..Self::definite(429, "too-often", detail) }
    }

    /// 400: a parameter is missing or the body is not readable at all.
    pub fn missing(field: &str, detail: impl Into<String>) -> Self {
        Self::definite(400, "missing", detail).at(field)
    }

    /// 422, for a sentence that begins with the name of the field and a colon.
    pub fn named(why: impl Into<String>) -> Self {
        let why = why.into();
        let field = why.split(':').next().unwrap_or_default().to_owned();
        Self::invalid(&field, why)
    }

    /// 422: a parameter is there, but of the wrong kind or out of its range.
    pub fn invalid(field: &str, detail: impl Into<String>) -> Self {
        Self::definite(422, "invalid", detail).at(field)
    }
}

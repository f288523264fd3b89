//! Headers that every answer carries, and the names of our own.
//!
//! The policy forbids a page everything it does not need: no scripts from elsewhere, no frames, no forms to others.

use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web::middleware::DefaultHeaders;

/// Which frontend answered, and whether from its cache.
pub const SERVED_BY: HeaderName = HeaderName::from_static("x-served-by");

/// Nobody in between keeps such an answer: it is somebody's own, or its address is a secret.
pub const NOT_KEPT: (HeaderName, HeaderValue) = (CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// What a page of the shop may load and do.
pub const POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; \
                          base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The headers of every page and its parts, where they do not set them themselves. What every answer of every server
/// carries is added by `serve`.
pub fn for_pages() -> DefaultHeaders {
    DefaultHeaders::new()
        .add(("content-security-policy", POLICY))
        .add(("x-frame-options", "DENY"))
        .add(("referrer-policy", "same-origin"))
        .add(("cross-origin-opener-policy", "same-origin"))
        .add(("cross-origin-resource-policy", "same-origin"))
        .add(("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"))
}

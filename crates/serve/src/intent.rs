//! Did the person mean it? What a browser says about where a request comes from.
//!
//! Pure decisions over header values. The token in our own forms is the frontend's business; this is the
//! second, independent line, and the only one the classic `GET /buy` can have. Programs that are no browsers
//! send none of these headers and are never refused here.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderName};
use wire::Problem;

/// What the headers of a request say about its origin; `None` where a header is missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signs<'a> {
    /// `Sec-Fetch-Site`.
    pub site: Option<&'a str>,
    /// `Sec-Purpose`, or `Purpose` from older browsers.
    pub purpose: Option<&'a str>,
    /// `Origin`.
    pub origin: Option<&'a str>,
    /// `Host`: what the shop was called by.
    pub host: Option<&'a str>,
}

/// Why a request is not taken for somebody's wish to buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMeant {
    /// The browser only looks ahead.
    #[error("A browser that only looks ahead (prefetch) does not buy")]
    Prefetch,
    /// Another site sent the browser here.
    #[error("This request was made by another site; buying starts on a page of this shop")]
    OtherSite,
}

/// Whether a request with these signs may buy.
///
/// # Errors
/// [`NotMeant`] says what the browser gave away.
pub fn may_buy(signs: Signs<'_>) -> Result<(), NotMeant> {
    if signs.purpose.is_some_and(|purpose| purpose.to_ascii_lowercase().contains("prefetch")) {
        return Err(NotMeant::Prefetch);
    }
    match signs.site {
        Some("same-origin" | "none") => Ok(()),
        Some(_) => Err(NotMeant::OtherSite),
        // Browsers without Sec-Fetch-Site still say the origin of a POST.
        None => match signs.origin {
            None => Ok(()),
            Some(origin) if same_host(origin, signs.host) => Ok(()),
            Some(_) => Err(NotMeant::OtherSite),
        },
    }
}

fn same_host(origin: &str, host: Option<&str>) -> bool {
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    matches!((authority, host), (Some(authority), Some(host)) if authority.eq_ignore_ascii_case(host))
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
const PURPOSE: HeaderName = HeaderName::from_static("purpose");

/// Refuses a purchase that the visitor did not mean.
///
/// # Errors
/// A problem with status 403.
pub fn meant_it(request: &HttpRequest) -> Result<(), Problem> {
    // A header that is no text is there all the same, and means nothing good.
    let text = |name: HeaderName| request.headers().get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    let signs = Signs {
        site: text(SEC_FETCH_SITE),
        purpose: text(SEC_PURPOSE).or_else(|| text(PURPOSE)),
        origin: text(header::ORIGIN),
        host: text(header::HOST),
    };
    may_buy(signs).map_err(|why| Problem::definite(403, "not-meant", format!("{why}.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_no_browser_may_buy() {
        assert_eq!(may_buy(Signs::default()), Ok(()));
    }

    #[test]
    fn a_browser_on_our_own_page_may_buy() {
        for site in ["same-origin", "none"] {
            assert_eq!(may_buy(Signs { site: Some(site), ..Signs::default() }), Ok(()), "{site}");
        }
        let old = Signs { origin: Some("http://shop:8010"), host: Some("shop:8010"), ..Signs::default() };
        assert_eq!(may_buy(old), Ok(()));
    }

    #[test]
    fn another_site_may_not_buy() {
        for site in ["cross-site", "same-site", "something new"] {
            assert_eq!(may_buy(Signs { site: Some(site), ..Signs::default() }), Err(NotMeant::OtherSite), "{site}");
        }
        for origin in ["http://evil:8010", "null", "http://shop:8010.evil", "ftp://shop:8010"] {
            let signs = Signs { origin: Some(origin), host: Some("shop:8010"), ..Signs::default() };
            assert_eq!(may_buy(signs), Err(NotMeant::OtherSite), "{origin}");
        }
    }

    #[test]
    fn looking_ahead_is_not_buying() {
        for purpose in ["prefetch", "prefetch;prerender", "Prefetch"] {
            let signs = Signs { purpose: Some(purpose), site: Some("same-origin"), ..Signs::default() };
            assert_eq!(may_buy(signs), Err(NotMeant::Prefetch), "{purpose}");
        }
    }
}

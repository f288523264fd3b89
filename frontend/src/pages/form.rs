//! The forms of the pages: whose they are, and where they lead afterwards.
//!
//! A form carries the token of the session that its page was made for, so a page with a form starts a session. What a form
//! does is the business of the page that has it.

use super::failure::PageRefusal;
use crate::session::Session;
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::header::{HOST, REFERER};
use actix_web::{HttpRequest, HttpResponse};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;
use wire::{NotValid, Problem};

/// Who looks at a page with forms.
pub(super) struct Visit {
    /// Their session: the one that came with the request, or a new one.
    pub(super) session: Session,
    is_new: bool,
}

impl Visit {
    /// Whoever asks; the cookie alone says it, and nobody else is asked.
    pub(super) fn begin(shop: &Shop, request: &HttpRequest) -> Self {
        let known = visitor::session(request, &shop.signer);
        let is_new = known.is_none();
        Self { session: known.unwrap_or_else(|| Session::new(Uuid::new_v4())), is_new }
    }

    /// The answer to them, with the cookie of a session that has just begun.
    pub(super) fn answered(&self, shop: &Shop, request: &HttpRequest, answer: HttpResponse) -> HttpResponse {
        if self.is_new { with_session(shop, request, &self.session, answer) } else { answer }
    }
}

/// The answer, with the cookie of this session.
pub(super) fn with_session(
    shop: &Shop,
    request: &HttpRequest,
    session: &Session,
    answer: HttpResponse,
) -> HttpResponse {
    visitor::with_cookie(answer, &visitor::cookie(request, &shop.signer, session))
}

/// The session whose form this is; `page` is where the form can be had.
///
/// # Errors
/// 403 for what another site made a browser send, and for a form that is not this session's.
pub(super) fn admitted(
    shop: &Shop,
    request: &HttpRequest,
    token: Option<&str>,
    page: &str,
) -> Result<Session, PageRefusal> {
    meant(shop, request, token, "wrong-token").map_err(|why| PageRefusal::from(why).with_way_back(page.to_owned()))
}

/// The same for a form of a list, or of all lists where `list` is empty.
///
/// # Errors
/// As [`admitted`], in the words of lists.
pub(super) fn admitted_to_list(
    shop: &Shop,
    request: &HttpRequest,
    token: Option<&str>,
    list: &str,
) -> Result<Session, PageRefusal> {
    meant(shop, request, token, "wrong-list-token").map_err(|why| PageRefusal::from(why).with_way_back_to_list(list))
}

fn meant(shop: &Shop, request: &HttpRequest, token: Option<&str>, kind: &str) -> Result<Session, Problem> {
    serve::intent::meant_it(request)?;
    let session = visitor::session(request, &shop.signer);
    let token = token.unwrap_or_default();
    session.filter(|session| shop.signer.is_form_token(session, token)).ok_or_else(|| {
        let detail = "This form is not one of your session's, so nothing was bought and nothing was changed. Cookies may be switched off, or the page may be from another day: open it again and try there.";
        Problem::definite(403, kind, detail)
    })
}

/// The same, for what only its user may see or change: see [`visitor::owner`].
///
/// # Errors
/// As [`admitted`].
pub(super) async fn owner(
    shop: &Shop,
    request: &HttpRequest,
    token: Option<&str>,
    page: &str,
) -> Result<Session, PageRefusal> {
    let session = admitted(shop, request, token, page)?;
    Ok(visitor::owner(request, shop).await.unwrap_or(session))
}

/// An address of this shop, from its root on: the only ones to which a form leads whoever wrote the link to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LocalPath(String);

impl LocalPath {
    /// The most characters.
    const MOST: usize = 1024;

    /// The address.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as a value of a query.
    pub(super) fn encoded(&self) -> String {
        utf8_percent_encode(&self.0, NON_ALPHANUMERIC).to_string()
    }

    /// The page of this shop from which a form was sent, as far as the browser tells.
    pub(super) fn sent_from(request: &HttpRequest) -> Option<Self> {
        let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let (from, host) = (text(REFERER)?, text(HOST)?);
        let rest = from.strip_prefix("https://").or_else(|| from.strip_prefix("http://"))?;
        rest.strip_prefix(host)?.parse().ok()
    }
}

impl fmt::Display for LocalPath {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.0)
    }
}

impl FromStr for LocalPath {
    type Err = NotValid;

    fn from_str(text: &str) -> Result<Self, NotValid> {
        const WRONG: NotValid = NotValid("an address within the shop begins with one slash");
        // Browsers read a backslash as a slash, and leave out tabs and line breaks before they read anything.
        let plain = text.len() <= Self::MOST && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        if plain && text.starts_with('/') && !text.starts_with("//") { Ok(Self(text.to_owned())) } else { Err(WRONG) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn only_addresses_of_this_shop_are_gone_on_to() {
        for fine in ["/", "/checkout", "/find?q=a%20b&cursor=1#x", "/topics/%2F%2Fevil.example"] {
            assert_eq!(fine.parse::<LocalPath>().map(|path| path.0), Ok(fine.to_owned()));
        }
        let long = format!("/{}", "x".repeat(LocalPath::MOST));
        for wrong in [
            "",
            "checkout",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "\n//evil.example",
            " /x",
            "https://evil.example",
            "javascript:alert(1)",
            "/é",
            &long,
        ] {
            assert!(wrong.parse::<LocalPath>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn where_a_form_was_sent_from_is_believed_of_this_host_only() {
        let from = |referer: &str| {
            let request =
                TestRequest::default().insert_header(("Host", "shop:8010")).insert_header(("Referer", referer));
            LocalPath::sent_from(&request.to_http_request()).map(|path| path.0)
        };
        assert_eq!(from("http://shop:8010/topics/novels?cursor=1"), Some("/topics/novels?cursor=1".into()));
        for wrong in
            ["http://shop:8010", "http://shop:80100/x", "http://evil/shop:8010/x", "http://shop:8010//evil", "x"]
        {
            assert_eq!(from(wrong), None, "{wrong}");
        }
    }
}

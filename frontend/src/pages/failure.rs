//! Pages for when something is not possible: each says what happened and what can be done now.

use super::{Frame, page, status_of};
use crate::pages;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse, ResponseError};
use askama::Template;
use serve::request_id;
use std::num::NonZeroU16;
use wire::Problem;

/// A refusal that is answered as a page.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct PageRefusal {
    problem: Box<Problem>,
    retry: Option<Box<Retry>>,
    reload: Option<&'static str>,
    way_back: Option<String>,
    /// What the link back says.
    way_back_words: &'static str,
}

/// Something that may be tried again: a purchase with the same key, or a change that was not made.
#[derive(Clone, Debug)]
pub struct Retry {
    /// Where the form goes.
    pub action: String,
    /// What it sends, all of it hidden.
    pub fields: Vec<(&'static str, String)>,
    /// Why that does no harm.
    pub hint: &'static str,
}

impl Retry {
    /// The same key is the same order.
    pub const BUYS_ONCE: &str = "Trying again is safe: it buys once, whatever has happened.";
    /// It is certain that nothing happened.
    pub const NOTHING_CHANGED: &str = "Nothing was changed yet.";
}

impl From<Problem> for PageRefusal {
    fn from(problem: Problem) -> Self {
        Self {
            problem: Box::new(problem),
            retry: None,
            reload: None,
            way_back: None,
            way_back_words: "Back to where you were",
        }
    }
}

impl PageRefusal {
    /// The same refusal, with a form that tries again.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = Some(Box::new(retry));
        self
    }

    /// The same refusal of the page at `href`, with a link that asks for it again where that may help.
    #[must_use]
    pub fn of_page(mut self, href: &'static str) -> Self {
        self.reload = Some(href).filter(|_| self.problem.status == 503);
        self
    }

    /// The same refusal, with a link to where the visitor came from.
    #[must_use]
    pub fn with_way_back(mut self, href: String) -> Self {
        self.way_back = Some(href);
        self
    }

    /// The same refusal, with a link back to this list, or to all lists where the text is empty.
    #[must_use]
    pub fn with_way_back_to_list(mut self, list: &str) -> Self {
        self.way_back = Some(if list.is_empty() { "/lists".to_owned() } else { format!("/lists/{list}") });
        self.way_back_words = if list.is_empty() { "Back to the lists" } else { "Back to the list" };
        self
    }
}

impl ResponseError for PageRefusal {
    fn status_code(&self) -> StatusCode {
        status_of(&self.problem)
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let status = self.status_code();
        let words = Words::of(status, &self.problem.kind);
        let mut answer = page(
            status,
            &FailurePage {
                frame: Frame::new(format!("{} · Bookend", words.title)).unlisted(),
                code: status.as_u16(),
                title: words.title,
                help: words.help,
                detail: Some(self.problem.detail.as_str()).filter(|_| says_more(status, &self.problem.kind)),
                retry: self.retry.as_deref(),
                reload: self.reload,
                way_back: self.way_back.as_deref(),
                way_back_words: self.way_back_words,
                request_id: request_id::current().filter(|_| status.is_server_error()).map(|id| id.to_string()),
            },
        );
        if matches!(status.as_u16(), 429 | 503) {
            answer.headers_mut().insert(RETRY_AFTER, self.problem.after_s.map_or(1, NonZeroU16::get).into());
        }
        answer
    }
}

#[derive(Template)]
#[template(path = "pages/failure.html")]
struct FailurePage<'a> {
    frame: Frame,
    code: u16,
    title: &'static str,
    help: &'static str,
    detail: Option<&'a str>,
    retry: Option<&'a Retry>,
    reload: Option<&'static str>,
    way_back: Option<&'a str>,
    way_back_words: &'static str,
    request_id: Option<String>,
}

/// What is said for a status.
struct Words {
    title: &'static str,
    help: &'static str,
}

impl Words {
    fn of(status: StatusCode, kind: &str) -> Self {
        let (title, help) = match (status.as_u16(), kind) {
            (400, _) => (
                "That did not come through",
                "Something was missing in the request. Going back and trying again usually helps.",
            ),
            (403, "wrong-list-token" | "read-only") => (
                "Please start from the list",
                "For your safety a list is only written by a form of this shop that was opened by you.",
            ),
            (403, _) => (
                "Please start from the shop’s own page",
                "For your safety a form only counts when it was begun on a page of this shop, by you.",
            ),
            (404, "no-carts" | "no-accounts") => (
                "Not in this shop",
                "This shop has no carts, no lists and no accounts: everybody buys one book at a time, with “Buy now” on its page.",
            ),
            (404, "no-such-order") => (
                "No order here",
                "Check that the whole link was copied. An order's link is long, because it is a secret.",
            ),
            (404, "no-such-list") => {
                ("No list here", "Check that the whole link was copied. A list's link is long, because it is a secret.")
            }
            (404, _) => (
                "Not on our shelves",
                "The page may have moved, or the link may have a typing mistake in it. The search box above knows every book we have.",
            ),
            (405, _) => ("Not like that", "This address does not take that kind of request."),
            (410, _) => ("Gone for good", "What was here has been taken away on purpose."),
            (413, _) => ("Too much at once", "What was sent is larger than this shop takes."),
            (415, _) => ("Not in that form", "What was sent is of a kind that this page does not read."),
            (422, _) => ("That does not add up", "One of the values can't be right."),
            (429, _) => ("A little slower, please", "That was tried very often in a short time. Nothing was done."),
            (503, "no-catalog") => (
                "The shelves are out of reach",
                "Our catalog does not answer at the moment. It is usually back within seconds: reload this page.",
            ),
            (503, "order-out-of-reach") => (
                "Orders are out of reach",
                "The order desks do not answer at the moment. Yours are safe; try again in a moment.",
            ),
            (503, "list-in-doubt") => (
                "No answer came in time",
                "Your change may be on the list all the same: look at it before you try again.",
            ),
            (503, "no-cart-replica") => (
                "The lists are out of reach",
                "Lists do not answer at the moment, and nothing was changed. What is on your device is safe; reload this page in a moment.",
            ),
            (503, "held-elsewhere" | "ask-alone") => (
                "This copy is out of reach",
                "The catalog that keeps the last of it does not answer at the moment. Nothing was bought; it is usually back within seconds.",
            ),
            (503, "carts-out-of-reach") => (
                "Carts are out of reach",
                "What is in your cart is safe, and nothing was changed. The shelves are open as ever, and “Buy now” on the page of a book buys without a cart.",
            ),
            (503, "cart-unsure") => (
                "No answer came in time",
                "The change may have been made all the same. Look into your cart before you make it again.",
            ),
            (503, "checkout-unsure") => (
                "We can’t tell yet",
                "An order may have been made of your cart, and nobody who answers knows. Nothing is lost: ask again, and you see that order or it is made now.",
            ),
            (503, "no-quorum" | "busy") => (
                "Accounts are out of reach",
                "Nothing was done. The shop is open as ever: nobody needs an account to buy.",
            ),
            (503, "no-answer") => (
                "No answer came in time",
                "Your order may have gone through all the same. Press the button to find out.",
            ),
            (503, "no-order-replica" | "not-now") => {
                ("Checkout is paused", "Browsing still works, and nothing you chose is lost. Nothing was bought.")
            }
            (503, _) => ("Checkout is paused", "Browsing still works, and nothing you chose is lost."),
            _ => ("Something broke here", "That was our fault, not yours. It has been noted; trying again may help."),
        };
        Self { title, help }
    }
}

/// Whether a problem's own sentence says something that the page does not say already.
fn says_more(status: StatusCode, kind: &str) -> bool {
    !matches!((status.as_u16(), kind), (404, "no-such-address" | "no-such-item") | (405 | 500 | 503, _))
}

/// Whether an error of this request is answered as a page: under the pages' addresses always, elsewhere when a browser
/// asks. The API's own errors do not come by here.
pub fn wants_page(request: &HttpRequest) -> bool {
    let path = request.path();
    let under = |base: &str| path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if path == "/" || pages::PATHS.iter().any(|base| under(base)) {
        return true;
    }
    let accepts = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepts.contains("text/html")
}

/// Gives every error under a page's address a page, whoever made it: an extractor, the router, the framework.
///
/// # Errors
/// Whatever an inner middleware failed with.
pub async fn as_pages<B>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<BoxBody>, Error>
where
    B: MessageBody + 'static,
{
    let response = next.call(request).await?.map_into_boxed_body();
    let status = response.status();
    let is_page = response.headers().get(CONTENT_TYPE).is_some_and(|media| media.as_bytes().starts_with(b"text/html"));
    if !(status.is_client_error() || status.is_server_error()) || is_page || !wants_page(response.request()) {
        return Ok(response);
    }
    let (request, old) = response.into_parts();
    let mut new = PageRefusal::from(Problem::definite(status.as_u16(), "no-such-address", "")).error_response();
    for (name, value) in old.headers() {
        if !new.headers().contains_key(name) && name != actix_web::http::header::CONTENT_LENGTH {
            new.headers_mut().append(name.clone(), value.clone());
        }
    }
    Ok(ServiceResponse::new(request, new))
}

//! Pages for when something is not possible: each says what happened and what can be done now.

use super::{ENGLISH_ALONE, Frame, PATHS, is_under, page, status_of};
use crate::say::{Failure, Say};
use crate::shop::Shop;
use crate::visitor;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderValue, RETRY_AFTER, VARY};
use actix_web::middleware::Next;
use actix_web::web::Data;
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
    way_back: Option<WayBack>,
}

/// A link to where somebody came from.
#[derive(Debug)]
struct WayBack {
    href: String,
    to: Back,
}

/// Where it leads.
#[derive(Clone, Copy, Debug)]
enum Back {
    Page,
    List,
    Lists,
}

/// Something that may be tried again: a purchase with the same key, or a change that was not made.
#[derive(Clone, Debug)]
pub struct Retry {
    /// Where the form goes.
    pub action: String,
    /// What it sends, all of it hidden.
    pub fields: Vec<(&'static str, String)>,
    /// Why that does no harm.
    pub hint: Harmless,
}

/// Why it does no harm to try again.
#[derive(Clone, Copy, Debug)]
pub enum Harmless {
    /// The same key is the same order.
    BuysOnce,
    /// It is certain that nothing happened.
    NothingChanged,
}

impl From<Problem> for PageRefusal {
    fn from(problem: Problem) -> Self {
        Self { problem: Box::new(problem), retry: None, reload: None, way_back: None }
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
        self.way_back = Some(WayBack { href, to: Back::Page });
        self
    }

    /// The same refusal, with a link back to this list, or to all lists where the text is empty.
    #[must_use]
    pub fn with_way_back_to_list(mut self, list: &str) -> Self {
        self.way_back = Some(match list {
            "" => WayBack { href: "/lists".to_owned(), to: Back::Lists },
            list => WayBack { href: format!("/lists/{list}"), to: Back::List },
        });
        self
    }
}

/// Its status alone: [`as_pages`] knows who asked, and in which language.
impl ResponseError for PageRefusal {
    fn status_code(&self) -> StatusCode {
        status_of(&self.problem)
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::new(self.status_code())
    }
}

impl PageRefusal {
    /// The page, for whoever made this request.
    fn page(&self, request: &HttpRequest) -> HttpResponse<BoxBody> {
        let (say, status) = (visitor::say(request), self.status_code());
        let (title, help) = words(say, status, &self.problem.kind);
        let mut answer = page(
            status,
            &FailurePage {
                frame: Frame::titled(request, title).unlisted(),
                code: status.as_u16(),
                title,
                help,
                detail: self.detail(request, say),
                retry: self.retry.as_deref(),
                hint: self.retry.as_ref().map(|retry| match retry.hint {
                    Harmless::BuysOnce => say.failures.buys_once,
                    Harmless::NothingChanged => say.failures.nothing_changed,
                }),
                lists: self.is_of_orders() && has_lists(request),
                reload: self.reload,
                way_back: self.way_back.as_ref().map(|way| {
                    let words = match way.to {
                        Back::Page => say.failures.back,
                        Back::List => say.failures.back_to_list,
                        Back::Lists => say.failures.back_to_lists,
                    };
                    (way.href.as_str(), words)
                }),
                request_id: request_id::current().filter(|_| status.is_server_error()).map(|id| id.to_string()),
            },
        );
        if matches!(status.as_u16(), 429 | 503) {
            answer.headers_mut().insert(RETRY_AFTER, self.problem.after_s.map_or(1, NonZeroU16::get).into());
        }
        answer
    }

    /// Whether it says that nothing can be bought now.
    fn is_of_orders(&self) -> bool {
        self.problem.status == 503 && matches!(self.problem.kind.as_str(), "no-order-replica" | "not-now")
    }

    /// What is wrong, where the title does not say it. The operator is told it in the problem's own words.
    fn detail(&self, request: &HttpRequest, say: &Say) -> Option<&str> {
        let own = Some(self.problem.detail.as_str()).filter(|own| !own.is_empty());
        let own = own.filter(|_| is_under(request.path(), &ENGLISH_ALONE));
        own.or_else(|| wrong(say, &self.problem)).filter(|_| says_more(self.status_code()))
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
    hint: Option<&'static str>,
    /// Whether lists are worth a word: they work while nothing can be bought.
    lists: bool,
    reload: Option<&'static str>,
    /// Where it leads, and what it says.
    way_back: Option<(&'a str, &'static str)>,
    request_id: Option<String>,
}

/// What is said for a status: what happened, and what can be done now.
fn words(say: &Say, status: StatusCode, kind: &str) -> Failure {
    let said = &say.failures;
    match (status.as_u16(), kind) {
        (400, _) => said.incomplete,
        (403, "wrong-list-token" | "read-only") => said.not_of_list,
        (403, _) => said.not_of_page,
        (404, "no-carts" | "no-accounts") => said.no_carts,
        (404, "no-such-order") => said.no_order,
        (404, "no-such-list") => said.no_list,
        (404, _) => said.not_here,
        (405, _) => said.not_like_that,
        (410, _) => said.gone,
        (413, _) => said.too_large,
        (415, _) => said.other_form,
        (422, _) => said.wrong,
        (429, _) => said.slower,
        (503, "no-catalog") => said.no_catalog,
        (503, "order-out-of-reach") => said.orders_out_of_reach,
        (503, "list-in-doubt") => said.list_unsure,
        (503, "no-cart-replica") => said.lists_out_of_reach,
        (503, "held-elsewhere" | "ask-alone") => said.copy_out_of_reach,
        (503, "carts-out-of-reach") => said.carts_out_of_reach,
        (503, "cart-unsure") => said.cart_unsure,
        (503, "checkout-unsure") => said.checkout_unsure,
        (503, "no-quorum" | "busy") => said.accounts_out_of_reach,
        (503, "no-answer") => said.order_unsure,
        (503, "no-order-replica" | "not-now") => said.not_bought,
        (503, _) => said.paused,
        _ => said.broken,
    }
}

/// What is wrong with which part of the request. A problem's own sentence is for programs and in English; people are told
/// by its kind and its field.
pub(super) fn wrong(say: &Say, problem: &Problem) -> Option<&'static str> {
    let said = &say.wrong;
    Some(match (problem.kind.as_str(), problem.field.as_deref()) {
        ("wrong-token" | "wrong-list-token", _) => said.token,
        ("read-only", _) => said.read_only,
        ("no-such-topic", _) => said.topic,
        ("no-such-book", _) => said.book,
        ("other-basket", _) => said.basket,
        (_, Some("quantity" | "count")) => said.copies,
        (_, Some("key")) => said.key,
        (_, Some("q")) => said.query,
        (_, Some("cursor")) => said.cursor,
        (_, Some("min_price" | "max_price")) => said.price,
        (_, Some("what")) => said.line,
        ("invalid", Some("name")) => said.name,
        ("invalid", Some("by")) => said.by,
        ("invalid", Some("note")) => said.note,
        ("invalid", Some("kind")) => said.kind,
        ("invalid", Some("list")) => said.link,
        ("invalid", Some("item")) => said.not_there,
        ("invalid", Some("items" | "fields" | "bytes" | "value" | "actors")) => said.full,
        ("missing", _) | (_, Some("do")) => said.form,
        _ => return None,
    })
}

fn has_lists(request: &HttpRequest) -> bool {
    request.app_data::<Data<Shop>>().is_some_and(|shop| !shop.objects.is_none())
}

/// Whether a page can say more than its title does: of what is out of reach or broken there is no more to say.
fn says_more(status: StatusCode) -> bool {
    !matches!(status.as_u16(), 405 | 500 | 503)
}

/// Whether an error of this request is answered as a page: under the pages' addresses always, elsewhere when a browser
/// asks. The API's own errors do not come by here.
pub fn wants_page(request: &HttpRequest) -> bool {
    let path = request.path();
    if path == "/" || is_under(path, &PATHS) {
        return true;
    }
    let accepts = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepts.contains("text/html")
}

/// Gives every error under a page's address a page, whoever made it: a handler, an extractor, the router, the framework.
/// And says of every page in which language it is, and that somebody else may get it in another one.
///
/// # Errors
/// Whatever an inner middleware failed with.
pub async fn as_pages<B>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<BoxBody>, Error>
where
    B: MessageBody + 'static,
{
    let response = next.call(request).await?.map_into_boxed_body();
    let mut response = if is_page(&response) { response } else { with_page(response) };
    if is_page(&response) {
        let language = HeaderValue::from_static(visitor::language(response.request()).tag());
        let headers = response.headers_mut();
        headers.insert(CONTENT_LANGUAGE, language);
        headers.append(VARY, HeaderValue::from_static("accept-language, cookie"));
    }
    Ok(response)
}

fn is_page(response: &ServiceResponse<BoxBody>) -> bool {
    response.headers().get(CONTENT_TYPE).is_some_and(|media| media.as_bytes().starts_with(b"text/html"))
}

/// The same answer, as a page where it is an error that shall be one.
fn with_page(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let refusal = response.response().error().and_then(|error| error.as_error::<PageRefusal>());
    let status = response.status();
    let fails = status.is_client_error() || status.is_server_error();
    let mut new = match refusal {
        Some(refusal) => refusal.page(response.request()),
        None if fails && wants_page(response.request()) => {
            PageRefusal::from(Problem::definite(status.as_u16(), "no-such-address", "")).page(response.request())
        }
        None => return response,
    };
    let (request, old) = response.into_parts();
    for (name, value) in old.headers() {
        if !new.headers().contains_key(name) && name != actix_web::http::header::CONTENT_LENGTH {
            new.headers_mut().append(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(request, new)
}

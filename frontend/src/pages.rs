//! The storefront: the shop's use cases as pages that work without a line of JavaScript.
//!
//! A handler reads what was asked, calls a use case, puts words into a page, and renders it. Templates get words and
//! give them places; they never count, compare or compute.

mod about;
mod account;
mod book;
mod card;
mod cart;
mod checkout;
mod code;
mod cover;
mod desk;
mod docs;
mod edition;
mod events;
pub mod failure;
mod find;
mod form;
mod give;
mod home;
mod language;
mod line;
mod list;
mod lists;
mod live;
mod offline;
mod opensearch;
mod order;
mod orders;
mod sign_in;
mod topic;

pub(crate) use card::cover_href;
pub(crate) use edition::{currency_code, paragraphs, preview};

use crate::language::Language;
use crate::say::{ENGLISH, Say};
use crate::session::{Seen, Session};
use crate::shop::Shop;
use crate::static_files::{ICON_HREF, SCRIPT_HREF, SEARCH_HREF, STYLE_HREF};
use crate::visitor;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, LOCATION};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serve::get_or_head;
use std::fmt;
use wire::{ItemId, Problem};

/// Where pages are; errors under these addresses are pages, whoever asks.
pub const PATHS: [&str; 18] = [
    "/topics",
    "/books",
    "/find",
    "/lists",
    "/offline",
    "/cart",
    "/checkout",
    "/orders",
    "/sign-in",
    "/sign-up",
    "/sign-out",
    "/account",
    "/about",
    "/language",
    "/desk",
    "/covers",
    "/static",
    "/api/docs",
];

/// What speaks English to everybody: the operator's desk, and what programmers read.
pub const ENGLISH_ALONE: [&str; 2] = ["/desk", "/api/docs"];

/// Whether `path` is one of these addresses, or below one of them.
pub fn is_under(path: &str, bases: &[&str]) -> bool {
    let under = |base: &&str| path.strip_prefix(*base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    bases.iter().any(under)
}

/// Letters that stand in a path as they are.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The routes of the pages.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/").route(get_or_head(home::home)))
        .service(web::resource("/topics/{topic}").route(get_or_head(topic::topic)))
        .service(web::resource("/books/{id}").route(get_or_head(book::book)))
        .service(web::resource("/books/{id}/buy").route(get_or_head(book::back)).route(web::post().to(book::buy)))
        .service(web::resource("/books/{id}/events").route(web::get().to(live::events)))
        .service(web::resource("/find").route(get_or_head(find::find)))
        .service(web::resource("/opensearch.xml").route(get_or_head(opensearch::description)))
        .service(web::resource("/cart").route(get_or_head(cart::show)))
        .service(web::resource("/cart/items").route(get_or_head(cart::back)).route(web::post().to(cart::add)))
        .service(web::resource("/cart/items/{item}").route(get_or_head(cart::back)).route(web::post().to(cart::set)))
        .service(
            web::resource("/cart/items/{item}/remove")
                .route(get_or_head(cart::back))
                .route(web::post().to(cart::remove)),
        )
        .service(
            web::resource("/checkout").route(get_or_head(checkout::show)).route(web::post().to(checkout::check_out)),
        )
        .service(web::resource("/sign-in").route(get_or_head(sign_in::show)).route(web::post().to(sign_in::sign_in)))
        .service(
            web::resource("/sign-up").route(get_or_head(sign_in::show_new)).route(web::post().to(sign_in::sign_up)),
        )
        .service(web::resource("/sign-out").route(get_or_head(account::back)).route(web::post().to(account::sign_out)))
        .service(web::resource("/account").route(get_or_head(account::show)))
        .service(
            web::resource("/account/password")
                .route(get_or_head(account::back))
                .route(web::post().to(account::set_password)),
        )
        .service(web::resource("/orders").route(get_or_head(orders::list)).route(web::post().to(orders::find)))
        .service(web::resource("/lists").route(get_or_head(lists::lists)).route(web::post().to(lists::begin)))
        .service(web::resource("/lists/shell").route(get_or_head(list::shell)))
        .service(web::resource("/lists/{id}").route(get_or_head(list::list)).route(web::post().to(list::edit)))
        .service(web::resource("/offline").route(get_or_head(offline::offline)))
        .service(web::resource("/orders/{id}").route(get_or_head(order::order)))
        .configure(desk::routes)
        .service(web::resource("/language").route(get_or_head(language::back)).route(web::post().to(language::choose)))
        .service(web::resource("/about").route(get_or_head(about::about)))
        .service(web::resource("/api/docs").route(get_or_head(docs::docs)))
        .service(web::resource("/covers/{file}").route(get_or_head(cover::cover)));
}

/// What is around every page.
pub struct Frame {
    /// What is said in the visitor's language.
    pub(crate) say: &'static Say,
    /// Where the page is, for whoever chooses another language on it; empty where there is no choice.
    pub here: String,
    /// The title of the window.
    pub title: String,
    /// What stands in the search box.
    pub query: String,
    /// Whether search engines may list it.
    pub listed: bool,
    /// The address of the style sheet.
    pub style: &'static str,
    /// The address of the icon.
    pub icon: &'static str,
    /// The address of what helps with searching.
    pub search: &'static str,
    /// The address of the script that every page has: a page works without it.
    pub script: &'static str,
    /// How many units are in the visitor's cart, in figures; empty where this browser does not know.
    pub in_cart: String,
    /// Whether the shop has carts and accounts.
    pub carts: bool,
    /// Whether the visitor is signed in, as far as the cookie says; `None` where nobody looked.
    pub member: Option<bool>,
    /// What the page's forms must send back; empty where books can't be put into a cart from it.
    pub token: String,
}

impl Frame {
    /// The frame of a page called this, in the language of whoever asks for it.
    pub fn titled(request: &HttpRequest, what: impl fmt::Display) -> Self {
        let here = request.uri().path_and_query().filter(|_| !is_under(request.path(), &ENGLISH_ALONE));
        let here = here.map(ToString::to_string).unwrap_or_default();
        Self { say: visitor::say(request), here, ..Self::new(format!("{what} · Bookend")) }
    }

    /// The frame of a page that speaks English to everybody, with this as the title of its window.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            say: &ENGLISH,
            here: String::new(),
            title: title.into(),
            query: String::new(),
            listed: true,
            style: &STYLE_HREF,
            icon: &ICON_HREF,
            search: &SEARCH_HREF,
            script: &SCRIPT_HREF,
            in_cart: String::new(),
            carts: true,
            member: None,
            token: String::new(),
        }
    }

    /// The same frame for this visitor, who may put books into a cart from it. All that is said here of a cart and of an
    /// account stands in the session's cookie: no page waits for the cart tier.
    #[must_use]
    pub fn of(mut self, shop: &Shop, session: &Session) -> Self {
        self.in_cart = session.in_cart().filter(|units| *units > 0).map(in_figures).unwrap_or_default();
        self.member = Some(session.member().is_some());
        self.carts = !shop.objects.is_none();
        if self.carts {
            self.token = shop.signer.form_token(session);
        }
        self
    }

    /// The same frame, with these words in the search box.
    #[must_use]
    pub fn searching(mut self, query: &str) -> Self {
        self.query = query.into();
        self
    }

    /// What stands behind the address of a file that is in the page's language; nothing where that is English.
    pub fn in_language(&self) -> String {
        let language = self.say.language;
        if language == Language::default() { String::new() } else { format!("?language={}", language.tag()) }
    }

    /// The languages that can be chosen instead.
    pub fn others(&self) -> impl Iterator<Item = Language> {
        let is_other = |language: &Language| *language != self.say.language;
        Language::ALL.into_iter().filter(is_other).filter(|_| !self.here.is_empty())
    }

    /// The same frame, not to be listed by search engines.
    #[must_use]
    pub fn unlisted(mut self) -> Self {
        self.listed = false;
        self
    }
}

/// `7`, `99+`.
fn in_figures(units: u8) -> String {
    if units > 99 { "99+".into() } else { units.to_string() }
}

/// A page that is its visitor's own: nothing in between keeps it, and neither does the browser when they go.
fn own_page(status: StatusCode, template: &impl Template) -> HttpResponse {
    not_kept(page(status, template))
}

/// A page as an answer.
fn page(status: StatusCode, page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(html) => HttpResponse::build(status)
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            // Stock and prices change: a browser may keep a page, but has to ask before it shows it again.
            .insert_header((CACHE_CONTROL, "private, no-cache"))
            .body(html),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            HttpResponse::new(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// The same answer, kept by nobody: what is on it is for whoever has its address.
fn not_kept(mut answer: HttpResponse) -> HttpResponse {
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    answer
}

/// 303: go on there, with a GET.
fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, to)).finish()
}

/// The number in the address of something about a book.
fn number(text: &str) -> Result<ItemId, Problem> {
    text.parse().map_err(|_| Problem::definite(404, "no-such-item", "There is no book at this address."))
}

/// The status of a page that says this.
fn status_of(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// What a book is called at the desk where its title is not known.
fn unnamed(item: ItemId) -> String {
    ENGLISH.unnamed(item)
}

/// The title of a book, as far as a catalog tells it; one that is a little old does no harm.
async fn title_of(shop: &Shop, say: &Say, item: ItemId) -> String {
    let known = shop.browse.book(item, &Seen::default()).await.ok();
    known.map_or_else(|| say.unnamed(item), |found| found.value.state().title.value.clone())
}

/// The address of a topic's page.
pub(crate) fn topic_href(topic: &str) -> String {
    format!("/topics/{}", utf8_percent_encode(topic, PATH))
}

/// A link to a topic.
#[derive(Clone, Debug)]
struct TopicLink {
    href: String,
    /// What it is called below the topic above it.
    name: String,
}

impl TopicLink {
    fn to(topic: &str) -> Self {
        Self { href: topic_href(topic), name: wire::topic::name(topic).to_owned() }
    }

    /// The topics above this one, the topmost first.
    fn above(topic: &str) -> Vec<Self> {
        wire::topic::above(topic).map(Self::to).collect()
    }
}

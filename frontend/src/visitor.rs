//! Who is asking: the session in a request's cookie, and what the headers say about where the request comes from.
//!
//! The bridge between actix and the pure part, `session.rs`.

use crate::cart::Meeting;
use crate::language::{self, Language};
use crate::pace::{Address, TooOften};
use crate::pages::{ENGLISH_ALONE, is_under};
use crate::say::Say;
use crate::session::{COOKIE, Member, Seen, Session, Signer};
use crate::shop::Shop;
use actix_web::cookie::Cookie;
use actix_web::http::header::{self, AcceptLanguage, Header as _, HeaderName};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serve::clock;
use std::net::{IpAddr, Ipv4Addr};
use uuid::Uuid;

/// The session that came with `request`, if it is one of ours.
pub fn session(request: &HttpRequest, signer: &Signer) -> Option<Session> {
    // Most programs send no cookie: nothing to parse.
    if !request.headers().contains_key(header::COOKIE) {
        return None;
    }
    signer.open(request.cookie(COOKIE)?, clock::now_ms() / 1000)
}

/// The same, for what only its user may see or change, such as a cart: whoever signed in with a password that is no longer
/// the account's is a guest again, and a new one; and what a guest had put aside before signing in is in the member's cart,
/// unless it can't be had now. It has changed where it differs from what [`session`] says; then the cookie is due.
pub async fn owner(request: &HttpRequest, shop: &Shop) -> Option<Session> {
    let session = session(request, &shop.signer)?;
    match session.member() {
        Some(member) if !shop.accounts.still_is(member).await => Some(session.signed_out(Uuid::new_v4())),
        Some(_) => Some(shop.carts.joined(session, clock::now_ms() / 1000).await.0),
        None => Some(session),
    }
}

/// The same, or a new session.
pub async fn owner_or_new(request: &HttpRequest, shop: &Shop) -> Session {
    owner(request, shop).await.unwrap_or_else(|| Session::new(Uuid::new_v4()))
}

/// The session of somebody who has just got in: what they had put aside as a guest is in their cart, or will be. And what
/// was there already.
pub async fn entered(request: &HttpRequest, shop: &Shop, member: Member) -> (Session, Meeting) {
    let session = match session(request, &shop.signer) {
        Some(session) => session.signed_in(Uuid::new_v4(), member),
        None => Session::of_member(Uuid::new_v4(), member),
    };
    shop.carts.joined(session, member.since_s).await
}

/// The language that a page answers this request in.
pub fn language(request: &HttpRequest) -> Language {
    if is_under(request.path(), &ENGLISH_ALONE) {
        return Language::English;
    }
    let chosen = request.cookie(language::COOKIE);
    Language::of(chosen.as_ref().map(Cookie::value), AcceptLanguage::parse(request).ok().as_ref())
}

/// The language that an address itself names, in `?language=`; English where it names none.
pub fn named_language(request: &HttpRequest) -> Language {
    let named = request.query_string().split('&').find_map(|pair| pair.strip_prefix("language="));
    Language::of(named, None)
}

/// What the shop says in it.
pub(crate) fn say(request: &HttpRequest) -> &'static Say {
    language(request).say()
}

/// Counts something that a stranger makes and that stays: there is no end of strangers, and there is one of the disk.
///
/// # Errors
/// [`TooOften`].
pub fn newcomer(request: &HttpRequest, shop: &Shop) -> Result<(), TooOften> {
    shop.newcomers.take(&address(request), clock::now_ms())
}

/// Where the request comes from: the other end of the connection. Where that is a proxy on this machine, whom it names
/// last; only who runs on this machine could lie there.
pub fn address(request: &HttpRequest) -> Address {
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    if !peer.to_canonical().is_loopback() {
        return peer.into();
    }
    let forwarded = request.headers().get_all(&FORWARDED_FOR).last().and_then(|value| value.to_str().ok());
    let named = forwarded.and_then(|names| names.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
    named.unwrap_or(peer).into()
}

/// What the visitor has seen; nothing for a visitor without a session.
pub fn seen(request: &HttpRequest, signer: &Signer) -> Seen {
    session(request, signer).map(|session| session.seen).unwrap_or_default()
}

/// The visitor's session, or a new one.
pub fn session_or_new(request: &HttpRequest, signer: &Signer) -> Session {
    session(request, signer).unwrap_or_else(|| Session::new(Uuid::new_v4()))
}

/// The cookie for the visitor's next request.
pub fn cookie(request: &HttpRequest, signer: &Signer, session: &Session) -> Cookie<'static> {
    signer.seal(session, is_https(request))
}

/// Whether the browser's own connection is encrypted, as far as whoever stands in between says.
pub fn is_https(request: &HttpRequest) -> bool {
    text(request, &FORWARDED_PROTO) == Some("https")
}

/// Adds the cookie to an answer that is otherwise ready.
pub fn with_cookie(mut response: HttpResponse, cookie: &Cookie<'_>) -> HttpResponse {
    if let Err(error) = response.add_cookie(cookie) {
        // Base64 stands in every header: only a fault of ours gets here, and the visitor just has no session.
        tracing::error!(%error, "a session cookie could not be sent");
    }
    response
}

/// Marks an answer that may be old, because no catalog answers.
pub fn mark_stale(answer: &mut HttpResponseBuilder, stale: bool) {
    if stale {
        answer.insert_header(("x-stale", "1"));
    }
}

/// What [`origin`] depends on, for `Vary`.
pub const ORIGIN_VARIES: &str = "Host, X-Forwarded-Proto";

/// Where the shop is, as the browser calls it: `https://shop.example`. Nothing where the request does not say it in a way
/// that can be shown to others.
pub fn origin(request: &HttpRequest) -> Option<String> {
    let host = text(request, &header::HOST)?;
    let sound = host.bytes().all(|letter| letter.is_ascii_alphanumeric() || b".-:[]".contains(&letter));
    let scheme = if text(request, &FORWARDED_PROTO) == Some("https") { "https" } else { "http" };
    (sound && !host.is_empty() && host.len() <= 255).then(|| format!("{scheme}://{host}"))
}

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// A header's text. One that is no text is there all the same, and means nothing good.
fn text<'a>(request: &'a HttpRequest, name: &HeaderName) -> Option<&'a str> {
    request.headers().get(name).map(|value| value.to_str().unwrap_or("unreadable"))
}

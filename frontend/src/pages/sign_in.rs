//! `/sign-in` and `/sign-up`: the two ways in. Whoever gets in goes on where they came from, within this shop; what they
//! had put aside as a guest comes along.

use super::failure::PageRefusal;
use super::form::{self, LocalPath, Visit, admitted};
use super::{Frame, own_page, see_other, status_of};
use crate::accounts::NoAccount;
use crate::objects::NoCopies;
use crate::say::{Accounts, Say};
use crate::session::Session;
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use serve::input::{Form, parse_pairs};
use wire::Problem;
use wire::account::{Credentials, Email, Password};

#[derive(Template)]
#[template(path = "pages/sign_in.html")]
struct SignInPage {
    frame: Frame,
    /// Whether this is signing up.
    new: bool,
    /// What was given as the address.
    email: String,
    /// Where to go on.
    next: Option<LocalPath>,
    /// What went wrong: the field it is about, and a sentence.
    errors: Vec<Error>,
    /// Whether a guest has put something aside.
    has_cart: bool,
    /// Whether they have just signed out.
    out: bool,
}

/// Something that is wrong with a form.
#[derive(Debug)]
pub(super) struct Error {
    /// The id of the field; empty where it is about none.
    pub(super) field: &'static str,
    /// A sentence.
    pub(super) text: String,
}

impl Error {
    pub(super) fn of(field: &'static str, text: impl Into<String>) -> Self {
        Self { field, text: text.into() }
    }
}

#[derive(Deserialize)]
struct Asked {
    next: Option<String>,
    out: Option<String>,
}

/// What the forms send.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    token: Option<String>,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    next: Option<String>,
}

/// The page that signs in.
pub(super) async fn show(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    form_for(&shop, &request, false)
}

/// The page that signs up.
pub(super) async fn show_new(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    form_for(&shop, &request, true)
}

fn form_for(shop: &Shop, request: &HttpRequest, new: bool) -> Result<HttpResponse, PageRefusal> {
    if shop.objects.is_none() {
        return Err(Problem::from(NoAccount::NoCopies(NoCopies::None)).into());
    }
    let asked: Asked = parse_pairs(request.query_string().as_bytes())?;
    let visit = Visit::begin(shop, request);
    let mut page = empty(shop, request, &visit.session, new, asked.next.as_deref());
    page.out = asked.out.is_some() && visit.session.member().is_none();
    Ok(visit.answered(shop, request, own_page(StatusCode::OK, &page)))
}

/// Signs in.
pub(super) async fn sign_in(
    shop: Data<Shop>,
    Form(given): Form<Given>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let session = admitted(&shop, &request, given.token.as_deref(), "/sign-in")?;
    let credentials = match credentials(visitor::say(&request), &given) {
        Ok(credentials) => credentials,
        Err(errors) => {
            return Ok(again(&shop, &request, &session, false, &given, (StatusCode::UNPROCESSABLE_ENTITY, errors)));
        }
    };
    match shop.accounts.sign_in(credentials, visitor::address(&request)).await {
        Ok(member) => Ok(inside(&shop, &request, &session, member, given.next.as_deref()).await),
        Err(why) => refused(&shop, &request, &session, false, &given, why),
    }
}

/// Signs up, and in.
pub(super) async fn sign_up(
    shop: Data<Shop>,
    Form(given): Form<Given>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let session = admitted(&shop, &request, given.token.as_deref(), "/sign-up")?;
    let Credentials { email, password } = match credentials(visitor::say(&request), &given) {
        Ok(credentials) => credentials,
        Err(errors) => {
            return Ok(again(&shop, &request, &session, true, &given, (StatusCode::UNPROCESSABLE_ENTITY, errors)));
        }
    };
    if let Err(why) = visitor::newcomer(&request, &shop) {
        return refused(&shop, &request, &session, true, &given, why.into());
    }
    match shop.accounts.sign_up(email, Some(password)).await {
        Ok(member) => Ok(inside(&shop, &request, &session, member, given.next.as_deref()).await),
        Err(why) => refused(&shop, &request, &session, true, &given, why),
    }
}

fn credentials(say: &Say, given: &Given) -> Result<Credentials, Vec<Error>> {
    let email: Result<Email, _> = given.email.parse();
    let password = Password::try_from(given.password.clone());
    match (email, password) {
        (Ok(email), Ok(password)) => Ok(Credentials { email, password }),
        (email, password) => {
            let email = email.err().map(|_| Error::of("email", say.accounts.no_email));
            let password = password.err().map(|_| Error::of("password", say.accounts.short));
            Err(email.into_iter().chain(password).collect())
        }
    }
}

/// Whoever has got in goes on: where they came from, and if they had something in a cart, they are told what became of it.
async fn inside(
    shop: &Shop,
    request: &HttpRequest,
    guest: &Session,
    member: crate::session::Member,
    next: Option<&str>,
) -> HttpResponse {
    let joins = has_guests_cart(guest);
    let (mut session, met) = visitor::entered(request, shop, member).await;
    // For the head of the pages; where the carts don't answer now, the number is shown after the next look at the cart.
    if let Ok(cart) = shop.carts.show(&session.buyer(), &session.seen).await {
        session.saw_in_cart(cart.units());
    }
    let next: Option<LocalPath> = next.and_then(|next| next.parse().ok());
    let to = next.map_or_else(|| "/account".to_owned(), |next| next.to_string());
    let to = match to.as_str() {
        // What was in both carts is told where it can be changed.
        "/account" if !met.is_empty() => format!("/cart?joined={met}"),
        "/cart" | "/checkout" if !met.is_empty() => format!("{to}?joined={met}"),
        "/account" | "/cart" | "/checkout" if joins => format!("{to}?joined=1"),
        _ => to,
    };
    form::with_session(shop, request, &session, see_other(&to))
}

/// The form again, or a page where the shop has no accounts.
fn refused(
    shop: &Shop,
    request: &HttpRequest,
    session: &Session,
    new: bool,
    given: &Given,
    why: NoAccount,
) -> Result<HttpResponse, PageRefusal> {
    if why == NoAccount::NoCopies(NoCopies::None) {
        return Err(Problem::from(why).into());
    }
    let said = said(&visitor::say(request).accounts, why);
    let after_s = said.2;
    let mut answer = again(shop, request, session, new, given, (said.0, vec![said.1]));
    if let Some(seconds) = after_s {
        answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(answer)
}

/// What is said to somebody who does not get in: the status, the sentence, and in how many seconds to try again.
pub(super) fn said(say: &Accounts, why: NoAccount) -> (StatusCode, Error, Option<u16>) {
    let (field, text) = match &why {
        NoAccount::Taken => ("email", say.taken.into()),
        NoAccount::Wrong => ("email", say.wrong.into()),
        NoAccount::NotSignedIn => ("", say.not_signed_in.into()),
        NoAccount::TooOften(often) => ("", (say.too_often)(u64::from(often.after_s.get()))),
        NoAccount::Busy => ("", say.busy.into()),
        NoAccount::NoCopies(NoCopies::None | NoCopies::Unreachable) => ("", say.out_of_reach.to_owned()),
        NoAccount::NoCopies(NoCopies::Uncertain) | NoAccount::Unsure => ("", say.unsure.into()),
    };
    let problem = Problem::from(why);
    let status = status_of(&problem);
    let after_s = problem.after_s.map(std::num::NonZeroU16::get);
    (status, Error::of(field, text), after_s.or((problem.status == 503).then_some(1)))
}

fn again(
    shop: &Shop,
    request: &HttpRequest,
    session: &Session,
    new: bool,
    given: &Given,
    (status, errors): (StatusCode, Vec<Error>),
) -> HttpResponse {
    let empty = empty(shop, request, session, new, given.next.as_deref());
    let say = visitor::say(request);
    let frame = Frame::titled(request, (say.around.look_again_at)(title(say, new))).unlisted().of(shop, session);
    own_page(status, &SignInPage { frame, email: given.email.clone(), errors, ..empty })
}

fn empty(shop: &Shop, request: &HttpRequest, session: &Session, new: bool, next: Option<&str>) -> SignInPage {
    SignInPage {
        frame: Frame::titled(request, title(visitor::say(request), new)).unlisted().of(shop, session),
        new,
        email: String::new(),
        next: next.and_then(|next| next.parse().ok()),
        errors: Vec::new(),
        has_cart: has_guests_cart(session),
        out: false,
    }
}

fn has_guests_cart(session: &Session) -> bool {
    session.member().is_none() && session.in_cart().is_some_and(|units| units > 0)
}

fn title(say: &Say, new: bool) -> &'static str {
    if new { say.accounts.make } else { say.around.sign_in }
}

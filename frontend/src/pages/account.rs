//! `/account`: who is signed in, another password, and the way out. Guests are shown the way in.

use super::failure::PageRefusal;
use super::form::{self, admitted};
use super::sign_in::{Error, said};
use super::{Frame, own_page, see_other};
use crate::accounts::NoAccount;
use crate::say::Accounts;
use crate::session::{Member, Session};
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use serve::input::{Form, parse_pairs};
use uuid::Uuid;
use wire::Problem;
use wire::account::{NewPassword, Password};

#[derive(Template)]
#[template(path = "pages/account.html")]
struct AccountPage {
    frame: Frame,
    email: String,
    errors: Vec<Error>,
    notice: Option<&'static str>,
}

#[derive(Deserialize)]
struct Asked {
    joined: Option<String>,
    changed: Option<String>,
}

/// What the form of the password sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Passwords {
    token: Option<String>,
    #[serde(default)]
    old: String,
    #[serde(default)]
    new: String,
}

/// What the form that signs out sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Out {
    token: Option<String>,
}

/// Who is signed in.
pub(super) async fn show(shop: Data<Shop>, request: HttpRequest) -> Result<HttpResponse, PageRefusal> {
    let asked: Asked = parse_pairs(request.query_string().as_bytes())?;
    let say = visitor::say(&request);
    let notice = match asked {
        Asked { changed: Some(_), .. } => Some(say.accounts.changed),
        Asked { joined: Some(_), .. } => Some(say.carts.joined),
        Asked { .. } => None,
    };
    let session = visitor::session(&request, &shop.signer);
    shown(&shop, &request, session, StatusCode::OK, Vec::new(), notice).await
}

/// Somebody reloaded an address that only takes forms.
pub(super) async fn back() -> HttpResponse {
    see_other("/account")
}

async fn shown(
    shop: &Shop,
    request: &HttpRequest,
    session: Option<Session>,
    status: StatusCode,
    errors: Vec<Error>,
    notice: Option<&'static str>,
) -> Result<HttpResponse, PageRefusal> {
    let member = |session: Session| session.member().copied().map(|member| (session, member));
    let Some((session, member)) = session.and_then(member) else {
        return Ok(see_other("/sign-in?next=%2Faccount"));
    };
    let visitor = match shop.accounts.who(&member).await {
        Ok(visitor) => visitor,
        Err(NoAccount::NotSignedIn) => {
            let guest = session.signed_out(Uuid::new_v4());
            return Ok(form::with_session(shop, request, &guest, see_other("/sign-in?next=%2Faccount")));
        }
        Err(why) => return Err(PageRefusal::from(Problem::from(why)).of_page("/account")),
    };
    let say = visitor::say(request);
    let title = say.accounts.title;
    let title = if errors.is_empty() { title.to_owned() } else { (say.around.look_again_at)(title) };
    let page = AccountPage {
        frame: Frame::titled(request, title).unlisted().of(shop, &session),
        email: visitor.email.map(String::from).unwrap_or_default(),
        errors,
        notice,
    };
    Ok(own_page(status, &page))
}

/// Signs out; a guest stays who they are.
pub(super) async fn sign_out(
    shop: Data<Shop>,
    Form(out): Form<Out>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let session = admitted(&shop, &request, out.token.as_deref(), "/account")?;
    let to = see_other("/sign-in?out=1");
    if session.member().is_none() {
        return Ok(to);
    }
    Ok(form::with_session(&shop, &request, &session.signed_out(Uuid::new_v4()), to))
}

/// Sets another password.
pub(super) async fn set_password(
    shop: Data<Shop>,
    Form(given): Form<Passwords>,
    request: HttpRequest,
) -> Result<HttpResponse, PageRefusal> {
    let session = admitted(&shop, &request, given.token.as_deref(), "/account")?;
    let Some(member) = session.member().copied() else {
        return Ok(see_other("/sign-in?next=%2Faccount"));
    };
    let (status, error, after_s) = match changed(&shop, &visitor::say(&request).accounts, &member, given).await {
        Ok(member) => {
            let units = session.in_cart();
            let mut session = session.signed_in(Uuid::new_v4(), member);
            if let Some(units) = units {
                session.saw_in_cart(units.into());
            }
            return Ok(form::with_session(&shop, &request, &session, see_other("/account?changed=1")));
        }
        Err(refused) => refused,
    };
    let mut answer = shown(&shop, &request, Some(session), status, vec![error], None).await?;
    if let Some(seconds) = after_s {
        answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(answer)
}

/// The member with another password; otherwise the status, what is said, and in how many seconds to try again.
async fn changed(
    shop: &Shop,
    say: &Accounts,
    member: &Member,
    given: Passwords,
) -> Result<Member, (StatusCode, Error, Option<u16>)> {
    let wrong = |field| (StatusCode::UNPROCESSABLE_ENTITY, Error { field, text: say.short.into() }, None);
    let new = Password::try_from(given.new).map_err(|_| wrong("new"))?;
    let old = match given.old.as_str() {
        "" => None,
        _ => Some(Password::try_from(given.old).map_err(|_| wrong("old"))?),
    };
    match shop.accounts.set_password(member, NewPassword { old, new }).await {
        Ok(member) => Ok(member),
        Err(NoAccount::Wrong) => {
            let text = say.not_so_far.to_owned();
            Err((StatusCode::UNAUTHORIZED, Error { field: "old", text }, None))
        }
        Err(why) => Err(said(say, why)),
    }
}

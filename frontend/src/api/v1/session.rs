//! `/api/v1/session`: who is asking, signing in, signing out, and another password.
//!
//! Every change of who somebody is comes with a new session id, so that nobody who knew the old one has a part in it.

use crate::accounts::NoAccount;
use crate::headers::NOT_KEPT;
use crate::session::{Member, Session};
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serve::params::Params;
use serve::{Refusal, input};
use uuid::Uuid;
use wire::Problem;
use wire::account::{Credentials, Email, NewPassword, Visitor};

/// Who is asking.
pub(super) async fn show(shop: Data<Shop>, request: HttpRequest, body: Bytes) -> Result<HttpResponse, Refusal> {
    Params::read(&request, &body)?.only(&[])?;
    let session = visitor::session(&request, &shop.signer);
    let Some(member) = session.as_ref().and_then(Session::member) else {
        return Ok(answer(StatusCode::OK, &Visitor::GUEST));
    };
    match shop.accounts.who(member).await {
        Ok(visitor) => Ok(answer(StatusCode::OK, &visitor)),
        Err(NoAccount::NotSignedIn) => Ok(answer(StatusCode::OK, &Visitor::GUEST)),
        Err(why) => Err(Problem::from(why).into()),
    }
}

/// Signs in.
pub(super) async fn begin(
    shop: Data<Shop>,
    request: HttpRequest,
    given: input::Json<Credentials>,
) -> Result<HttpResponse, Refusal> {
    serve::intent::meant_it(&request)?;
    let given = given.into_inner();
    let email = given.email.clone();
    let member = shop.accounts.sign_in(given, visitor::address(&request)).await.map_err(Problem::from)?;
    Ok(entered(&shop, &request, StatusCode::OK, member, email).await)
}

/// Signs out; a guest stays who they are.
pub(super) async fn end(shop: Data<Shop>, request: HttpRequest, body: Bytes) -> Result<HttpResponse, Refusal> {
    serve::intent::meant_it(&request)?;
    Params::read(&request, &body)?.only(&[])?;
    let answer = answer(StatusCode::OK, &Visitor::GUEST);
    Ok(match visitor::session(&request, &shop.signer).filter(|session| session.member().is_some()) {
        Some(session) => with_session(&shop, &request, answer, &session.signed_out(Uuid::new_v4())),
        None => answer,
    })
}

/// Sets another password for whoever is signed in.
pub(super) async fn set_password(
    shop: Data<Shop>,
    request: HttpRequest,
    given: input::Json<NewPassword>,
) -> Result<HttpResponse, Refusal> {
    serve::intent::meant_it(&request)?;
    let session = visitor::session(&request, &shop.signer);
    let session = session.filter(|session| session.member().is_some());
    let session = session.ok_or_else(|| Problem::from(NoAccount::NotSignedIn))?;
    let member = session.member().ok_or_else(|| Problem::from(NoAccount::NotSignedIn))?;
    let member = shop.accounts.set_password(member, given.into_inner()).await.map_err(Problem::from)?;
    let visitor = shop.accounts.who(&member).await.map_err(Problem::from)?;
    let session = session.signed_in(Uuid::new_v4(), member);
    Ok(with_session(&shop, &request, answer(StatusCode::OK, &visitor), &session))
}

/// The answer to somebody who has just got in, with the cookie of a new session; what they had put aside as a guest is in
/// their cart.
pub(super) async fn entered(
    shop: &Shop,
    request: &HttpRequest,
    status: StatusCode,
    member: Member,
    email: Email,
) -> HttpResponse {
    let (session, _) = visitor::entered(request, shop, member).await;
    with_session(shop, request, answer(status, &Visitor::member(email)), &session)
}

fn with_session(shop: &Shop, request: &HttpRequest, answer: HttpResponse, session: &Session) -> HttpResponse {
    visitor::with_cookie(answer, &visitor::cookie(request, &shop.signer, session))
}

/// Nobody in between keeps it.
fn answer(status: StatusCode, visitor: &Visitor) -> HttpResponse {
    HttpResponse::build(status).insert_header(NOT_KEPT).json(visitor)
}

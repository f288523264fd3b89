//! `/desk/sign-in`: the way in, for whoever has the cluster's token.

use super::{meant, session};
use crate::desk::{Gate, NotLetIn};
use crate::pages::failure::PageRefusal;
use crate::pages::{Frame, own_page, see_other};
use crate::shop::Shop;
use crate::static_files::DESK_STYLE_HREF;
use crate::visitor;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use serve::clock;
use serve::input::Form;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "pages/desk/sign_in.html")]
struct SignInPage {
    frame: Frame,
    style: &'static str,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Leaving {
    token: String,
}

fn answer(status: StatusCode, error: Option<String>) -> HttpResponse {
    own_page(status, &SignInPage { frame: Frame::new("Desk · Bookend").unlisted(), style: &DESK_STYLE_HREF, error })
}

pub(super) async fn show(shop: Data<Shop>, request: HttpRequest) -> HttpResponse {
    if session(&shop, &request).is_some() {
        return see_other("/desk");
    }
    answer(StatusCode::OK, None)
}

/// Lets somebody in who shows the token.
pub(super) async fn sign_in(
    shop: Data<Shop>,
    request: HttpRequest,
    given: Form<Given>,
) -> Result<HttpResponse, PageRefusal> {
    serve::intent::meant_it(&request)?;
    let from = visitor::address(&request);
    match shop.desk.gate.sign_in(&given.0.token, from, Uuid::new_v4(), clock::now_ms()) {
        Ok(session) => {
            tracing::info!(operator = session.name(), "signed in at the desk");
            let cookie = shop.desk.gate.seal(&session, visitor::is_https(&request));
            Ok(visitor::with_cookie(see_other("/desk"), &cookie))
        }
        Err(NotLetIn::Wrong) => {
            tracing::warn!("somebody showed a wrong token at the desk");
            let error = "That is not the token of this cluster. It is in the file cluster.token of the data directory.";
            Ok(answer(StatusCode::UNAUTHORIZED, Some(error.into())))
        }
        Err(NotLetIn::TooOften(why)) => {
            let mut answer = answer(
                StatusCode::TOO_MANY_REQUESTS,
                Some(format!("Tried too often. Try again in {} s.", why.after_s)),
            );
            answer.headers_mut().insert(RETRY_AFTER, why.after_s.get().into());
            Ok(answer)
        }
    }
}

/// Ends a session in this browser.
pub(super) async fn sign_out(
    shop: Data<Shop>,
    request: HttpRequest,
    given: Form<Leaving>,
) -> Result<HttpResponse, PageRefusal> {
    let session = meant(&shop, &request, &given.0.token)?;
    tracing::info!(operator = session.name(), "signed out of the desk");
    let cookie = Gate::ended(visitor::is_https(&request));
    Ok(visitor::with_cookie(see_other("/desk/sign-in"), &cookie))
}

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
use wire::OperatorName;

#[derive(Template)]
#[template(path = "pages/desk/sign_in.html")]
struct SignInPage {
    frame: Frame,
    style: &'static str,
    /// What was typed as the name.
    name: String,
    error: Option<Refused>,
}

impl SignInPage {
    fn name_is_wrong(&self) -> bool {
        self.error.as_ref().is_some_and(|error| error.name)
    }

    fn token_is_wrong(&self) -> bool {
        self.error.as_ref().is_some_and(|error| !error.name)
    }
}

/// Why somebody was not let in.
struct Refused {
    text: String,
    /// Whether the name is what is wrong, and not the token.
    name: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    #[serde(default)]
    name: String,
    token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Leaving {
    token: String,
}

fn answer(status: StatusCode, name: String, error: Option<Refused>) -> HttpResponse {
    let frame = Frame::new("Desk · Bookend").unlisted();
    own_page(status, &SignInPage { frame, style: &DESK_STYLE_HREF, name, error })
}

/// Who somebody says they are.
fn said(name: &str) -> Result<OperatorName, Refused> {
    let who: Result<OperatorName, _> = name.parse();
    let refused = |text: &str| Refused { text: text.to_owned(), name: true };
    match who {
        Ok(who) if who.is_unsaid() => Err(refused("Say what you are called: it stands beside what you change.")),
        Ok(who) => Ok(who),
        Err(_) => Err(refused("A name has at most 60 characters, on one line.")),
    }
}

pub(super) async fn show(shop: Data<Shop>, request: HttpRequest) -> HttpResponse {
    if session(&shop, &request).is_some() {
        return see_other("/desk");
    }
    answer(StatusCode::OK, String::new(), None)
}

/// Lets somebody in who shows the token.
pub(super) async fn sign_in(
    shop: Data<Shop>,
    request: HttpRequest,
    given: Form<Given>,
) -> Result<HttpResponse, PageRefusal> {
    serve::intent::meant_it(&request)?;
    let from = visitor::address(&request);
    let Given { name, token } = given.0;
    let who = match said(&name) {
        Ok(who) => who,
        Err(refused) => return Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, name, Some(refused))),
    };
    let refused = |text: String| Some(Refused { text, name: false });
    match shop.desk.gate.sign_in(&token, who, from, Uuid::new_v4(), clock::now_ms()) {
        Ok(session) => {
            tracing::info!(operator = session.name(), who = %session.who(), "signed in at the desk");
            let cookie = shop.desk.gate.seal(&session, visitor::is_https(&request));
            Ok(visitor::with_cookie(see_other("/desk"), &cookie))
        }
        Err(NotLetIn::Wrong) => {
            tracing::warn!("somebody showed a wrong token at the desk");
            let error = "That is not the token of this cluster. It is in the file cluster.token of the data directory.";
            Ok(answer(StatusCode::UNAUTHORIZED, name, refused(error.into())))
        }
        Err(NotLetIn::TooOften(why)) => {
            let mut answer = answer(
                StatusCode::TOO_MANY_REQUESTS,
                name,
                refused(format!("Tried too often. Try again in {} s.", why.after_s)),
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

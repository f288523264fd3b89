//! `/desk`: what the people who run the shop see and change. Every page but the way in needs an operator's session.

mod books;
mod changes;
mod cover;
mod csv;
mod imports;
mod orders;
mod picture;
mod replicas;
mod rights;
mod sign_in;
mod upload;

use super::failure::PageRefusal;
use super::see_other;
use crate::desk::{COOKIE, OperatorSession};
use crate::shop::Shop;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serve::{clock, get_or_head};
use wire::Problem;

/// The routes of the desk.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/desk").route(get_or_head(picture::show)))
        .service(web::resource("/desk/events").route(web::get().to(picture::events)))
        .service(
            web::resource("/desk/sign-in").route(get_or_head(sign_in::show)).route(web::post().to(sign_in::sign_in)),
        )
        .service(web::resource("/desk/sign-out").route(web::post().to(sign_in::sign_out)))
        .service(web::resource("/desk/orders").route(get_or_head(orders::list)))
        .service(web::resource("/desk/orders.csv").route(web::get().to(orders::table)))
        .service(
            web::resource("/desk/orders/{id}").route(get_or_head(orders::show)).route(web::post().to(orders::take_on)),
        )
        .service(web::resource("/desk/orders/{id}/cancel").route(get_or_head(orders::cancel::ask)))
        .service(web::resource("/desk/books").route(get_or_head(books::list)))
        .service(web::resource("/desk/books/{id}").route(get_or_head(books::show)).route(web::post().to(books::change)))
        .service(web::resource("/desk/books/{id}/cover").route(web::post().to(cover::change)))
        .service(web::resource("/desk/replicas").route(get_or_head(replicas::list)))
        .service(web::resource("/desk/replicas/{name}").route(get_or_head(replicas::show)))
        .service(web::resource("/desk/replicas/{name}/events").route(web::get().to(replicas::events)))
        .service(
            web::resource("/desk/replicas/{name}/leave")
                .route(get_or_head(replicas::change::show_leave))
                .route(web::post().to(replicas::change::leave)),
        )
        .service(
            web::resource("/desk/replicas/{name}/join")
                .route(get_or_head(replicas::change::show_join))
                .route(web::post().to(replicas::change::join)),
        )
        .service(web::resource("/desk/changes").route(get_or_head(changes::list)))
        .service(web::resource("/desk/changes.csv").route(web::get().to(changes::csv)))
        .service(web::resource("/desk/imports").route(get_or_head(imports::list)).route(web::post().to(imports::send)))
        .service(
            web::resource("/desk/imports/{catalog}/{id}")
                .route(get_or_head(imports::show))
                .route(web::post().to(imports::cancel)),
        )
        .service(web::resource("/desk/imports/{catalog}/{id}/events").route(web::get().to(imports::events)))
        .service(web::resource("/desk/imports/{catalog}/{id}/bad.csv").route(web::get().to(imports::bad_rows)));
}

/// What every page of the desk shows around itself.
#[derive(Debug)]
struct Around {
    /// What the forms send back.
    token: String,
    /// Which page this is, for the navigation.
    here: &'static str,
    /// Who is signed in, as they said.
    who: String,
}

impl Around {
    fn of(shop: &Shop, session: &OperatorSession, here: &'static str) -> Self {
        Self { token: shop.desk.gate.form_token(session), here, who: session.who().to_string() }
    }
}

/// What became of a form.
struct Notice {
    text: String,
    /// Whether nothing was changed.
    refused: bool,
}

/// The operator who asks.
fn session(shop: &Shop, request: &HttpRequest) -> Option<OperatorSession> {
    shop.desk.gate.open(request.cookie(COOKIE)?, clock::now_ms() / 1000)
}

/// Where whoever asks for a page without a session is sent.
fn to_the_way_in() -> HttpResponse {
    see_other("/desk/sign-in")
}

/// The operator whose form this is.
fn meant(shop: &Shop, request: &HttpRequest, token: &str) -> Result<OperatorSession, PageRefusal> {
    serve::intent::meant_it(request)?;
    let session = session(shop, request).filter(|session| shop.desk.gate.is_form_token(session, token));
    session.ok_or_else(|| {
        let detail = "This form is not one of your session's, so nothing was changed. Sign in and open the page again.";
        PageRefusal::from(Problem::definite(403, "wrong-token", detail)).with_way_back("/desk".to_owned())
    })
}

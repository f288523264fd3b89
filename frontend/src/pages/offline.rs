//! `/offline`: what a browser shows in the place of a page that it can't have now. It has it from an earlier visit.

use super::{Frame, page};
use crate::visitor;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

#[derive(Template)]
#[template(path = "pages/offline.html")]
struct OfflinePage {
    frame: Frame,
}

pub(super) async fn offline(request: HttpRequest) -> HttpResponse {
    let frame = Frame::titled(&request, visitor::say(&request).offline.window).unlisted();
    // Nothing can be chosen where nobody answers.
    page(StatusCode::OK, &OfflinePage { frame: Frame { here: String::new(), ..frame } })
}

//! `/offline`: what a browser shows in the place of a page that it can't have now. It has it from an earlier visit.

use super::{Frame, page};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

#[derive(Template)]
#[template(path = "pages/offline.html")]
struct OfflinePage {
    frame: Frame,
}

pub(super) async fn offline() -> HttpResponse {
    page(StatusCode::OK, &OfflinePage { frame: Frame::new("Offline · Bookend").unlisted() })
}

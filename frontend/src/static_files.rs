//! The style sheet, the icon and `robots.txt`: in the program itself, under addresses made of their content.
//!
//! Another content is another address, so a browser may keep what it has for ever. Covers are drawn, not stored: see
//! `pages/cover.rs`.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{self, Path, ServiceConfig};
use actix_web::{HttpResponse, http::StatusCode};
use serve::get_or_head;
use std::sync::LazyLock;

/// What never changes under its address.
pub const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// What may change, but not often.
pub const A_MINUTE: &str = "public, max-age=60";

const STYLE: &str = include_str!("../static/shop.css");
const ICON: &str = include_str!("../static/favicon.svg");

/// Order pages are secret links, and nobody's robot shall buy.
const ROBOTS: &str = "User-agent: *\nDisallow: /orders\nDisallow: /cart\nDisallow: /checkout\nDisallow: /account\nDisallow: /buy\nDisallow: /internal/\n";

/// The address of the style sheet.
pub static STYLE_HREF: LazyLock<String> = LazyLock::new(|| href("shop", STYLE, "css"));
/// The address of the icon.
pub static ICON_HREF: LazyLock<String> = LazyLock::new(|| href("favicon", ICON, "svg"));

fn href(stem: &str, content: &str, kind: &str) -> String {
    let hash = blake3::hash(content.as_bytes()).to_hex();
    format!("/static/{stem}.{}.{kind}", &hash[..12])
}

/// The addresses of the files.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/static/{name}").route(get_or_head(file)))
        .service(web::resource("/favicon.svg").route(get_or_head(icon)))
        .service(web::resource("/favicon.ico").route(get_or_head(icon)))
        .service(web::resource("/robots.txt").route(get_or_head(robots)));
}

async fn file(name: Path<String>) -> HttpResponse {
    let (stem, kind) = (name.split('.').next().unwrap_or_default(), name.rsplit('.').next().unwrap_or_default());
    let (content, media, current) = match (stem, kind) {
        ("shop", "css") => (STYLE, "text/css; charset=utf-8", &STYLE_HREF),
        ("favicon", "svg") => (ICON, "image/svg+xml", &ICON_HREF),
        _ => return HttpResponse::new(StatusCode::NOT_FOUND),
    };
    // A page from before an update may still ask for the old name: it gets what there is, and must ask again.
    let keep = if current.ends_with(name.as_str()) { FOR_EVER } else { A_MINUTE };
    answer(content, media, keep)
}

async fn icon() -> HttpResponse {
    answer(ICON, "image/svg+xml", A_MINUTE)
}

async fn robots() -> HttpResponse {
    answer(ROBOTS, "text/plain; charset=utf-8", A_MINUTE)
}

fn answer(content: &'static str, media: &'static str, keep: &'static str) -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, media)).insert_header((CACHE_CONTROL, keep)).body(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_file_changes_with_its_content() {
        assert_ne!(href("shop", "a", "css"), href("shop", "b", "css"));
        assert!(STYLE_HREF.starts_with("/static/shop.") && STYLE_HREF.ends_with(".css"));
    }
}

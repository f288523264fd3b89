//! The shop for programs that know formats of others: maps for search engines.
//!
//! What is in them is what the pages show; nothing here is anybody's own, so it may be kept by whoever is in between.

mod sitemap;

use actix_web::web::{self, ServiceConfig};
use serve::{ErrorStyle, get_or_head};

/// The addresses of the feeds.
pub fn routes(config: &mut ServiceConfig) {
    let resource = |address: &str| web::resource(address.to_owned()).app_data(ErrorStyle::Problem);
    config
        .service(resource("/sitemap.xml").route(get_or_head(sitemap::index)))
        .service(resource("/sitemaps/{part}").route(get_or_head(sitemap::part)));
}

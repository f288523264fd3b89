//! The shop for programs that know formats of others: maps for search engines, catalogues for reading systems.
//!
//! What is in them is what the pages show; nothing here is anybody's own, so it may be kept by whoever is in between.

mod opds;
mod opds1;
mod opds2;
mod shelf;
mod sitemap;

use actix_web::web::{self, ServiceConfig};
use serve::{ErrorStyle, get_or_head};

/// The addresses of the feeds.
pub fn routes(config: &mut ServiceConfig) {
    let resource = |address: &str| web::resource(address.to_owned()).app_data(ErrorStyle::Problem);
    config
        .service(resource("/sitemap.xml").route(get_or_head(sitemap::index)))
        .service(resource("/sitemaps/{part}").route(get_or_head(sitemap::part)))
        .service(resource("/opds").route(get_or_head(opds::start)))
        .service(resource("/opds/new").route(get_or_head(opds::new)))
        .service(resource("/opds/books").route(get_or_head(opds::all)))
        .service(resource("/opds/books/{id}").route(get_or_head(opds::book)))
        .service(resource("/opds/topics/{topic}").route(get_or_head(opds::topic)))
        .service(resource("/opds/find").route(get_or_head(opds::find)))
        .service(resource("/opds1").route(get_or_head(opds::start)))
        .service(resource("/opds1/new").route(get_or_head(opds::new)))
        .service(resource("/opds1/books").route(get_or_head(opds::all)))
        .service(resource("/opds1/books/{id}").route(get_or_head(opds::book)))
        .service(resource("/opds1/topics/{topic}").route(get_or_head(opds::topic)))
        .service(resource("/opds1/find").route(get_or_head(opds::find)));
}

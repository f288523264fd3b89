//! The JSON APIs over the shop's use cases: the classic one, byte for byte as it was published, and [`v1`] beside it.
//!
//! A handler reads what was asked (`serve::params`), calls one use case, and writes one body. No decisions here.

mod buy;
mod carts;
mod keyed;
mod lookup;
pub mod openapi;
mod products;
mod push;
mod search;
mod users;
mod v1;
mod whose;

use crate::headers;
use crate::shop::Shop;
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use serve::{ErrorStyle, Everyday, get_or_head};

use crate::browse::Found;

/// Addresses whose errors are always in the classic envelope, whoever asks.
pub const PATHS: [&str; 3] = ["/lookup", "/search", "/buy"];

/// What catalogs may push at once, in bytes.
const PUSH_BYTES: usize = 4 * 1024 * 1024;

/// The routes of the APIs and of the calls from other tiers. They stand beside the pages, not among them: what is asked
/// most often passes through nothing that it doesn't need.
pub fn routes(config: &mut ServiceConfig, shop: &Data<Shop>) {
    let resource = |path| web::resource(path).app_data(shop.clone()).app_data(ErrorStyle::Classic);
    v1::routes(config, shop);
    routes_of_carts(config, shop);
    config
        .service(resource(openapi::PATH).app_data(ErrorStyle::Problem).route(get_or_head(openapi::document)))
        .service(resource(PATHS[0]).route(get_or_head(lookup::lookup)))
        .service(resource(PATHS[1]).route(get_or_head(search::search)))
        .service(
            // A HEAD must never buy: it is not routed at all.
            resource(PATHS[2]).app_data(Everyday).route(web::get().to(buy::get)).route(web::post().to(buy::post)),
        )
        .service(
            web::scope("/internal")
                .app_data(shop.clone())
                .configure(serve::reply::extractor_config_sized(ErrorStyle::Problem, PUSH_BYTES))
                .service(web::resource("/items").route(web::post().to(push::items))),
        );
}

/// The classic cart APIs.
fn routes_of_carts(config: &mut ServiceConfig, shop: &Data<Shop>) {
    let resource = |path| web::resource(path).app_data(shop.clone()).app_data(ErrorStyle::Classic);
    config
        .service(resource("/api/insert").route(web::post().to(carts::insert)))
        .service(resource("/api/delete").route(web::post().to(carts::delete)))
        .service(resource("/api/list_all").route(web::post().to(carts::list_all)))
        .service(resource("/api/list_category").route(web::post().to(carts::list_category)))
        .service(resource("/addtocart").route(web::post().to(carts::add_to_cart)))
        .service(resource("/productslist").route(get_or_head(products::list)))
        .service(resource("/product").route(get_or_head(products::show)).route(web::post().to(products::add)))
        .service(resource("/createuser").route(web::post().to(users::create)))
        .service(resource("/user").route(get_or_head(users::show)))
        .service(resource("/userslist").route(get_or_head(users::list)));
}

/// A body that is ready, as an answer.
fn ready(shop: &Shop, found: Found<Bytes>) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((header::CONTENT_TYPE, header::HeaderValue::from_static("application/json")))
        .insert_header((headers::SERVED_BY, shop.served_by.of(found.hit)));
    crate::visitor::mark_stale(&mut answer, found.stale);
    answer.body(found.value)
}

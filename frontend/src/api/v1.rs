//! The API under `/api/v1`: the same use cases for programs written today. Failures are RFC 9457 problems.

mod accounts;
mod books;
mod cart;
mod lists;
mod orders;
mod session;

use crate::shop::Shop;
use actix_web::web::{self, Data, PayloadConfig, ServiceConfig};
use serve::{ErrorStyle, Everyday, get_or_head};
use wire::v1::LIST_LIMITS;

/// The routes, each without a slash at its end.
pub(super) fn routes(config: &mut ServiceConfig, shop: &Data<Shop>) {
    config.service(
        web::scope("/api/v1")
            .app_data(shop.clone())
            .app_data(ErrorStyle::Problem)
            .service(web::resource("/books").route(get_or_head(books::list)))
            .service(web::resource("/books/{id}").route(get_or_head(books::show)))
            .service(web::resource("/suggestions").route(get_or_head(books::suggest)))
            .service(web::resource("/accounts").route(web::post().to(accounts::make)))
            .service(
                web::resource("/session")
                    .route(get_or_head(session::show))
                    .route(web::post().to(session::begin))
                    .route(web::delete().to(session::end)),
            )
            .service(web::resource("/session/password").route(web::put().to(session::set_password)))
            .service(
                web::resource("/orders")
                    .app_data(Everyday)
                    .route(get_or_head(orders::list))
                    .route(web::post().to(orders::create)),
            )
            .service(web::resource("/orders/{id}").route(get_or_head(orders::show)))
            .service(web::resource("/cart").route(get_or_head(cart::show)))
            .service(web::resource("/cart/checkout").app_data(Everyday).route(web::post().to(cart::check_out)))
            .service(web::resource("/cart/items").route(web::post().to(cart::add)))
            .service(
                web::resource("/cart/items/{item}")
                    .route(web::put().to(cart::set))
                    .route(web::delete().to(cart::remove)),
            )
            .service(web::resource("/lists").route(web::post().to(lists::make)))
            .service(
                web::resource("/lists/{id}")
                    .app_data(PayloadConfig::new(LIST_LIMITS.bytes))
                    .route(get_or_head(lists::show))
                    .route(web::put().to(lists::put)),
            )
            .service(
                web::resource("/lists/{id}/sync")
                    .app_data(PayloadConfig::new(LIST_LIMITS.bytes))
                    .route(web::post().to(lists::sync)),
            ),
    );
}

//! `/about`: what the shop promises, and how its replicas are doing right now.

use super::{Frame, page};
use crate::about::{Replica, replicas};
use crate::shop::Shop;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

#[derive(Template)]
#[template(path = "pages/about.html")]
struct AboutPage {
    frame: Frame,
    name: String,
    up_for: String,
    catalogs: Vec<Replica>,
    orders: Vec<Replica>,
    carts: Vec<Replica>,
    cached: u64,
    hits: u64,
    misses: u64,
}

pub(super) async fn about(shop: Data<Shop>) -> HttpResponse {
    let (catalogs, orders) = (shop.browse.catalogs(), shop.checkout.orders());
    let tally = shop.browse.cache().tally();
    page(
        StatusCode::OK,
        &AboutPage {
            frame: Frame::new("About the shop · Bookend"),
            name: shop.about.name().to_owned(),
            up_for: shop.about.up_for(),
            catalogs: replicas(catalogs.fleet(), catalogs.answered_last().as_ref()),
            orders: replicas(orders.fleet(), orders.answered_last().as_ref()),
            carts: replicas(shop.objects.fleet(), None),
            cached: tally.items,
            hits: tally.hits,
            misses: tally.misses,
        },
    )
}

//! The routes of an order replica: all of them on this page.

mod buy;
mod evidence;
mod orders;
mod purchases;

use crate::checkout::Checkout;
use crate::machine::Orders;
use actix_web::web;
use actix_web::web::{Data, PayloadConfig, ServiceConfig};
use cluster::Secrets;
use replica::Replica;
use serve::{ErrorStyle, get_or_head};
use uuid::Uuid;

/// Bodies that carry many purchases: a full batch with room to spare.
const BATCH_BYTES: usize = 8 << 20;

/// What the handlers work with.
#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) checkout: Checkout,
    /// The namespace of the shop's order ids.
    pub(crate) namespace: Uuid,
}

impl Shop {
    pub(crate) fn new(checkout: Checkout, secrets: &Secrets) -> Self {
        Self { checkout, namespace: wire::ids::shop_namespace(secrets.token.expose()) }
    }
}

pub(crate) fn routes(shop: &Shop) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let shop = shop.clone();
    move |config| {
        let replica: Replica<Orders> = shop.checkout.replica.clone();
        config.app_data(Data::new(shop.clone())).app_data(Data::new(replica));
        config.configure(|config| replica::routes::<Orders>(config, &["/update"]));
        let classic = |path: &str| web::resource(path).app_data(ErrorStyle::Classic);
        config.service(classic("/orders").route(get_or_head(orders::list)));
        config.service(classic("/orders/{id}").route(get_or_head(orders::show)));
        let buy = classic("/buy/{item_id}").route(web::get().to(buy::buy)).route(web::post().to(buy::buy));
        config.service(buy);
        let purchases = web::resource("/internal/orders").app_data(PayloadConfig::new(BATCH_BYTES));
        config.service(purchases.route(web::post().to(purchases::buy)));
        config.route("/internal/orders/alone", web::post().to(purchases::buy_alone));
        config.route("/internal/orders/of", web::post().to(orders::of_buyer));
        config.route("/internal/orders/latest", web::post().to(orders::latest));
        config.route("/internal/orders/{id}", web::get().to(orders::receipt));
        config.route("/internal/orders/{id}/step", web::post().to(orders::take_on));
        config.route("/internal/evidence/sales", web::post().to(evidence::sales));
        config.route("/internal/evidence/reopen", web::post().to(evidence::reopen));
        config.route("/internal/evidence/{actor}", web::get().to(evidence::highest));
    }
}

/// The answer when the database can't be read: nothing happened, and another replica may do better.
fn unreadable(error: &rusqlite::Error) -> wire::Problem {
    tracing::error!(%error, "the orders can't be read");
    wire::Problem::definite(503, "unreadable", "this replica can't read its data; try again")
}

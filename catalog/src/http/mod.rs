//! The routes of a catalog replica: all of them on this page.

mod changes;
mod covers;
mod imports;
mod items;
mod reads;
mod retirement;
mod sales;
mod search;

use crate::finder::Finder;
use crate::imports::Imports;
use crate::machine::Catalog;
use crate::peers::Peers;
use crate::retirement::Retirements;
use crate::till::Till;
use actix_web::web;
use actix_web::web::{Data, PayloadConfig, ServiceConfig};
use replica::Replica;
use serve::{ErrorStyle, get_or_head};

/// Bodies that carry many books or sales: a full batch with room to spare.
const BATCH_BYTES: usize = 8 << 20;

/// What the handlers work with.
#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) till: Till,
    pub(crate) peers: Peers,
    pub(crate) retirements: Retirements,
    pub(crate) finder: Finder,
    pub(crate) imports: Imports,
}

pub(crate) fn routes(shop: &Shop) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let shop = shop.clone();
    move |config| {
        let replica: Replica<Catalog> = shop.peers.replica.clone();
        config.app_data(Data::new(shop.clone())).app_data(Data::new(replica));
        config.configure(|config| replica::routes::<Catalog>(config, &["/item/propagate", "/item/propagate/{id}"]));
        config.service(web::resource("/item").app_data(ErrorStyle::Classic).route(get_or_head(items::list)));
        config.service(
            web::resource("/item/{id}")
                .app_data(ErrorStyle::Classic)
                .route(get_or_head(items::show))
                .route(web::put().to(items::change)),
        );
        let batch = || PayloadConfig::new(BATCH_BYTES);
        config.service(web::resource("/internal/reserve").app_data(batch()).route(web::post().to(sales::reserve)));
        config.route("/internal/reserve/alone", web::post().to(sales::reserve_alone));
        config.service(web::resource("/internal/transfers").app_data(batch()).route(web::post().to(sales::transfers)));
        config.route("/internal/sales", web::get().to(sales::list));
        config.service(web::resource("/internal/sales/read").app_data(batch()).route(web::post().to(sales::read)));
        config.route("/internal/orders/take-on", web::post().to(sales::take_on));
        config.route("/internal/stock-take", web::post().to(items::take_stock_here));
        config.route("/internal/adjust", web::post().to(items::adjust_here));
        config.service(web::resource("/internal/import").app_data(batch()).route(web::post().to(imports::import)));
        config.service(
            web::resource("/internal/imports").route(web::get().to(imports::all)).route(web::post().to(imports::open)),
        );
        config.route("/internal/imports/{id}", web::get().to(imports::status));
        config.route("/internal/imports/{id}/bad", web::get().to(imports::bad_rows));
        config.route("/internal/imports/{id}/begin", web::post().to(imports::begin));
        config.route("/internal/imports/{id}/cancel", web::post().to(imports::cancel));
        let part = PayloadConfig::new(wire::import::PART_BYTES);
        config
            .service(web::resource("/internal/imports/{id}/parts").app_data(part).route(web::put().to(imports::take)));
        config.service(web::resource("/internal/items/read").app_data(batch()).route(web::post().to(reads::read)));
        config.service(
            web::resource("/internal/items/{id}/cover")
                .app_data(PayloadConfig::new(wire::Cover::MOST_BYTES))
                .route(web::put().to(covers::put))
                .route(web::delete().to(covers::delete)),
        );
        config.route("/internal/covers/{hash}", web::get().to(covers::show));
        config.route("/internal/changes", web::post().to(changes::note));
        config.route("/internal/changes/read", web::post().to(changes::read));
        config.route("/internal/retire", web::post().to(retirement::retire));
        config.route("/internal/retire/turn", web::get().to(retirement::turn));
        config.route("/internal/stranded", web::get().to(retirement::stranded));
        config.route("/internal/topics", web::get().to(reads::topics));
        config.route("/internal/books", web::get().to(reads::books));
        config.route("/internal/ids", web::get().to(reads::ids));
        config.route("/internal/ids/ranges", web::get().to(reads::id_ranges));
        config.route("/internal/newest", web::get().to(reads::newest));
        config.route("/internal/related", web::get().to(reads::related));
        config.route("/internal/items/{id}/holders", web::get().to(reads::holders));
        config.service(web::resource("/internal/isbns/read").app_data(batch()).route(web::post().to(reads::by_isbn)));
        config.route("/internal/find", web::get().to(reads::find));
        config.route("/internal/search", web::post().to(search::search));
    }
}

/// The answer when the database can't be read: nothing happened, and another replica may do better.
pub(crate) fn unreadable(error: &rusqlite::Error) -> wire::Problem {
    tracing::error!(%error, "the catalog can't be read");
    wire::Problem::definite(503, "unreadable", "this replica can't read its data; try again")
}

//! The routes of a cart replica: all of them on this page.

mod digests;
mod objects;

use crate::writer::Objects;
use actix_web::web::{self, Data, PayloadConfig, ServiceConfig};
use cluster::ReplicaName;
use serve::{Everyday, get_or_head};
use wire::Problem;
use wire::cart::Places;

/// Bodies that carry many objects.
const OBJECTS_BYTES: usize = 16 << 20;
/// The body of one object.
const OBJECT_BYTES: usize = 1 << 20;

/// What the handlers work with.
#[derive(Clone)]
pub(crate) struct Tier {
    pub(crate) me: ReplicaName,
    pub(crate) objects: Objects,
    pub(crate) places: Places,
}

pub(crate) fn routes(tier: &Tier) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let tier = tier.clone();
    move |config| {
        config.app_data(Data::new(tier.clone()));
        let object = web::resource("/objects/{kind}/{name}").app_data(PayloadConfig::new(OBJECT_BYTES));
        config.service(object.route(get_or_head(objects::get)).route(web::put().to(objects::put)));
        let read = web::resource("/internal/objects/read").app_data(PayloadConfig::new(OBJECTS_BYTES));
        config.service(read.app_data(Everyday).route(web::post().to(objects::read)));
        let merge = web::resource("/internal/objects/merge").app_data(PayloadConfig::new(OBJECTS_BYTES));
        config.service(merge.app_data(Everyday).route(web::post().to(objects::merge)));
        config.route("/internal/categories/{category}", web::get().to(objects::of_category));
        config.route("/internal/kinds/{kind}", web::get().to(objects::of_kind));
        config.route("/internal/digests", web::get().to(digests::buckets));
        config.route("/internal/digests/{bucket}", web::get().to(digests::bucket));
    }
}

/// The answer when the database can't be read: nothing happened, and another replica may do better.
fn unreadable(error: &rusqlite::Error) -> Problem {
    tracing::error!(%error, "the objects can't be read");
    Problem::definite(503, "unreadable", "this replica can't read its data; try again")
}

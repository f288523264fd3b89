//! The routes of a cart replica: all of them on this page.

mod digests;
mod layout;
mod objects;

use crate::standing::{Me, Standing};
use crate::writer::Objects;
use actix_web::web::{self, Data, PayloadConfig, ServiceConfig};
use serve::{Everyday, get_or_head};
use std::sync::Arc;
use wire::Problem;
use wire::cart::Known;

/// Bodies that carry many objects.
const OBJECTS_BYTES: usize = 16 << 20;
/// The body of one object.
const OBJECT_BYTES: usize = 1 << 20;

/// What the handlers work with.
#[derive(Clone)]
pub(crate) struct Tier {
    pub(crate) me: Me,
    pub(crate) objects: Objects,
}

impl Tier {
    /// What this replica tells others of itself.
    pub(crate) fn known(&self, standing: Option<&Standing>) -> Known {
        Known {
            layouts: standing.map(|standing| standing.layouts().clone()),
            whole: standing.map_or(0, Standing::whole),
            birth: self.me.birth.clone(),
        }
    }

    /// Where this replica stands, or why it can't say: it looks for the others first.
    fn standing(&self) -> Result<Arc<Standing>, Problem> {
        let why = "this replica does not know yet which replicas hold what; try again in a moment";
        self.objects.standing().ok_or_else(|| Problem::definite(503, "no-layout", why))
    }
}

pub(crate) fn routes(tier: &Tier) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let tier = tier.clone();
    move |config| {
        config.app_data(Data::new(tier.clone()));
        let object = web::resource("/objects/{kind}/{name}").app_data(PayloadConfig::new(OBJECT_BYTES));
        config.service(object.route(get_or_head(objects::get)).route(web::put().to(objects::put)));
        config.service(web::resource("/layout").route(get_or_head(layout::show)).route(web::put().to(layout::change)));
        config.service(web::resource("/layout/objects").route(get_or_head(layout::objects)));
        config.route("/internal/layouts", web::post().to(layout::exchange));
        let read = web::resource("/internal/objects/read").app_data(PayloadConfig::new(OBJECTS_BYTES));
        config.service(read.app_data(Everyday).route(web::post().to(objects::read)));
        let merge = web::resource("/internal/objects/merge").app_data(PayloadConfig::new(OBJECTS_BYTES));
        config.service(merge.app_data(Everyday).route(web::post().to(objects::merge)));
        config.route("/internal/objects/forget", web::post().to(objects::forget));
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

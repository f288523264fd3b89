//! A catalog that takes over five units in each call.

use super::{Replica, actor};
use actix_web::web::{Data, Json};
use serve::Operator;
use wire::retirement::{Done, Ended, Wanted};

const EACH: u64 = 5;

pub(super) async fn retire(_: Operator, at: Data<Replica>, wanted: Json<Wanted>) -> Json<Done> {
    let mut left = at.world.left_behind.lock().expect("no panic");
    let replica = wanted.replicas.first().cloned().unwrap_or_default();
    let actors = vec![Ended { actor: actor(), replica, end: 7 }];
    let units = if wanted.dry_run { *left } else { EACH.min(*left) };
    if !wanted.dry_run {
        *left -= units;
    }
    let unfinished = !wanted.dry_run && *left > 0;
    Json(Done { actors, titles: 1, units, unfinished, ..Done::default() })
}

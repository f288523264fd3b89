//! Cart replicas in a few lines: each joins what it is given, and has it as long as the test runs.

use super::{Replica, World, json};
use actix_web::web::{Data, Json, ServiceConfig};
use actix_web::{HttpResponse, web};
use crdt::Object;
use serve::Insider;
use std::collections::BTreeMap;
use wire::cart::{Ask, Had, Key, Merge, Merged};

/// What one replica holds.
pub(crate) type Held = BTreeMap<Key, Object>;

/// The routes of a cart replica.
pub(crate) fn cart(name: &str, world: &Data<World>) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let (name, world) = (name.to_owned(), world.clone());
    move |config| {
        config
            .app_data(Data::new(Replica { name: name.clone(), world: world.clone() }))
            .route("/internal/objects/read", web::post().to(read))
            .route("/internal/objects/merge", web::post().to(merge));
    }
}

impl Replica {
    fn held<T>(&self, use_it: impl FnOnce(&mut Held) -> T) -> T {
        use_it(self.world.objects.lock().expect("no panic").entry(self.name.clone()).or_default())
    }
}

async fn read(replica: Data<Replica>, _: Insider, asked: Json<Vec<Ask>>) -> HttpResponse {
    let had = |held: &Held, ask: &Ask| Had::Copy { object: held.get(&ask.key).cloned(), counts: true };
    let found: Vec<Had> = replica.held(|held| asked.iter().map(|ask| had(held, ask)).collect());
    replica.answer(json(&found)).await
}

async fn merge(replica: Data<Replica>, _: Insider, merges: Json<Vec<Merge>>) -> HttpResponse {
    let join = |held: &mut Held| {
        for Merge { key, object, .. } in merges.iter() {
            held.entry(key.clone()).or_insert_with(|| object.clone()).merge(object).expect("of one type");
        }
    };
    if replica.stores() {
        replica.held(join);
    }
    replica.answer(json(&vec![Merged::Stored; merges.len()])).await
}

//! Cart replicas in a few lines: each joins what it is sent and has no disk. They have the moods of the others.

use crate::fakes::{Replica, World};
use actix_web::web::{Data, Json, ServiceConfig};
use actix_web::{HttpResponse, web};
use crdt::Object;
use serve::Insider;
use wire::cart::{Key, Merge, Merged};

/// The routes of a cart replica.
pub(crate) fn cart(name: &str, world: &Data<World>) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let replica = Data::new(Replica { name: name.to_owned(), world: world.clone() });
    move |config| {
        config
            .app_data(replica.clone())
            .route("/internal/objects/read", web::post().to(read))
            .route("/internal/objects/merge", web::post().to(merge));
    }
}

async fn read(replica: Data<Replica>, _: Insider, keys: Json<Vec<Key>>) -> HttpResponse {
    let found: Vec<Option<Object>> = {
        let objects = replica.world.objects.lock().expect("no panic");
        keys.iter().map(|key| objects.get(&(replica.name.clone(), key.clone())).cloned()).collect()
    };
    replica.answer(HttpResponse::Ok().json(found)).await
}

async fn merge(replica: Data<Replica>, _: Insider, merges: Json<Vec<Merge>>) -> HttpResponse {
    if replica.stores() {
        let mut objects = replica.world.objects.lock().expect("no panic");
        for Merge { key, object, .. } in merges.iter() {
            let held = objects.entry((replica.name.clone(), key.clone())).or_insert_with(|| object.clone());
            held.merge(object).expect("objects of one type");
        }
    }
    let stored: Vec<Merged> = merges.iter().map(|_| Merged::Stored).collect();
    replica.answer(HttpResponse::Ok().json(stored)).await
}

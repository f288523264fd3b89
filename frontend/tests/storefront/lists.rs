//! Lists: whose contexts are taken, how a browser's own copy is brought up to date, and how many a stranger may make.

use crate::fakes::Mood;
use crate::stage::{Answer, Stage};
use crdt::{Actor, CounterMap, VersionVector};
use frontend::cache::CacheMode;
use reqwest::Method;
use serde_json::{Value, json};
use wire::v1::{List, ListSync, ListSynced, ListWritten};

fn read<T: serde::de::DeserializeOwned>(answer: &Answer, status: u16) -> T {
    assert_eq!(answer.status, status, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body))
}

/// The status and the field that a problem names.
fn refused(answer: &Answer) -> (u16, Value) {
    let body: Value = serde_json::from_str(&answer.body).expect("JSON");
    (answer.status, body["field"].clone())
}

async fn made(stage: &Stage) -> ListWritten {
    read(&Stage::send(stage.request(Method::POST, "/api/v1/lists")).await, 201)
}

async fn put(stage: &Stage, frontend: usize, list: &str, body: &Value) -> Answer {
    Stage::send(stage.request_to(frontend, Method::PUT, &format!("/api/v1/lists/{list}")).json(body)).await
}

async fn shown(stage: &Stage, list: &str) -> List {
    read(&stage.get(&format!("/api/v1/lists/{list}")).await, 200)
}

async fn sync(stage: &Stage, list: &str, asked: &ListSync) -> Answer {
    Stage::send(stage.request(Method::POST, &format!("/api/v1/lists/{list}/sync")).json(asked)).await
}

fn with(item: &str) -> Value {
    json!({"type": "counters", "items": {item: {"count": 1}}})
}

#[actix_web::test]
async fn a_context_is_taken_by_every_frontend_and_only_for_the_list_it_is_of() {
    let mut stage = Stage::open().await;
    stage.add_frontend("frontendB", CacheMode::Join).await;
    let (one, other) = (made(&stage).await, made(&stage).await);
    let (one_id, other_id) = (one.id.to_string(), other.id.to_string());
    let first: ListWritten = read(&put(&stage, 0, &one_id, &json!({"object": with("momo")})).await, 200);
    let over = |context: &str| json!({"object": with("emma"), "context": context});
    assert_eq!(refused(&put(&stage, 0, &other_id, &over(&first.context)).await), (422, json!("context")));
    // As the replicas have it, and as anybody could make it up who knows the form.
    let raw = first.context.rsplit_once('.').expect("signed").0;
    for forged in [raw, &format!("{raw}.{}", "0".repeat(64)), "no context", ""] {
        assert_eq!(refused(&put(&stage, 0, &one_id, &over(forged)).await), (422, json!("context")), "{forged:?}");
    }
    let nothing = json!({"object": with("emma"), "context": null});
    assert_eq!(refused(&put(&stage, 0, &one_id, &nothing).await), (422, json!("context")));
    assert_eq!(serde_json::to_value(shown(&stage, &one_id).await.object).expect("JSON"), with("momo"));
    assert_eq!(put(&stage, 1, &one_id, &over(&first.context)).await.status, 200);
    assert_eq!(serde_json::to_value(shown(&stage, &one_id).await.object).expect("JSON"), with("emma"));
}

/// A browser's copy of a list.
struct Copy {
    actor: Actor,
    map: CounterMap,
    /// What it knows the shop to have.
    known: VersionVector,
}

impl Copy {
    fn new(bits: u128) -> Self {
        Self { actor: Actor::from_bits(bits | 1 << 127), map: CounterMap::new(), known: VersionVector::new() }
    }

    fn adds(&mut self, item: &str, count: i64) {
        self.map.add(self.actor, item, count).expect("an edit");
    }

    fn asks(&self) -> ListSync {
        let delta = self.map.delta_since(&self.known);
        ListSync { actor: self.actor, since: self.map.version().clone(), delta }
    }

    async fn syncs(&mut self, stage: &Stage, list: &str) -> ListSynced {
        let synced: ListSynced = read(&sync(stage, list, &self.asks()).await, 200);
        if let Some(delta) = &synced.delta {
            self.map.merge_delta(delta).expect("what the copy can take");
        }
        if let Some(object) = &synced.object {
            self.map.merge(object);
            self.known = object.version().clone();
        } else {
            self.known = self.map.version().clone();
        }
        synced
    }
}

#[actix_web::test]
async fn two_browsers_that_were_apart_have_the_same_list_afterwards_and_a_removal_stays() {
    let stage = Stage::open().await;
    let list = made(&stage).await.id.to_string();
    let (mut phone, mut desk) = (Copy::new(1), Copy::new(2));
    phone.adds("momo", 2);
    phone.adds("emma", 1);
    assert!(phone.syncs(&stage, &list).await.taken);
    desk.syncs(&stage, &list).await;
    assert_eq!(desk.map, phone.map);
    // Both write without asking: one more of what the other takes away.
    phone.adds("momo", 1);
    desk.map.remove(desk.actor, "momo").expect("an edit");
    desk.map.remove(desk.actor, "emma").expect("an edit");
    put(&stage, 0, &list, &json!({"object": with("faust")})).await;
    let synced = phone.syncs(&stage, &list).await;
    assert!(synced.taken && synced.acks >= 2 && synced.object.is_none());
    desk.syncs(&stage, &list).await;
    phone.syncs(&stage, &list).await;
    assert_eq!(desk.map, phone.map);
    let lines = desk.map.lines();
    assert_eq!(lines.keys().collect::<Vec<_>>(), ["faust", "momo"]);
    assert_eq!(shown(&stage, &list).await.object, crdt::Content::Counters { items: lines });
    assert_eq!(phone.syncs(&stage, &list).await.delta, None, "nothing is new");
    // The answer was lost: asked again it changes nothing.
    phone.adds("ulysses", 1);
    let asked = phone.asks();
    for _ in 0..2 {
        assert!(read::<ListSynced>(&sync(&stage, &list, &asked).await, 200).taken);
    }
    assert_eq!(phone.map.count("ulysses"), 1);
    let over = json!({"object": with("kim"), "context": phone.syncs(&stage, &list).await.context});
    assert_eq!(put(&stage, 0, &list, &over).await.status, 200, "the context of a sync is as good as that of a look");
}

#[actix_web::test]
async fn a_browser_is_told_how_many_others_have_the_list_open_and_not_who() {
    let stage = Stage::open().await;
    let list = made(&stage).await.id.to_string();
    let (mut ann, mut ben) = (Copy::new(1), Copy::new(2));
    ann.adds("momo", 1);
    assert_eq!(ann.syncs(&stage, &list).await.others, 0);
    assert_eq!(ben.syncs(&stage, &list).await.others, 1);
    assert_eq!((ann.syncs(&stage, &list).await.others, ben.syncs(&stage, &list).await.others), (1, 1));
    let other = made(&stage).await.id.to_string();
    assert_eq!(Copy::new(2).syncs(&stage, &other).await.others, 0, "of another list");
}

#[actix_web::test]
async fn a_browser_writes_under_its_own_name_only() {
    let stage = Stage::open().await;
    let list = made(&stage).await.id.to_string();
    put(&stage, 0, &list, &json!({"object": with("momo")})).await;
    let (mut mine, mut theirs) = (Copy::new(1), Copy::new(2));
    mine.syncs(&stage, &list).await;
    theirs.adds("emma", 1);
    theirs.syncs(&stage, &list).await;
    let before = shown(&stage, &list).await;
    theirs.adds("faust", 1);
    let forged = ListSync { actor: mine.actor, ..theirs.asks() };
    assert_eq!(refused(&sync(&stage, &list, &forged).await), (422, json!("delta")));
    let gateway = mine.map.version().iter().next().expect("the frontend wrote").actor;
    let known = mine.map.version().clone();
    let mut copy = mine.map.clone();
    copy.add(gateway, "faust", 1).expect("an edit");
    let forged = ListSync { actor: gateway, since: known.clone(), delta: copy.delta_since(&known) };
    assert_eq!(refused(&sync(&stage, &list, &forged).await), (422, json!("actor")));
    mine.adds("faust", 101);
    assert_eq!(refused(&sync(&stage, &list, &mine.asks()).await), (422, json!("delta")));
    assert_eq!(shown(&stage, &list).await, before);
    let nowhere = "00000000-0000-4000-8000-000000000001";
    assert_eq!(sync(&stage, nowhere, &theirs.asks()).await.status, 404);
}

#[actix_web::test]
async fn a_browser_whose_edits_were_lost_is_told_everything_and_sends_them_again() {
    let stage = Stage::open().await;
    let list = made(&stage).await.id.to_string();
    let mut copy = Copy::new(1);
    // One replica alone took the first edit, and is away now.
    for name in ["cartB", "cartC"] {
        stage.world.set_mood(name, Mood::Refuses);
    }
    copy.adds("momo", 1);
    assert_eq!(copy.syncs(&stage, &list).await.acks, 1);
    stage.world.set_mood("cartA", Mood::Refuses);
    for name in ["cartB", "cartC"] {
        stage.world.set_mood(name, Mood::Well);
    }
    stage.eventually(async || stage.get(&format!("/api/v1/lists/{list}")).await.status == 200).await;
    copy.adds("emma", 1);
    let told = copy.syncs(&stage, &list).await;
    assert!(!told.taken && told.object.is_some() && told.acks == 0);
    assert!(copy.syncs(&stage, &list).await.taken);
    let content = shown(&stage, &list).await.object;
    assert_eq!(content, crdt::Content::Counters { items: copy.map.lines() });
}

#[actix_web::test]
async fn a_stranger_makes_many_lists_and_not_any_number_of_them() {
    let stage = Stage::open().await;
    let make = async |from: &str| {
        let request = stage.request(Method::POST, "/api/v1/lists").header("X-Forwarded-For", from);
        Stage::send(request).await
    };
    let mut made = 0;
    let stopped = loop {
        let answer = make("192.0.2.1, 198.51.100.7").await;
        if answer.status != 201 {
            break answer;
        }
        made += 1;
        assert!(made < 1000, "nobody is stopped");
    };
    assert_eq!((stopped.status, stopped.header("retry-after")), (429, "1"), "{}", stopped.body);
    assert!(made >= 120, "after {made}");
    assert_eq!(make("192.0.2.2, 198.51.100.7").await.status, 429, "what a client says of itself counts for nothing");
    assert_eq!(make("192.0.2.1, 198.51.100.8").await.status, 201, "others are not concerned");
}

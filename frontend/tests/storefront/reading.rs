//! What is shown, how fresh it is, and to whom.

use crate::fakes::{Mood, book};
use crate::stage::{PATIENCE, Stage};
use frontend::cache::CacheMode;
use reqwest::Method;
use std::time::Instant;
use wire::{ItemId, Part};

fn count(body: &str) -> u64 {
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    body["item"][0]["count"].as_u64().expect("a count")
}

impl Stage {
    fn reads_of(&self, item: u32) -> usize {
        self.world.reads.lock().expect("no panic").iter().filter(|(_, read)| *read == ItemId(item)).count()
    }
}

#[actix_web::test]
async fn a_hit_asks_no_catalog_and_says_so() {
    let stage = Stage::open().await;
    let first = stage.get("/lookup?id=1").await;
    let second = stage.get("/lookup?id=1").await;
    assert_eq!(first.header("x-served-by"), "frontend; cache=miss");
    assert_eq!(second.header("x-served-by"), "frontend; cache=hit");
    assert_eq!(first.body, second.body);
    assert_eq!(stage.reads_of(1), 1);
    stage.get("/search?topic=novels").await;
    assert_eq!(stage.get("/search?topic=novels").await.header("x-served-by"), "frontend; cache=hit");
}

#[actix_web::test]
async fn many_who_miss_at_once_ask_once() {
    let stage = Stage::open().await;
    let answers = futures::future::join_all((0..50).map(|_| stage.get("/lookup?id=3"))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(stage.reads_of(3), 1);
}

#[actix_web::test]
async fn an_id_nobody_knows_is_asked_for_at_both_catalogs_and_then_remembered() {
    let stage = Stage::open().await;
    for _ in 0..5 {
        assert_eq!(stage.get("/lookup?id=77").await.status, 404);
    }
    assert_eq!(stage.reads_of(77), 2);
}

#[actix_web::test]
async fn a_change_shows_within_two_seconds_although_nobody_pushes_it() {
    let stage = Stage::open().await;
    assert_eq!(count(&stage.get("/lookup?id=1").await.body), 15);
    stage.get("/search?topic=distributed%20systems").await;
    let changed = Instant::now();
    for book in stage.world.books.lock().expect("no panic").values_mut() {
        for part in book.parts.values_mut() {
            *part = Part { seq: part.seq + 1, net: 7 };
        }
    }
    stage.eventually(async || count(&stage.get("/lookup?id=1").await.body) == 7).await;
    stage.eventually(async || count(&stage.get("/search?topic=distributed%20systems").await.body) == 7).await;
    assert!(changed.elapsed().as_millis() < 2_000, "{:?}", changed.elapsed());
}

#[actix_web::test]
async fn a_push_shows_at_once_in_lookup_and_search() {
    let stage = Stage::open().await;
    stage.get("/lookup?id=1").await;
    stage.get("/search?topic=distributed%20systems").await;
    let mut pushed = stage.world.books.lock().expect("no panic")[&ItemId(1)].clone();
    for part in pushed.parts.values_mut() {
        *part = Part { seq: part.seq + 1, net: 3 };
    }
    assert_eq!(stage.push(&[pushed]).await.status, 204);
    assert_eq!(count(&stage.get("/lookup?id=1").await.body), 3);
    assert_eq!(count(&stage.get("/search?topic=distributed%20systems").await.body), 3);
}

#[actix_web::test]
async fn only_replicas_of_this_cluster_may_push() {
    let stage = Stage::open().await;
    let states = [book(1, "Forged", "novels", 1, 1)];
    let stranger = stage.request(Method::POST, "/internal/items").json(&states);
    assert_eq!(Stage::send(stranger).await.status, 401);
    let wrong = stage
        .request(Method::POST, "/internal/items")
        .header("bookend-cluster", stage.secrets.cluster.to_string())
        .bearer_auth("0".repeat(64))
        .json(&states);
    assert_eq!(Stage::send(wrong).await.status, 401);
    assert!(!stage.get("/lookup?id=1").await.body.contains("Forged"));
}

#[actix_web::test]
async fn a_large_push_is_taken_where_a_large_purchase_is_not() {
    let stage = Stage::open().await;
    let states: Vec<_> = (1..=500).map(|id| book(id, &"long ".repeat(100), "novels", 100, 1)).collect();
    assert_eq!(stage.push(&states).await.status, 204);
}

#[actix_web::test]
async fn after_my_purchase_i_never_see_the_old_count_on_any_frontend_in_any_mode() {
    let mut stage = Stage::open().await;
    for (at, mode) in [(1, CacheMode::Off), (2, CacheMode::ClearOnBuy), (3, CacheMode::Join)] {
        stage.add_frontend(["frontendB", "frontendC", "frontendD"][at - 1], mode).await;
    }
    // Every frontend has the old count in its cache, if it has one.
    for frontend in 0..4 {
        assert_eq!(count(&stage.get_from(frontend, "/lookup?id=1").await.body), 15);
        stage.get_from(frontend, "/search?topic=distributed%20systems").await;
    }
    // One catalog has not heard of the purchase yet.
    stage.world.set_mood("catalogA", Mood::Lags);
    let bought = stage.buy(1, "k").await;
    let cookie = bought.cookie();
    assert!(cookie.starts_with("bookend="), "{bought:?}");
    for frontend in 0..4 {
        for path in [
            "/lookup?id=1",
            "/search?topic=distributed%20systems",
            "/search?topic=distributed%20systems&limit=1",
            "/search?q=grade",
        ] {
            for _ in 0..3 {
                let request = stage.request_to(frontend, Method::GET, path).header("Cookie", &cookie);
                let answer = Stage::send(request).await;
                assert_eq!(count(&answer.body), 14, "frontend {frontend}, {path}");
            }
        }
    }
}

#[actix_web::test]
async fn when_no_replica_has_what_i_have_seen_the_best_is_shown_in_time_and_marked_as_stale() {
    let mut stage = Stage::open().await;
    stage.add_frontend("frontendB", CacheMode::Join).await;
    let cookie = stage.buy(1, "k").await.cookie();
    stage.world.set_mood("catalogA", Mood::Lags);
    stage.world.set_mood("catalogB", Mood::Lags);
    let asked = Instant::now();
    let answer = Stage::send(stage.request_to(1, Method::GET, "/lookup?id=1").header("Cookie", &cookie)).await;
    assert_eq!((answer.status, count(&answer.body), answer.header("x-stale")), (200, 15, "1"));
    assert!(asked.elapsed().as_millis() >= 300 && asked.elapsed() < PATIENCE, "{:?}", asked.elapsed());
}

#[actix_web::test]
async fn an_answer_that_came_only_when_i_asked_again_shows_me_the_new_count_too() {
    let mut stage = Stage::open().await;
    stage.add_frontend("frontendB", CacheMode::Join).await;
    assert_eq!(count(&stage.get_from(1, "/lookup?id=1").await.body), 15);
    // The answer to the first question never arrived, so its cookie did not either.
    stage.buy(1, "k").await;
    let again = stage.buy(1, "k").await;
    let request = stage.request_to(1, Method::GET, "/lookup?id=1").header("Cookie", again.cookie());
    assert_eq!(count(&Stage::send(request).await.body), 14);
}

#[actix_web::test]
async fn a_forged_cookie_is_a_visitor_without_a_session() {
    let stage = Stage::open().await;
    for cookie in ["bookend=x", "bookend=", "bookend=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "other=1"] {
        let answer = Stage::send(stage.request(Method::GET, "/lookup?id=1").header("Cookie", cookie)).await;
        assert_eq!(answer.status, 200, "{cookie}");
    }
}

#[actix_web::test]
async fn readyz_says_who_of_the_others_answers_and_how_the_cache_does() {
    let stage = Stage::open().await;
    stage.get("/lookup?id=1").await;
    stage.get("/lookup?id=1").await;
    let body: serde_json::Value = serde_json::from_str(&stage.get("/readyz").await.body).expect("JSON");
    let detail = &body["detail"];
    assert_eq!(detail["catalogs"], serde_json::json!({"catalogA": "ready", "catalogB": "ready"}));
    assert_eq!(detail["orders"], serde_json::json!({"orderA": "ready", "orderB": "ready"}));
    assert_eq!((&detail["cache"]["hits"], &detail["cache"]["misses"]), (&1.into(), &1.into()));
}

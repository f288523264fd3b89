//! Half of the shop is down, or all of it.

use crate::browser::Browser;
use crate::fakes::Mood;
use crate::stage::Stage;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use wire::OrderId;

/// What people wait for at most when everything is down.
const SECOND: Duration = Duration::from_secs(1);

impl Stage {
    fn orders_asked_for(&self) -> BTreeSet<OrderId> {
        self.world.purchases.lock().expect("no panic").iter().map(|(_, order)| *order).collect()
    }

    fn replicas_asked(&self) -> BTreeSet<String> {
        self.world.purchases.lock().expect("no panic").iter().map(|(replica, _)| replica.clone()).collect()
    }
}

#[actix_web::test]
async fn an_order_replica_that_dies_midway_costs_nobody_a_second_copy() {
    for mood in [Mood::DiesMidway, Mood::Silent, Mood::Refuses] {
        for bad in ["orderA", "orderB"] {
            let stage = Stage::open().await;
            stage.world.set_mood(bad, mood);
            for key in ["a", "b", "c", "d"] {
                let answer = stage.buy(1, key).await;
                assert_eq!(answer.status, 200, "{bad} {mood:?} {answer:?}");
            }
            assert_eq!(stage.world.sold(1), 4, "{bad} {mood:?}");
            assert_eq!(stage.orders_asked_for().len(), 4, "the order's id stays the same wherever it is asked for");
        }
    }
}

#[actix_web::test]
async fn equal_purchases_go_to_one_home_and_different_ones_to_both() {
    let stage = Stage::open().await;
    for _ in 0..5 {
        stage.buy(1, "same").await;
    }
    assert_eq!(stage.replicas_asked().len(), 1);
    for key in 0..12 {
        stage.buy(2, &format!("key-{key}")).await;
    }
    assert_eq!(stage.replicas_asked().len(), 2);
}

#[actix_web::test]
async fn nobody_notices_that_one_replica_of_each_tier_stops_and_comes_back() {
    let mut stage = Stage::open().await;
    for (catalog, order) in [("catalogA", "orderB"), ("catalogB", "orderA")] {
        stage.stop(catalog).await;
        stage.stop(order).await;
        for turn in 0..15 {
            // Something new every time, so that the cache can't answer.
            let found = stage.get(&format!("/search?q=art&limit={}", turn + 1)).await;
            assert_eq!(found.status, 200, "{found:?}");
            let bought = stage.buy(3, &format!("{catalog}-{}", turn % 5)).await;
            assert_eq!(bought.status, 200, "{bought:?}");
        }
        stage.restart(catalog);
        stage.restart(order);
        stage.until(catalog, "ready").await;
        stage.until(order, "ready").await;
    }
    assert_eq!(stage.world.sold(3), 10);
}

#[actix_web::test]
async fn nobody_notices_a_catalog_that_dies_midway_or_goes_silent() {
    for mood in [Mood::DiesMidway, Mood::Silent, Mood::Refuses] {
        let stage = Stage::open().await;
        stage.world.set_mood("catalogA", mood);
        for path in
            ["/lookup?id=1", "/lookup?id=2", "/search?topic=novels", "/search?q=xen", "/", "/topics/novels", "/books/3"]
        {
            assert_eq!(stage.get(path).await.status, 200, "{mood:?} {path}");
        }
    }
}

#[actix_web::test]
async fn both_order_replicas_down_is_503_within_a_second_and_works_again_with_one() {
    let mut stage = Stage::open().await;
    stage.stop("orderA").await;
    stage.stop("orderB").await;
    for attempt in 0..3 {
        let asked = Instant::now();
        let answer = stage.buy(1, "k").await;
        assert!(asked.elapsed() < SECOND, "attempt {attempt}: {:?}", asked.elapsed());
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{answer:?}");
        assert!(answer.body.contains("nothing was bought"), "{}", answer.body);
        assert_eq!(answer.header("idempotency-key"), "k");
    }
    assert_eq!(stage.get("/lookup?id=1").await.status, 200, "browsing works");
    stage.restart("orderB");
    stage.until("orderB", "ready").await;
    assert_eq!(stage.buy(1, "k").await.status, 200);
}

#[actix_web::test]
async fn both_order_replicas_silent_is_503_that_says_to_ask_again_with_the_same_key() {
    let stage = Stage::open().await;
    stage.world.set_mood("orderA", Mood::Silent);
    stage.world.set_mood("orderB", Mood::Silent);
    let answer = stage.buy(1, "k").await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.body.contains("same Idempotency-Key"), "{}", answer.body);
    stage.world.set_mood("orderA", Mood::Well);
    stage.world.set_mood("orderB", Mood::Well);
    stage.eventually(async || stage.buy(1, "k").await.status == 200).await;
    assert_eq!(stage.world.sold(1), 1, "it had been bought, and once");
}

#[actix_web::test]
async fn a_purchase_waits_for_a_replica_that_is_just_coming_back() {
    let mut stage = Stage::open().await;
    stage.stop("orderA").await;
    stage.stop("orderB").await;
    stage.until("orderA", "down").await;
    stage.until("orderB", "down").await;
    stage.restart("orderA");
    assert_eq!(stage.buy(1, "k").await.status, 200);
}

#[actix_web::test]
async fn both_catalogs_down_is_503_within_a_second_but_known_books_are_shown_as_old() {
    let mut stage = Stage::open().await;
    let known = stage.get("/lookup?id=1").await;
    let shelf = stage.get("/search?topic=distributed%20systems").await;
    stage.stop("catalogA").await;
    stage.stop("catalogB").await;
    for path in ["/lookup?id=3", "/search?topic=novels", "/search?q=xen"] {
        let asked = Instant::now();
        let answer = stage.get(path).await;
        assert!(asked.elapsed() < SECOND, "{path}: {:?}", asked.elapsed());
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{path}");
    }
    stage.eventually(async || stage.get("/lookup?id=1").await.header("x-stale") == "1").await;
    for (path, before) in [("/lookup?id=1", known), ("/search?topic=distributed%20systems", shelf)] {
        let asked = Instant::now();
        let answer = stage.get(path).await;
        assert!(asked.elapsed() < SECOND, "{path}: {:?}", asked.elapsed());
        assert_eq!((answer.status, answer.body), (200, before.body), "{path}");
    }
    let page = Browser::new(&stage).opens("/books/1").await;
    assert!(page.status == 200 && page.body.contains("does not answer right now"), "{page:?}");
    let page = Browser::new(&stage).opens("/books/3").await;
    assert!(page.status == 503 && page.body.contains("out of reach"), "{page:?}");
    stage.restart("catalogA");
    stage.until("catalogA", "ready").await;
    let back = stage.get("/lookup?id=3").await;
    assert_eq!((back.status, back.header("x-stale")), (200, ""));
}

#[actix_web::test]
async fn a_browser_that_could_not_buy_gets_a_form_with_the_same_key() {
    let mut stage = Stage::open().await;
    let (page, cookie) = {
        let mut browser = Browser::new(&stage);
        let page = browser.opens("/books/1").await;
        (page, browser.cookie)
    };
    stage.stop("orderA").await;
    stage.stop("orderB").await;
    let paused = {
        let mut browser = Browser::with_cookie(&stage, &cookie);
        browser.buys(1, &page).await
    };
    assert_eq!((paused.status, paused.header("retry-after")), (503, "1"));
    assert!(paused.body.contains("Checkout is paused") && paused.body.contains("Browsing still works"));
    assert_eq!(paused.field("key"), page.field("key"));
    stage.restart("orderA");
    stage.until("orderA", "ready").await;
    let mut browser = Browser::with_cookie(&stage, &cookie);
    let bought = browser.buys(1, &paused).await;
    assert_eq!(bought.status, 303, "{bought:?}");
    assert_eq!(stage.world.sold(1), 1);
}

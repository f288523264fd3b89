//! The published API, byte for byte: what is bought, and what must not be.

use crate::stage::Stage;
use reqwest::Method;
use wire::ItemId;
use wire::sale::Refused;

fn failed(code: u16, message: &str) -> String {
    format!(r#"{{"message":"{message}","status":"Failed","validation_code":{code}}}"#)
}

#[actix_web::test]
async fn a_purchase_answers_the_published_bytes_and_its_replay_the_same() {
    let stage = Stage::open().await;
    let first = stage.buy(1, "key-1").await;
    assert_eq!(first.status, 200, "{first:?}");
    let uuid = first.body.split("\"uuid\":\"").nth(1).and_then(|rest| rest.get(..36)).expect("a UUID");
    let wanted = format!(
        r#"{{"message":"Item with id 1 bought successfully.","order":{{"id":196,"uuid":"{uuid}","copies":2}},"status":"Success","validation_code":200}}"#
    );
    assert_eq!(first.body, wanted);
    assert_eq!(first.header("idempotency-key"), "key-1");
    assert_eq!(first.header("cache-control"), "no-store");
    let again = stage.buy(1, "key-1").await;
    assert_eq!((again.status, again.body), (200, wanted));
    assert_eq!(stage.world.sold(1), 1);
}

#[actix_web::test]
async fn every_way_of_saying_it_buys() {
    let stage = Stage::open().await;
    let json = r#"{"id": 1, "quantity": 2}"#;
    let requests = [
        stage.request(Method::GET, "/buy?id=1&quantity=2"),
        stage.request(Method::POST, "/buy?id=1&quantity=2"),
        stage.request(Method::POST, "/buy").form(&[("id", "1"), ("quantity", "2")]),
        stage.request(Method::POST, "/buy").header("Content-Type", "application/json").body(json),
        stage.request(Method::GET, "/buy").header("Content-Type", "application/json").body(json),
    ];
    let mut keys = std::collections::BTreeSet::new();
    for (position, request) in requests.into_iter().enumerate() {
        let answer = Stage::send(request).await;
        assert_eq!(answer.status, 200, "{position}: {answer:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
        keys.insert(answer.header("idempotency-key").to_owned());
    }
    assert_eq!(stage.world.sold(1), 10);
    assert!(keys.iter().all(|key| key.len() == 36) && keys.len() == 5, "each got a key of its own: {keys:?}");
}

#[actix_web::test]
async fn what_cannot_be_sold_says_why_in_the_published_words() {
    let stage = Stage::open().await;
    let held = Refused::HeldElsewhere { item: ItemId(2), holder: "catalogB".into() };
    stage.world.refuse(held.clone());
    for (query, code, message) in [
        ("id=5", 404, "The item with id 5 is no longer present in the catalog server".to_owned()),
        ("id=99", 404, "Item with id 99 not found in the catalog server.".to_owned()),
        ("id=3&quantity=11", 409, "The item with id 3 has only 10 left".to_owned()),
        ("id=2", 503, held.problem().detail),
    ] {
        let answer = stage.get(&format!("/buy?{query}")).await;
        assert_eq!((answer.status, answer.body), (code, failed(code, &message)), "{query}");
    }
    assert_eq!(stage.get("/buy?id=2").await.header("retry-after"), "1");
    assert!(stage.get("/buy?id=2").await.body.contains("catalogB"));
}

#[actix_web::test]
async fn a_full_disk_is_not_now_to_a_customer() {
    let stage = Stage::open().await;
    stage.world.refuse(Refused::NotNow { status: 507, why: "the disk is full".into() });
    let answer = stage.get("/buy?id=1").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
}

#[actix_web::test]
async fn a_key_is_for_one_basket() {
    let stage = Stage::open().await;
    stage.buy(1, "k").await;
    let other = stage.buy(2, "k").await;
    assert_eq!(other.status, 422);
    assert!(other.body.contains("Idempotency-Key"), "{}", other.body);
    assert_eq!(stage.world.sold(2), 0);
}

#[actix_web::test]
async fn ten_equal_purchases_at_once_are_one_order() {
    let stage = Stage::open().await;
    let answers = futures::future::join_all((0..10).map(|_| stage.buy(1, "same"))).await;
    assert!(answers.iter().all(|answer| answer.status == 200 && answer.body == answers[0].body), "{answers:?}");
    assert_eq!(stage.world.sold(1), 1);
}

#[actix_web::test]
async fn a_bad_purchase_names_what_is_wrong_and_buys_nothing() {
    let stage = Stage::open().await;
    for (query, field) in [
        ("id=1&quantity=0", "quantity"),
        ("id=1&quantity=-1", "quantity"),
        ("id=1&quantity=101", "quantity"),
        ("id=1&quantity=", "quantity"),
        ("id=1&quantty=5", "quantty"),
        ("id=one", "id"),
    ] {
        let answer = stage.get(&format!("/buy?{query}")).await;
        assert_eq!(answer.status, 422, "{query}");
        assert!(answer.body.contains(field), "{query}: {}", answer.body);
    }
    let long = "x".repeat(256);
    for key in ["", "two words", &long] {
        assert_eq!(stage.buy(1, key).await.status, 422, "{key:?}");
    }
    let two = stage.request(Method::POST, "/buy?id=1").header("Idempotency-Key", "a").header("Idempotency-Key", "b");
    assert_eq!(Stage::send(two).await.status, 422);
    assert_eq!(stage.world.sold(1), 0);
    assert!(stage.world.purchases.lock().expect("no panic").is_empty(), "nobody was even asked");
}

#[actix_web::test]
async fn what_nobody_meant_buys_nothing() {
    let stage = Stage::open().await;
    for (name, value) in [
        ("Sec-Purpose", "prefetch;prerender"),
        ("Purpose", "prefetch"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://elsewhere.example"),
    ] {
        for method in [Method::GET, Method::POST] {
            let answer = Stage::send(stage.request(method.clone(), "/buy?id=1").header(name, value)).await;
            assert_eq!(answer.status, 403, "{method} {name}: {value}");
            assert!(answer.body.contains("\"status\":\"Failed\""), "{}", answer.body);
        }
    }
    let head = Stage::send(stage.request(Method::HEAD, "/buy?id=1")).await;
    assert_eq!(head.status, 405);
    assert!(stage.world.purchases.lock().expect("no panic").is_empty());
}

#[actix_web::test]
async fn what_needs_others_is_asked_for_alone() {
    let stage = Stage::open().await;
    stage.world.alone.lock().expect("no panic").insert(ItemId(1));
    assert_eq!(stage.buy(1, "k").await.status, 200);
    assert_eq!(stage.world.sold(1), 1);
    let asked = stage.world.purchases.lock().expect("no panic").len();
    assert_eq!(asked, 1, "the same replica was asked alone");
}

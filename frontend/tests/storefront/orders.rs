//! `/api/v1/orders`: several lines in one order, and the order for whoever has its id.

use crate::fakes::Mood;
use crate::stage::{Answer, Stage};
use reqwest::Method;
use serde_json::{Value, json};
use wire::ItemId;
use wire::sale::Refused;

async fn post(stage: &Stage, body: &Value) -> Answer {
    Stage::send(stage.request(Method::POST, "/api/v1/orders").json(body)).await
}

/// The status, the type of the problem and the field it names.
fn problem(answer: &Answer) -> (u16, String, Option<String>) {
    let problem: wire::Problem = serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"));
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(problem.status, answer.status);
    (problem.status, problem.kind, problem.field)
}

fn nobody_was_asked(stage: &Stage) -> bool {
    stage.world.purchases.lock().expect("no panic").is_empty()
}

#[actix_web::test]
async fn several_lines_are_one_order_and_its_replay_and_its_address_show_the_same() {
    let stage = Stage::open().await;
    let first = stage.order(&[(3, 1), (1, 2)], "basket-1").await;
    assert_eq!(first.status, 201, "{first:?}");
    let order = first.json();
    let uuid = order["uuid"].as_str().expect("a UUID").to_owned();
    let wanted = json!({
        "number": 196, "uuid": uuid, "created_ms": 1_763_695_929_123_u64, "state": "settled", "copies": 2,
        "fulfilment": "placed",
        "lines": [
            {"item": 1, "title": "How to get a good grade in 677 in 20 minutes a day.", "quantity": 2,
             "price_cents": 1000},
            {"item": 3, "title": "Xen and the Art of Surviving Graduate School.", "quantity": 1, "price_cents": 1000},
        ],
        "total_cents": 3000,
    });
    assert_eq!(order, wanted);
    let place = first.header("location").to_owned();
    assert_eq!(place, format!("/api/v1/orders/{uuid}"));
    assert_eq!((first.header("idempotency-key"), first.header("cache-control")), ("basket-1", "no-store"));
    assert_eq!(first.header("set-cookie"), "", "a session would make the next question another one");
    // Written in another order it asks for the same.
    let again = stage.order(&[(1, 2), (3, 1)], "basket-1").await;
    assert_eq!((again.status, again.body), (201, first.body.clone()));
    let shown = stage.get(&place).await;
    assert_eq!((shown.status, shown.header("cache-control")), (200, "no-store"));
    assert_eq!(shown.body, first.body);
    assert_eq!((stage.world.sold(1), stage.world.sold(3)), (2, 1));
}

#[actix_web::test]
async fn every_line_that_falls_short_is_named_and_nothing_is_bought() {
    let stage = Stage::open().await;
    let answer = stage.order(&[(1, 1), (3, 11), (5, 2), (99, 1)], "k").await;
    assert_eq!(problem(&answer), (409, "not-enough".into(), Some("lines".into())));
    let body = answer.json();
    assert_eq!(body["definite"], true);
    let lines = json!([
        {"item": 3, "wanted": 11, "left": 10},
        {"item": 5, "wanted": 2, "left": 0},
        {"item": 99, "wanted": 1, "left": null},
    ]);
    assert_eq!(body["lines"], lines);
    for item in [1, 3, 5] {
        assert_eq!(stage.world.sold(item), 0);
    }
    // The same key is free for the basket that was mended.
    assert_eq!(stage.order(&[(1, 1), (3, 10)], "k").await.status, 201);
}

#[actix_web::test]
async fn one_line_that_falls_short_is_named_in_the_same_form() {
    let stage = Stage::open().await;
    for (item, left) in [(5, json!(0)), (99, json!(null))] {
        let answer = stage.order(&[(item, 1)], "k").await;
        assert_eq!(problem(&answer), (409, "not-enough".into(), Some("lines".into())));
        assert_eq!(answer.json()["lines"], json!([{"item": item, "wanted": 1, "left": left}]));
    }
}

#[actix_web::test]
async fn what_fell_short_is_shown_as_it_is_now() {
    let stage = Stage::open().await;
    let count = async || stage.get("/lookup?id=4").await.json()["item"][0]["count"].clone();
    assert_eq!(count().await, 1);
    // Somebody else buys the last one; nobody has told this frontend.
    stage.world.books.lock().expect("no panic").get_mut(&ItemId(4)).expect("a book").parts.values_mut().for_each(
        |part| {
            part.seq += 1;
            part.net = 0;
        },
    );
    assert_eq!(stage.order(&[(1, 1), (4, 1)], "k").await.status, 409);
    stage.eventually(async || count().await == 0).await;
}

#[actix_web::test]
async fn a_bad_order_names_what_is_wrong_and_nobody_is_asked() {
    let stage = Stage::open().await;
    let line = |item: u32| json!({"item": item, "quantity": 1});
    let many: Vec<_> = (0..101).map(line).collect();
    for (body, status, kind, field) in [
        (json!({"lines": []}), 422, "invalid", "lines"),
        (json!({"lines": many}), 422, "invalid", "lines"),
        (json!({"lines": [line(1), line(1)]}), 422, "invalid", "lines"),
        (json!({"lines": "all"}), 422, "invalid", "lines"),
        (json!({"lines": [{"item": 1, "quantity": 0}]}), 422, "invalid", "lines[0].quantity"),
        (json!({"lines": [line(1), {"item": 2, "quantity": 101}]}), 422, "invalid", "lines[1].quantity"),
        (json!({"lines": [{"item": -1, "quantity": 1}]}), 422, "invalid", "lines[0].item"),
        (json!({"lines": [{"item": 1, "quantity": 1, "colour": "red"}]}), 422, "invalid", "lines[0].colour"),
        (json!({"lines": [line(1)], "coupon": "x"}), 422, "invalid", "coupon"),
        (json!({"lines": [{"item": 1}]}), 400, "missing", "lines[0].quantity"),
        (json!({}), 400, "missing", "lines"),
    ] {
        let answer = post(&stage, &body).await;
        assert_eq!(problem(&answer), (status, kind.into(), Some(field.into())), "{body}");
    }
    let raw = async |media: &str, body: String| {
        let request = stage.request(Method::POST, "/api/v1/orders").header("Content-Type", media.to_owned());
        problem(&Stage::send(request.body(body)).await)
    };
    let one = || r#"{"lines": [{"item": 1, "quantity": 1}]}"#.to_owned();
    assert_eq!(raw("application/json", r#"{"lines": ["#.into()).await, (400, "broken-json".into(), None));
    assert_eq!(raw("application/json", " ".repeat(70_000)).await, (413, "too-large".into(), None));
    assert_eq!(raw("text/plain", one()).await, (415, "wrong-media-type".into(), None));
    let badly_keyed = stage.request(Method::POST, "/api/v1/orders").header("Idempotency-Key", "two words");
    assert_eq!(Stage::send(badly_keyed.json(&json!({"lines": [line(1)]}))).await.status, 422);
    assert!(nobody_was_asked(&stage));
}

#[actix_web::test]
async fn a_key_is_for_one_basket_also_when_only_a_line_differs() {
    let stage = Stage::open().await;
    assert_eq!(stage.order(&[(1, 1), (2, 1)], "k").await.status, 201);
    for other in [&[(1, 1)][..], &[(1, 1), (2, 2)], &[(1, 1), (2, 1), (3, 1)]] {
        let answer = stage.order(other, "k").await;
        assert_eq!(problem(&answer), (422, "other-basket".into(), Some("Idempotency-Key".into())), "{other:?}");
    }
    assert_eq!((stage.world.sold(1), stage.world.sold(2), stage.world.sold(3)), (1, 1, 0));
}

#[actix_web::test]
async fn an_order_without_a_key_is_given_one_under_which_it_is_found_again() {
    let stage = Stage::open().await;
    let body = json!({"lines": [{"item": 1, "quantity": 1}]});
    let first = post(&stage, &body).await;
    let key = first.header("idempotency-key");
    assert_eq!(key.len(), 36, "{first:?}");
    assert_eq!(stage.order(&[(1, 1)], key).await.body, first.body);
    assert_ne!(post(&stage, &body).await.body, first.body, "another question is another order");
}

#[actix_web::test]
async fn a_session_has_keys_of_its_own_and_sees_what_it_bought() {
    let stage = Stage::open().await;
    let cookie = stage.get("/books/1").await.cookie();
    let order = async |cookie: &str| {
        let request = stage.request(Method::POST, "/api/v1/orders").header("Idempotency-Key", "k");
        let request = if cookie.is_empty() { request } else { request.header("Cookie", cookie) };
        Stage::send(request.json(&json!({"lines": [{"item": 1, "quantity": 1}, {"item": 2, "quantity": 1}]}))).await
    };
    let mine = order(&cookie).await;
    assert_ne!(order("").await.json()["uuid"], mine.json()["uuid"], "the same key of somebody else");
    // Asked again, with the cookie from before or with the new one.
    assert_eq!(order(&cookie).await.body, mine.body);
    assert_eq!(order(&mine.cookie()).await.body, mine.body);
    // From now on both books are shown with that sale, although this catalog has not heard of it.
    stage.world.set_mood("catalogA", Mood::Lags);
    stage.world.set_mood("catalogB", Mood::Lags);
    for item in [1, 2] {
        let look = stage.request(Method::GET, &format!("/lookup?id={item}")).header("Cookie", mine.cookie());
        assert!(Stage::send(look).await.json()["item"][0]["count"].as_u64().is_some_and(|count| count < 15));
    }
}

#[actix_web::test]
async fn what_another_site_makes_a_browser_send_buys_nothing() {
    let stage = Stage::open().await;
    let cookie = stage.get("/books/1").await.cookie();
    for (name, value) in
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "https://elsewhere.example")]
    {
        let request = stage.request(Method::POST, "/api/v1/orders").header("Cookie", &cookie).header(name, value);
        let answer = Stage::send(request.json(&json!({"lines": [{"item": 1, "quantity": 1}]}))).await;
        assert_eq!(problem(&answer), (403, "not-meant".into(), None), "{name}: {value}");
    }
    assert!(nobody_was_asked(&stage));
}

#[actix_web::test]
async fn an_order_opens_to_its_id_and_to_nothing_else() {
    let stage = Stage::open().await;
    let order = stage.order(&[(1, 1)], "k").await.json();
    let uuid = order["uuid"].as_str().expect("a UUID");
    let simple = uuid.replace('-', "");
    for id in ["196", "00000000-0000-4000-8000-000000000001", "", "x", &simple] {
        let answer = stage.get(&format!("/api/v1/orders/{id}")).await;
        assert_eq!(answer.status, 404, "{id}: {answer:?}");
        assert!(!answer.body.contains(uuid));
    }
    assert_eq!(stage.get("/api/v1/orders/196").await.header("cache-control"), "no-store");
}

#[actix_web::test]
async fn an_order_that_nobody_can_show_is_not_denied() {
    let mut stage = Stage::open().await;
    let order = stage.order(&[(1, 1)], "k").await;
    for name in ["orderA", "orderB"] {
        stage.stop(name).await;
        stage.until(name, "down").await;
    }
    let answer = stage.get(order.header("location")).await;
    assert_eq!(problem(&answer), (503, "order-out-of-reach".into(), None));
}

#[actix_web::test]
async fn a_basket_that_nobody_can_tell_of_is_uncertain_and_the_same_key_finds_it() {
    let stage = Stage::open().await;
    for name in ["orderA", "orderB"] {
        stage.world.set_mood(name, Mood::DiesMidway);
    }
    let answer = stage.order(&[(1, 1), (4, 1)], "k").await;
    assert_eq!(problem(&answer), (503, "no-answer".into(), None));
    assert_eq!(answer.json()["definite"], false);
    assert_eq!(answer.header("idempotency-key"), "k");
    for name in ["orderA", "orderB"] {
        stage.world.set_mood(name, Mood::Well);
        stage.until(name, "ready").await;
    }
    assert_eq!(stage.order(&[(1, 1), (4, 1)], "k").await.status, 201);
    assert_eq!((stage.world.sold(1), stage.world.sold(4)), (1, 1));
}

#[actix_web::test]
async fn units_that_are_out_of_reach_are_told_from_units_that_are_gone() {
    let stage = Stage::open().await;
    stage.world.refuse(Refused::HeldElsewhere { item: ItemId(2), holder: "catalogB".into() });
    let answer = stage.order(&[(1, 1), (2, 1)], "k").await;
    assert_eq!(problem(&answer), (503, "held-elsewhere".into(), None));
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(stage.world.sold(1), 0);
}

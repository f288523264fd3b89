//! The published API of a catalog replica: every call, every status, every body, to the byte.

use reqwest::Method;
use serde_json::json;
use std::time::Duration;
use tests::{Answer, Cluster, seed};

const WRITTEN: &str = r#"{"item":{},"message":{},"status":"Success","validation_code":201}"#;
const NO_BOOK: u32 = 9_999_999;

#[tokio::test]
async fn every_replica_lists_all_books_those_of_a_topic_and_one() {
    let shop = Cluster::start().await;
    let one = r#"{"id":1,"title":"How to get a good grade in 677 in 20 minutes a day.","topic":"distributed systems","cost":10,"count":15}"#;
    let two = r#"{"id":2,"title":"RPCs for Dummies.","topic":"distributed systems","cost":20,"count":15}"#;
    let found =
        |items: &str| format!(r#"{{"item":[{items}],"message":{{}},"status":"Success","validation_code":200}}"#);
    for catalog in ["catalogA", "catalogB"] {
        let all = shop.shelf(catalog).await.expect("listed");
        assert_eq!(all.len(), seed::opening_units().len());
        assert!(all.is_sorted_by_key(|item| item.id), "in the order of their ids");
        let topic = shop.get(catalog, "/item?topic=distributed%20systems").await;
        topic.is(200, &found(&format!("{one},{two}")));
        shop.get(catalog, "/item?topic=nothing").await.is(200, &found(""));
        shop.get(catalog, "/item/2").await.is(200, &found(two));
        shop.get(catalog, &format!("/item/{NO_BOOK}")).await.fails(404, &NO_BOOK.to_string());
        for id in ["abc", "-1", "1.5", "99999999999999999999", "%EF%BC%91"] {
            shop.get(catalog, &format!("/item/{id}")).await.fails(422, "id");
        }
    }
    // A price with cents is shown without trailing zeros.
    let pride = shop.get("catalogB", "/item/5").await;
    assert!(pride.text.contains(r#""cost":9.5,"#), "{pride}");
}

#[tokio::test]
async fn an_operator_changes_price_and_stock_on_either_replica() {
    let shop = Cluster::start().await;
    let operator = shop.operator();
    let shown = async |item: u32| {
        shop.agrees_within(Duration::from_secs(5)).await;
        let item = shop.customer().looks_up(item).await.expect("it is there");
        (serde_json::to_string(&item.cost).expect("a number"), item.count)
    };
    for (catalog, change) in [("catalogA", json!({"count": 7, "cost": 12.5})), ("catalogB", json!({"delta": -2}))] {
        operator.puts(catalog, 1, &change).await.is(201, WRITTEN);
    }
    shop.agrees_within(Duration::from_secs(5)).await;
    shop.get("catalogB", "/item/1").await.is(
        200,
        r#"{"item":[{"id":1,"title":"How to get a good grade in 677 in 20 minutes a day.","topic":"distributed systems","cost":12.5,"count":5}],"message":{},"status":"Success","validation_code":200}"#,
    );
    operator.puts("catalogB", 2, &json!({"cost": 0, "delta": 1})).await.is(201, WRITTEN);
    assert_eq!(shown(2).await, ("0".into(), 16));
    // The same count again changes nothing, on whichever replica.
    for catalog in ["catalogA", "catalogB", "catalogB"] {
        operator.puts(catalog, 1, &json!({"count": 30})).await.is(201, WRITTEN);
        assert_eq!(shown(1).await.1, 30);
    }
    operator.puts("catalogB", 1, &json!({"count": 0})).await.is(201, WRITTEN);
    assert_eq!(shown(1).await.1, 0);
    shop.customer().buys(1, 1).await.expect_err("none is left").fails(404, "no longer present");
}

#[tokio::test]
async fn a_delta_with_a_key_said_again_is_added_once() {
    let shop = Cluster::start().await;
    let repeat = async |catalog: &str, delta: i64| -> Answer {
        let request = shop.operator().request(Method::PUT, catalog, "/item/3").header("Idempotency-Key", "delivery-7");
        Answer::to(request.json(&json!({"delta": delta}))).await
    };
    for catalog in ["catalogA", "catalogA", "catalogB", "catalogA", "catalogB"] {
        repeat(catalog, 5).await.is(201, WRITTEN);
    }
    repeat("catalogA", 6).await.fails(422, "");
    repeat("catalogB", 6).await.fails(422, "");
    shop.agrees_within(Duration::from_secs(5)).await;
    assert_eq!(shop.customer().looks_up(3).await.expect("it is there").count, 15);
}

#[tokio::test]
async fn a_bad_change_is_refused_by_name_and_changes_nothing() {
    let shop = Cluster::start().await;
    let before = shop.shelf("catalogA").await.expect("listed");
    let operator = shop.operator();
    let put = async |body: &str| {
        let request = operator.request(Method::PUT, "catalogA", "/item/1").header("Content-Type", "application/json");
        Answer::to(request.body(body.to_owned())).await
    };
    for (body, status, words) in [
        ("", 400, ""),
        ("{", 400, "json"),
        ("{}", 400, "count"),
        (r#"{"count":-1}"#, 422, "delta"),
        (r#"{"count":3,"delta":1}"#, 422, "delta"),
        (r#"{"count":3,"colour":"red"}"#, 422, "colour"),
        (r#"{"count":1.5}"#, 422, "count"),
        (r#"{"count":"3"}"#, 422, "count"),
        (r#"{"count":99999999999999999999}"#, 422, "count"),
        (r#"{"count":1e300}"#, 422, "count"),
        (r#"{"delta":1.5}"#, 422, "delta"),
        (r#"{"delta":"one"}"#, 422, "delta"),
        (r#"{"cost":-1}"#, 422, "cost"),
        (r#"{"cost":0.001}"#, 422, "cost"),
        (r#"{"cost":"10"}"#, 422, "cost"),
        (r#"{"cost":10000001}"#, 422, "cost"),
        (r#"{"cost":1e300}"#, 422, "cost"),
        (r#"{"cost":[]}"#, 422, "cost"),
        ("[]", 422, ""),
        ("7", 422, ""),
    ] {
        put(body).await.fails(status, words);
    }
    put(&format!(r#"{{"cost":1{}}}"#, " ".repeat(200_000))).await.fails(413, "larger");
    operator.puts("catalogA", 1, &json!({"delta": -16})).await.fails(409, "15");
    operator.puts("catalogA", NO_BOOK, &json!({"cost": 1})).await.fails(404, &NO_BOOK.to_string());
    operator.puts("catalogA", NO_BOOK, &json!({"count": 1})).await.fails(404, &NO_BOOK.to_string());
    operator.puts("catalogA", NO_BOOK, &json!({"delta": 1})).await.fails(404, &NO_BOOK.to_string());
    let abc = operator.request(Method::PUT, "catalogA", "/item/abc").json(&json!({"cost": 1}));
    Answer::to(abc).await.fails(422, "id");
    let form = operator.request(Method::PUT, "catalogA", "/item/1").header("Content-Type", "text/plain").body("cost=1");
    Answer::to(form).await.fails(415, "application/json");
    let deleted = Answer::to(operator.request(Method::DELETE, "catalogA", "/item/1")).await;
    deleted.fails(405, "not possible");
    assert_eq!(shop.shelf("catalogA").await.expect("listed"), before);
    assert_eq!(shop.shelf("catalogB").await.expect("listed"), before);
}

#[tokio::test]
async fn only_the_token_of_this_shop_opens_a_write() {
    let shop = Cluster::start().await;
    let before = shop.shelf("catalogA").await.expect("listed");
    let operator = shop.operator();
    let (change, other) = (json!({"count": 1}), "0123456789abcdef0123456789abcdef");
    let without = Answer::to(shop.request(Method::PUT, "catalogA", "/item/1").json(&change)).await;
    without.fails(401, "token");
    assert_eq!(without.header("www-authenticate"), "Bearer");
    let wrong = shop.request(Method::PUT, "catalogA", "/item/1").bearer_auth("a".repeat(64)).json(&change);
    Answer::to(wrong).await.fails(401, "token");
    let stranger = operator.request(Method::PUT, "catalogA", "/item/1").header("Bookend-Cluster", other).json(&change);
    Answer::to(stranger).await.fails(403, "cluster");

    for path in ["/item/propagate", "/item/propagate/1"] {
        let runs = json!({"runs": []});
        let put = |request: reqwest::RequestBuilder| Answer::to(request.json(&runs));
        assert_eq!(put(shop.request(Method::PUT, "catalogA", path)).await.status, 401);
        assert_eq!(put(shop.request(Method::PUT, "catalogA", path).bearer_auth("wrong")).await.status, 401);
        let stranger = operator.request(Method::PUT, "catalogA", path).header("Bookend-Cluster", other);
        assert_eq!(put(stranger).await.status, 403);
    }
    let reserve = shop.request(Method::POST, "catalogA", "/internal/reserve").json(&json!([]));
    assert_eq!(Answer::to(reserve).await.status, 401);
    let heads = shop.get("catalogA", "/internal/journal/heads").await;
    assert_eq!(heads.status, 401, "what replicas say to each other is for them: {heads}");
    assert_eq!(shop.shelf("catalogA").await.expect("listed"), before);
}

#[tokio::test]
async fn propagate_takes_entries_of_a_journal_and_nothing_that_could_mean_two_things() {
    let shop = Cluster::start().await;
    let before = shop.shelf("catalogA").await.expect("listed");
    let operator = shop.operator();
    for path in ["/item/propagate", "/item/propagate/1"] {
        let put = async |body: &str| {
            let request = operator.as_replica(Method::PUT, "catalogA", path).header("Content-Type", "application/json");
            Answer::to(request.body(body.to_owned())).await
        };
        let taken = put(r#"{"runs":[]}"#).await;
        assert_eq!((taken.status, taken.integer("/validation_code")), (201, 201), "{taken}");
        assert!(
            taken.text.starts_with(r#"{"item":{},"message":{},"status":"Success","validation_code":201"#),
            "{taken}"
        );
        for (body, status) in [
            (r#"{"count":3,"cost":10}"#, 422),
            (r#"{"runs":[],"count":3}"#, 422),
            (r#"{"runs":7}"#, 422),
            (r#"{"runs":[{"actor":"x"}]}"#, 422),
            ("{}", 400),
            ("{", 400),
        ] {
            let refused = put(body).await;
            assert_eq!(refused.status, status, "{body}: {refused}");
        }
    }
    // Entries that an actor never wrote do not follow from what is held: they are not taken, and nothing breaks.
    let heads = Answer::to(operator.as_replica(Method::GET, "catalogA", "/internal/journal/heads")).await;
    assert_eq!(heads.status, 200, "{heads}");
    assert_eq!(shop.shelf("catalogA").await.expect("listed"), before);
    shop.customer().buys(1, 1).await.expect("it sells on");
}

//! The published API of an order replica: every call, every status, every body, to the byte.

use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tests::{Answer, Bought, Cluster, seed};

const NO_ORDER: &str = "00000000-0000-4000-8000-000000000000";

#[tokio::test]
async fn an_order_replica_sells_by_get_and_post_as_the_frontend_does() {
    let shop = Cluster::builder().stock(seed::books([(1, 5), (2, 1)])).start().await;
    let operator = shop.operator();
    let by_get = Answer::to(operator.request(Method::GET, "orderA", "/buy/1")).await;
    let by_post = Answer::to(operator.request(Method::POST, "orderB", "/buy/1")).await;
    let orders =
        [Bought::of(1, 1, by_get).expect("there is enough"), Bought::of(1, 1, by_post).expect("there is enough")];
    shop.has_no_orders_but(&orders).await;

    operator.buys("orderB", 2, 1, "last").await.expect("the last copy");
    for order in ["orderA", "orderB"] {
        operator.buys(order, 2, 1, &format!("late-{order}")).await.expect_err("sold out").is(
            404,
            r#"{"message":"The item with id 2 is no longer present in the catalog server","status":"Failed","validation_code":404}"#,
        );
        operator.buys(order, 99, 1, &format!("unknown-{order}")).await.expect_err("unknown").is(
            404,
            r#"{"message":"Item with id 99 not found in the catalog server.","status":"Failed","validation_code":404}"#,
        );
        operator.buys(order, 1, 4, &format!("many-{order}")).await.expect_err("three are left").fails(409, "3");
    }
}

#[tokio::test]
async fn orders_are_listed_in_full_and_page_by_page_and_found_by_number_and_by_uuid() {
    let shop = Cluster::start().await;
    let empty = shop.get("orderA", "/orders").await;
    empty.is(200, r#"{"order":[],"message":{},"status":"Success","validation_code":200}"#);
    let customer = shop.customer();
    let mut bought = Vec::new();
    for quantity in [1, 2, 1, 3, 1] {
        bought.push(customer.buys(1, quantity).await.expect("there is enough"));
    }
    for order in ["orderA", "orderB"] {
        let all = shop.get(order, "/orders").await;
        let rows = all.json()["order"].as_array().expect("a list").clone();
        assert_eq!(rows.len(), 5, "{all}");
        let written: Vec<String> = rows.iter().zip(&bought).map(|(row, order)| classic(row, order)).collect();
        let whole =
            format!(r#"{{"order":[{}],"message":{{}},"status":"Success","validation_code":200}}"#, written.join(","));
        all.is(200, &whole);

        let mut paged = Vec::new();
        let mut after = 0;
        loop {
            let part = shop.get(order, &format!("/orders?limit=2&after={after}")).await;
            let rows = part.json()["order"].as_array().expect("a list").clone();
            assert!(rows.len() <= 2, "{part}");
            let Some(last) = rows.last() else { break };
            after = last["id"].as_u64().expect("a number");
            paged.extend(rows);
        }
        assert_eq!(paged, rows, "all pages together are the whole");

        for wanted in &bought {
            for name in [wanted.number.to_string(), wanted.uuid.to_string()] {
                let found = shop.get(order, &format!("/orders/{name}")).await;
                assert_eq!(found.status, 200, "{found}");
                let row = match &found.json()["order"] {
                    Value::Array(rows) => rows.first().cloned().expect("one order"),
                    row => row.clone(),
                };
                assert_eq!(row["uuid"], json!(wanted.uuid), "{found}");
                assert_eq!((&row["id"], &row["quantity"]), (&json!(wanted.number), &json!(wanted.quantity)), "{found}");
            }
        }
    }
}

/// The row of an order, its fields in the published order.
fn classic(row: &Value, order: &Bought) -> String {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let (created, state) = (text("created"), text("state"));
    assert!(created.len() >= 20 && created.ends_with('Z') && created.as_bytes()[10] == b'T', "RFC 3339, UTC: {row}");
    assert!(["confirmed", "settled"].contains(&state.as_str()), "a state: {row}");
    let Bought { number, uuid, item, quantity, .. } = order;
    format!(
        r#"{{"id":{number},"uuid":"{uuid}","item_id":{item},"quantity":{quantity},"created":"{created}","state":"{state}"}}"#
    )
}

#[tokio::test]
async fn an_order_that_both_replicas_have_is_settled() {
    let shop = Cluster::start().await;
    let bought = shop.customer().buys(1, 1).await.expect("there is enough");
    for order in ["orderA", "orderB"] {
        tests::awaits(Duration::from_secs(5), "the order is settled", async || {
            let found = shop.get(order, &format!("/orders/{}", bought.uuid)).await;
            if found.text.contains(r#""state":"settled""#) { Ok(()) } else { Err(found.to_string()) }
        })
        .await;
    }
}

#[tokio::test]
async fn bad_questions_and_bad_buys_are_refused_by_name_and_change_nothing() {
    let shop = Cluster::start().await;
    let operator = shop.operator();
    shop.get("orderA", &format!("/orders/{NO_ORDER}")).await.fails(404, "order");
    shop.get("orderA", "/orders/123456789").await.fails(404, "order");
    // Numbers that the database can't hold are numbers that no order has.
    shop.get("orderA", "/orders/10000000000000000000").await.fails(404, "order");
    let beyond = shop.get("orderA", "/orders?after=18446744073709551615").await;
    assert_eq!((beyond.status, &beyond.json()["order"]), (200, &serde_json::json!([])), "{beyond}");
    for name in ["abc", "-1", "1.5", "%EF%BC%91", "99999999999999999999999"] {
        let answer = shop.get("orderA", &format!("/orders/{name}")).await;
        assert!([404, 422].contains(&answer.status), "{name}: {answer}");
        answer.fails(answer.status, "");
    }
    for (name, values) in [("limit", ["abc", "-1", "0", "1.5"]), ("after", ["abc", "-1", "x", "1.5"])] {
        for value in values {
            shop.get("orderA", &format!("/orders?{name}={value}")).await.fails(422, name);
        }
    }
    let post = async |path: &str, body: &str| {
        let request = operator.request(Method::POST, "orderA", path).header("Content-Type", "application/json");
        Answer::to(request.body(body.to_owned())).await
    };
    for (path, body, status, words) in [
        ("/buy/abc", "", 422, "id"),
        ("/buy/-1", "", 422, "id"),
        ("/buy/99999999999999999999", "", 422, "id"),
        ("/buy/1?quantity=0", "", 422, "quantity"),
        ("/buy/1?quantity=101", "", 422, "quantity"),
        ("/buy/1", r#"{"quantity":-1}"#, 422, "quantity"),
        ("/buy/1", r#"{"quantity":"x"}"#, 422, "quantity"),
        ("/buy/1", r#"{"colour":"red"}"#, 422, "colour"),
        ("/buy/1", "{", 400, "json"),
    ] {
        post(path, body).await.fails(status, words);
    }
    post("/buy/1", &format!(r#"{{"quantity":1,"padding":"{}"}}"#, "x".repeat(200_000))).await.fails(413, "larger");
    let key = operator.request(Method::POST, "orderA", "/buy/1").header("Idempotency-Key", "x".repeat(256));
    Answer::to(key).await.fails(422, "idempotency-key");
    for (name, value) in [("Sec-Purpose", "prefetch"), ("Sec-Fetch-Site", "cross-site")] {
        let ahead = operator.request(Method::GET, "orderA", "/buy/1").header(name, value);
        Answer::to(ahead).await.fails(403, "buy");
    }
    let head = Answer::to(operator.request(Method::HEAD, "orderA", "/buy/1")).await;
    assert!(head.status >= 400, "a HEAD does not buy: {head}");
    assert_eq!(shop.customer().looks_up(1).await.expect("it is there").count, 15);
    assert_eq!(shop.orders("orderA").await.expect("listed").len(), 0);
}

#[tokio::test]
async fn only_the_token_of_this_shop_opens_a_write() {
    let shop = Cluster::start().await;
    let operator = shop.operator();
    let other = "0123456789abcdef0123456789abcdef";
    for method in [Method::GET, Method::POST] {
        let without = Answer::to(shop.request(method.clone(), "orderA", "/buy/1")).await;
        without.fails(401, "token");
        assert_eq!(without.header("www-authenticate"), "Bearer");
        Answer::to(shop.request(method.clone(), "orderA", "/buy/1").bearer_auth("wrong")).await.fails(401, "token");
        let stranger = operator.request(method, "orderA", "/buy/1").header("Bookend-Cluster", other);
        Answer::to(stranger).await.fails(403, "cluster");
    }
    for path in ["/update", "/internal/orders", "/internal/orders/alone"] {
        let method = if path == "/update" { Method::PUT } else { Method::POST };
        let answer = Answer::to(shop.request(method.clone(), "orderA", path).json(&json!([]))).await;
        assert_eq!(answer.status, 401, "{path}: {answer}");
        let stranger = operator.request(method, "orderA", path).header("Bookend-Cluster", other).json(&json!([]));
        assert_eq!(Answer::to(stranger).await.status, 403, "{path}");
    }
    assert_eq!(shop.orders("orderA").await.expect("listed").len(), 0);
}

#[tokio::test]
async fn update_takes_entries_of_a_journal_and_nothing_else() {
    let shop = Cluster::start().await;
    let operator = shop.operator();
    let put = async |body: &str| {
        let request = operator.as_replica(Method::PUT, "orderA", "/update").header("Content-Type", "application/json");
        Answer::to(request.body(body.to_owned())).await
    };
    let taken = put(r#"{"runs":[]}"#).await;
    assert_eq!((taken.status, taken.integer("/validation_code")), (201, 201), "{taken}");
    for (body, status) in [(r#"{"runs":[],"order":1}"#, 422), (r#"{"runs":7}"#, 422), ("{}", 400), ("{", 400)] {
        let refused = put(body).await;
        assert_eq!(refused.status, status, "{body}: {refused}");
    }
}

//! The published bookstore API at the frontend: every call, every status, every body, to the byte.

use reqwest::Method;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tests::{Answer, Bought, Cluster, Customer, seed};

const FOUND: Duration = Duration::from_secs(10);

const GOOD_GRADE: &str = r#"{"id":1,"title":"How to get a good grade in 677 in 20 minutes a day.","topic":"distributed systems","cost":10,"count":15}"#;
const RPCS: &str = r#"{"id":2,"title":"RPCs for Dummies.","topic":"distributed systems","cost":20,"count":15}"#;
const NO_BOOK: u32 = 9_999_999;

fn found(items: &[&str]) -> String {
    format!(r#"{{"item":[{}],"message":{{}},"status":"Success","validation_code":200}}"#, items.join(","))
}

/// The answer to `path` with this body, sent as `media`; GET is allowed to have one here.
async fn with_body(customer: &Customer, method: Method, path: &str, media: &str, body: &str) -> Answer {
    let request = customer.request(method, path).header("Content-Type", media);
    customer.send(request.body(body.to_owned())).await
}

#[tokio::test]
async fn a_search_by_topic_finds_its_books_in_the_published_envelope_and_order() {
    let shop = Cluster::start().await;
    let customer = shop.customer();
    for path in ["/search?topic=distributed%20systems", "/search?topic=distributed+systems"] {
        customer.get(path).await.is(200, &found(&[GOOD_GRADE, RPCS]));
    }
    for unknown in ["/search?topic=no%20such%20topic", "/search?topic=distributed", "/search?topic=%E6%9C%AC%E2%98%83"]
    {
        customer.get(unknown).await.is(200, &found(&[]));
    }
    let novels: Vec<u32> = customer.searches("novels").await.expect("found").iter().map(|item| item.id.0).collect();
    assert!(novels.len() > 10 && novels.is_sorted(), "all novels by id: {novels:?}");

    // A body says the same, even that of a GET.
    let json = "application/json";
    let by_topic = with_body(&customer, Method::GET, "/search", json, r#"{"topic":"distributed systems"}"#).await;
    by_topic.is(200, &found(&[GOOD_GRADE, RPCS]));
    with_body(&customer, Method::GET, "/search", json, r#"{"id":2}"#).await.is(200, &found(&[RPCS]));

    // A HEAD gets the head of the same answer.
    let head = customer.send(customer.request(Method::HEAD, "/search?topic=novels")).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-type"), "application/json");
}

#[tokio::test]
async fn a_search_by_words_looks_in_titles_and_authors_and_goes_on_page_by_page() {
    let shop = Cluster::start().await;
    let customer = shop.customer();
    shop.finds_all_within(FOUND).await;
    customer.get("/search?q=rpcs%20dummies").await.is(200, &found(&[RPCS]));
    let austen = customer.get("/search?q=AUSTEN").await;
    assert!(austen.text.contains("Pride and Prejudice"), "an author in capitals: {austen}");
    customer.get("/search?q=zzzzqqqq").await.is(200, &found(&[]));

    for (parameter, whole) in
        [("topic=novels", customer.get("/search?topic=novels").await), ("q=the", customer.get("/search?q=the").await)]
    {
        let ids = |answer: &Answer| -> Vec<u64> {
            let json = answer.json();
            json["item"].as_array().expect("a list").iter().filter_map(|item| item["id"].as_u64()).collect()
        };
        let mut collected = Vec::new();
        let mut next = Some(format!("/search?{parameter}&limit=7"));
        while let Some(path) = next {
            let part = customer.get(&path).await;
            let found = ids(part.has_status(200));
            assert!((1..=7).contains(&found.len()), "a part of at most 7: {part}");
            collected.extend(found);
            let link = part.header("link");
            next = link.strip_suffix(">; rel=\"next\"").and_then(|link| link.strip_prefix('<')).map(str::to_owned);
            assert_eq!(next.is_none(), link.is_empty(), "a link that leads on: {link}");
        }
        assert_eq!(collected, ids(&whole), "all parts together are the whole of {parameter}");
    }
}

#[tokio::test]
async fn a_lookup_finds_one_book_and_bad_questions_are_told_what_is_wrong() {
    let shop = Cluster::start().await;
    let customer = shop.customer();
    customer.get("/lookup?id=2").await.is(200, &found(&[RPCS]));
    with_body(&customer, Method::GET, "/lookup", "application/json", r#"{"id":2}"#).await.is(200, &found(&[RPCS]));
    let head = customer.send(customer.request(Method::HEAD, "/lookup?id=2")).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));

    customer.get(&format!("/lookup?id={NO_BOOK}")).await.fails(404, &NO_BOOK.to_string());
    customer.get("/lookup").await.fails(400, "id");
    customer.get("/search").await.fails(400, "topic");
    let wrong = ["abc", "-1", "1.5", "0x1", "1e3", "99999999999999999999999", "%EF%BC%91", "1%00", "%22"];
    for id in wrong {
        customer.get(&format!("/lookup?id={id}")).await.fails(422, "id");
        customer.get(&format!("/search?id={id}")).await.fails(422, "id");
    }
    for limit in ["0", "-1", "abc", "1001", "1.5", ""] {
        customer.get(&format!("/search?topic=novels&limit={limit}")).await.fails(422, "limit");
    }
    for cursor in ["", "0", "nonsense", "ffffffffff", "%E2%98%83"] {
        customer.get(&format!("/search?topic=novels&cursor={cursor}")).await.fails(422, "cursor");
    }
    customer.get("/search?q=").await.fails(422, "q");
    customer.get(&format!("/search?q={}", "x".repeat(5_000))).await.fails(422, "q");
    let json = "application/json";
    with_body(&customer, Method::GET, "/search", json, "{").await.fails(400, "json");
    with_body(&customer, Method::GET, "/search", json, r#"{"topic":7}"#).await.fails(422, "topic");
    with_body(&customer, Method::GET, "/lookup", json, r#"{"id":[1]}"#).await.fails(422, "id");
    for (method, path) in
        [(Method::DELETE, "/lookup?id=1"), (Method::PUT, "/search?topic=novels"), (Method::DELETE, "/buy?id=1")]
    {
        let answer = customer.send(customer.request(method, path)).await;
        answer.fails(405, "not possible");
        assert!(answer.header("allow").contains("GET"), "{path} says what is allowed: {:?}", answer.headers);
    }
}

#[tokio::test]
async fn a_buy_by_get_form_json_or_query_answers_the_published_body_and_takes_a_unit() {
    let stock = BTreeMap::from([(1, 15), (3, 1_000)]);
    let shop = Cluster::builder().stock(seed::books(stock.clone())).start().await;
    let customer = shop.customer();
    let mut orders = shop.order_desks_meet(3).await;
    let form = "application/x-www-form-urlencoded";
    let by_get = customer.get("/buy?id=1").await;
    assert_eq!(by_get.header("cache-control"), "no-store");
    let answers = [
        (1, by_get),
        (1, with_body(&customer, Method::POST, "/buy?id=1", form, "").await),
        (1, with_body(&customer, Method::POST, "/buy", form, "id=1").await),
        (2, with_body(&customer, Method::POST, "/buy", form, "id=1&quantity=2").await),
        (1, with_body(&customer, Method::POST, "/buy", "application/json", r#"{"id":1}"#).await),
        (3, with_body(&customer, Method::POST, "/buy", "application/json", r#"{"id":1,"quantity":3}"#).await),
        (2, with_body(&customer, Method::POST, "/buy?id=1&quantity=2", form, "").await),
    ];
    let mut numbers = Vec::new();
    let mut keys = BTreeSet::new();
    for (quantity, answer) in answers {
        assert!(keys.insert(answer.header("idempotency-key").to_owned()), "a key of its own: {answer}");
        let bought = Bought::of(1, quantity, answer).expect("there is enough");
        assert_eq!(bought.copies, 2, "both order replicas have it: {}", bought.answer);
        numbers.push(bought.number);
        orders.push(bought);
    }
    assert!(!keys.contains(""), "the key that was made is told");
    assert!(numbers.is_sorted_by(|one, next| one < next), "numbers rise with time: {numbers:?}");
    assert_eq!(customer.looks_up(1).await.expect("it is there").count, 15 - 11);
    shop.has_no_orders_but(&orders).await;
    shop.conserves(&stock).await;
}

#[tokio::test]
async fn what_is_sold_out_unknown_or_too_much_is_refused_in_the_published_words() {
    let shop = Cluster::builder().stock(seed::books([(1, 2), (2, 1)])).start().await;
    let customer = shop.customer();
    let first = customer.buys(2, 1).await.expect("the last copy");
    let sold_out = r#"{"message":"The item with id 2 is no longer present in the catalog server","status":"Failed","validation_code":404}"#;
    customer.get("/buy?id=2").await.is(404, sold_out);
    customer.buys(2, 1).await.expect_err("sold out").is(404, sold_out);
    let unknown =
        r#"{"message":"Item with id 99 not found in the catalog server.","status":"Failed","validation_code":404}"#;
    customer.get("/buy?id=99").await.is(404, unknown);
    customer.buys(99, 1).await.expect_err("unknown").is(404, unknown);
    // A sold out book is still shown.
    assert_eq!(customer.looks_up(2).await.expect("it is there").count, 0);

    customer.buys(1, 3).await.expect_err("only two are left").fails(409, "2");
    assert_eq!(customer.looks_up(1).await.expect("it is there").count, 2);
    let last = customer.buys(1, 2).await.expect("both");
    shop.has_no_orders_but(&[first, last]).await;
}

#[tokio::test]
async fn a_bad_buy_is_refused_by_name_and_changes_nothing() {
    let shop = Cluster::start().await;
    let customer = shop.customer();
    customer.get("/buy").await.fails(400, "id");
    customer.send(customer.request(Method::POST, "/buy")).await.fails(400, "id");
    for id in ["abc", "-1", "1.5", "", "99999999999999999999", "%E2%91%A0"] {
        customer.get(&format!("/buy?id={id}")).await.fails(422, "id");
    }
    for quantity in ["0", "-1", "101", "1.5", "abc", "", "99999999999999999999", "%EF%BC%91"] {
        customer.get(&format!("/buy?id=1&quantity={quantity}")).await.fails(422, "quantity");
    }
    for (body, status, words) in [
        ("{", 400, "json"),
        (r#"{"id":1"#, 400, "json"),
        ("\u{feff}nonsense", 400, "json"),
        ("{}", 400, "id"),
        (r#"{"id":1,"colour":"red"}"#, 422, "colour"),
        (r#"{"id":1,"qauntity":2}"#, 422, "qauntity"),
        (r#"{"id":"one"}"#, 422, "id"),
        (r#"{"id":{}}"#, 422, "id"),
        (r#"{"id":1,"quantity":-1}"#, 422, "quantity"),
        (r#"{"id":1,"quantity":1.5}"#, 422, "quantity"),
        (r#"{"id":1,"quantity":true}"#, 422, "quantity"),
        ("[1]", 422, ""),
    ] {
        with_body(&customer, Method::POST, "/buy", "application/json", body).await.fails(status, words);
    }
    with_body(&customer, Method::POST, "/buy?id=1", "application/x-www-form-urlencoded", "id=2").await.fails(422, "id");
    with_body(&customer, Method::POST, "/buy", "text/xml", "<id>1</id>").await.fails(415, "application/json");
    let large = format!(r#"{{"id":1,"quantity":1,"padding":"{}"}}"#, "x".repeat(200_000));
    with_body(&customer, Method::POST, "/buy", "application/json", &large).await.fails(413, "larger");
    for key in ["", "two words", &"x".repeat(256)] {
        let request = customer.request(Method::POST, "/buy?id=1").header("Idempotency-Key", key);
        customer.send(request).await.fails(422, "idempotency-key");
    }
    assert_eq!(customer.looks_up(1).await.expect("it is there").count, 15);
    assert_eq!(shop.orders("orderA").await.expect("listed").len(), 0);
}

#[tokio::test]
async fn looking_ahead_another_site_and_a_head_never_buy() {
    let shop = Cluster::start().await;
    let customer = shop.customer();
    for (name, value) in [
        ("Sec-Purpose", "prefetch"),
        ("Sec-Purpose", "prefetch;prerender"),
        ("Purpose", "prefetch"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        let answer = customer.send(customer.request(Method::GET, "/buy?id=1").header(name, value)).await;
        answer.fails(403, "buy");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let head = customer.send(customer.request(Method::HEAD, "/buy?id=1")).await;
    assert!(head.status >= 400, "{head}");
    assert_eq!(customer.looks_up(1).await.expect("it is there").count, 15);
    for site in ["same-origin", "none"] {
        let answer = customer.send(customer.request(Method::GET, "/buy?id=1").header("Sec-Fetch-Site", site)).await;
        Bought::of(1, 1, answer).expect("the visitor meant it");
    }
    assert_eq!(customer.looks_up(1).await.expect("it is there").count, 13);
}

#[tokio::test]
async fn a_key_said_again_gets_the_same_answer_and_never_another_order() {
    let stock = seed::books([(1, 15), (2, 15), (3, 1_000)]);
    let shop = Cluster::builder().frontends(2).stock(stock).start().await;
    shop.order_desks_meet(3).await;
    let customer = shop.customer();
    let first = customer.buys_with_key(1, 2, "my-key").await.expect("there is enough");
    assert_eq!(first.answer.header("idempotency-key"), "my-key");
    for frontend in ["frontend", "frontendB"] {
        let again = shop.customer_at(frontend).buys_with_key(1, 2, "my-key").await.expect("the same answer");
        again.answer.is(200, &first.answer.text);
        assert_eq!(again.answer.header("idempotency-key"), "my-key");
        for (item, quantity) in [(1, 1), (1, 3), (2, 2)] {
            let refused = shop.customer_at(frontend).buys_with_key(item, quantity, "my-key").await;
            refused.expect_err("another basket").fails(422, "idempotency-key");
        }
    }
    // It stays the same answer when the book is sold out meanwhile.
    customer.buys(1, 13).await.expect("the rest");
    let again = customer.buys_with_key(1, 2, "my-key").await.expect("the same answer");
    again.answer.is(200, &first.answer.text);
    // A refusal settles nothing: the key may be used when there is something to buy.
    customer.buys_with_key(1, 1, "later").await.expect_err("sold out").fails(404, "no longer present");
    shop.operator().puts("catalogA", 1, &json!({"delta": 1})).await.has_status(201);
    customer.buys_with_key(1, 1, "later").await.expect("a unit has come in");
    assert_eq!(shop.sold().await.get(&1), Some(&16));
}

#[tokio::test]
async fn every_server_tells_its_health_its_readiness_and_its_figures() {
    let shop = Cluster::start().await;
    shop.customer().buys(1, 1).await.expect("there is enough");
    for member in shop.roster().members() {
        let name = member.name.as_str();
        shop.get(name, "/healthz").await.has_status(200);
        let ready = shop.get(name, "/readyz").await;
        assert_eq!((ready.status, ready.string("/replica").as_str()), (200, name), "{ready}");
        let figures = shop.get(name, "/metrics").await;
        assert!(figures.header("content-type").starts_with("text/plain"), "{figures}");
        assert!(figures.text.contains("http_requests_total"), "{figures}");
    }
    // The pages are found where a newcomer looks for them, and a wrong address is told in the caller's form.
    let home = shop.customer().opens("/").await;
    assert!(home.header("content-type").starts_with("text/html") && home.status == 200, "{home}");
    let nowhere = shop.customer().opens("/no/such/page").await;
    assert!(nowhere.header("content-type").starts_with("text/html") && nowhere.status == 404, "{nowhere}");
    shop.customer().get("/no/such/address").await.has_status(404).json();
}

//! The published API, byte for byte: what is read.

use crate::fakes::book;
use crate::stage::{Answer, Stage};
use reqwest::Method;

const FIRST: &str = r#"{"id":1,"title":"How to get a good grade in 677 in 20 minutes a day.","topic":"distributed systems","cost":10,"count":15}"#;
const SECOND: &str = r#"{"id":2,"title":"RPCs for Dummies.","topic":"distributed systems","cost":20,"count":15}"#;

fn found(items: &[&str]) -> String {
    format!(r#"{{"item":[{}],"message":{{}},"status":"Success","validation_code":200}}"#, items.join(","))
}

fn failed(code: u16, message: &str) -> String {
    format!(r#"{{"message":"{message}","status":"Failed","validation_code":{code}}}"#)
}

fn assert_failed(answer: &Answer, code: u16, words: &str) {
    assert_eq!(answer.status, code, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json");
    let body: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
    assert_eq!((&body["status"], &body["validation_code"]), (&"Failed".into(), &code.into()));
    let message = body["message"].as_str().expect("a text");
    assert!(message.contains(words), "{message:?} lacks {words:?}");
}

#[actix_web::test]
async fn search_by_topic_answers_the_published_bytes() {
    let stage = Stage::open().await;
    let both = found(&[FIRST, SECOND]);
    for path in ["/search?topic=distributed%20systems", "/search?topic=distributed+systems"] {
        let answer = stage.get(path).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, both.as_str()));
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("link"), "");
    }
    assert_eq!(stage.get("/search?topic=nothing%20of%20ours").await.body, found(&[]));
    assert_eq!(stage.get("/search?topic=").await.body, found(&[]));
}

#[actix_web::test]
async fn lookup_answers_one_item_in_the_published_bytes() {
    let stage = Stage::open().await;
    let answer = stage.get("/lookup?id=1").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, found(&[FIRST]).as_str()));
    let odd = stage.get("/lookup?id=5").await.body;
    assert_eq!(odd, found(&[r#"{"id":5,"title":"Nothing left","topic":"novels","cost":12.5,"count":0}"#]));
    let unknown = stage.get("/lookup?id=99").await;
    assert_eq!((unknown.status, unknown.body), (404, failed(404, "Item with id 99 not found in the catalog server.")));
}

#[actix_web::test]
async fn a_json_body_is_understood_even_on_a_get() {
    let stage = Stage::open().await;
    for (body, wanted) in [
        (r#"{"topic": "distributed systems"}"#, found(&[FIRST, SECOND])),
        (r#"{"id": 1}"#, found(&[FIRST])),
        (r#"{"id": "1"}"#, found(&[FIRST])),
    ] {
        let asked = stage.request(Method::GET, "/search").header("Content-Type", "application/json").body(body);
        assert_eq!(Stage::send(asked).await.body, wanted, "{body}");
    }
    let asked = stage.request(Method::GET, "/lookup").header("Content-Type", "application/json").body(r#"{"id": 1}"#);
    assert_eq!(Stage::send(asked).await.body, found(&[FIRST]));
}

#[actix_web::test]
async fn a_parameter_that_is_missing_is_400_and_one_of_the_wrong_kind_422_naming_it() {
    let stage = Stage::open().await;
    assert_failed(&stage.get("/search").await, 400, "topic");
    assert_failed(&stage.get("/lookup").await, 400, "id");
    assert_failed(&stage.get("/buy").await, 400, "id");
    for id in ["abc", "-1", "", "99999999999999", "1.5", "%E4%B8%80", "1%00"] {
        assert_failed(&stage.get(&format!("/lookup?id={id}")).await, 422, "id");
        assert_failed(&stage.get(&format!("/search?id={id}")).await, 422, "id");
        assert_failed(&stage.get(&format!("/buy?id={id}")).await, 422, "id");
    }
    for path in ["/search?topic=x&limit=0", "/search?topic=x&limit=many", "/search?topic=x&limit=100000"] {
        assert_failed(&stage.get(path).await, 422, "limit");
    }
    assert_failed(&stage.get("/search?topic=x&cursor=5").await, 422, "cursor");
    assert_failed(&stage.get("/search?q=%20").await, 422, "q");
    assert_failed(&stage.get(&format!("/search?q={}", "x".repeat(600))).await, 422, "q");
    assert_failed(&stage.get("/lookup?id=1&id=2").await, 422, "twice");
    let broken = stage.request(Method::GET, "/search").header("Content-Type", "application/json").body("{\"topic\":");
    assert_failed(&Stage::send(broken).await, 400, "JSON");
}

#[actix_web::test]
async fn words_find_titles_and_authors() {
    let stage = Stage::open().await;
    assert_eq!(stage.get("/search?q=dummies%20somebody").await.body, found(&[SECOND]));
    assert_eq!(stage.get("/search?q=nowhere").await.body, found(&[]));
}

#[actix_web::test]
async fn with_a_limit_the_next_part_is_behind_a_link_and_the_body_keeps_its_shape() {
    let books = (1..=7).map(|id| book(id, &format!("Book {id}"), "a topic & more", 100, 1)).collect();
    let stage = Stage::open_with(books).await;
    for start in ["/search?topic=a%20topic%20%26%20more&limit=3", "/search?q=book&limit=3"] {
        let mut next = start.to_owned();
        let mut ids = Vec::new();
        while !next.is_empty() {
            let answer = stage.get(&next).await;
            let body: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
            assert_eq!(body.as_object().map(serde_json::Map::len), Some(4), "{}", answer.body);
            let items = body["item"].as_array().expect("a list");
            assert!(items.len() <= 3);
            ids.extend(items.iter().map(|item| item["id"].as_u64().expect("a number")));
            let link = answer.header("link");
            next = link
                .strip_prefix('<')
                .and_then(|link| link.split_once('>'))
                .map(|(path, rest)| {
                    assert_eq!(rest, "; rel=\"next\"");
                    path.to_owned()
                })
                .unwrap_or_default();
        }
        assert_eq!(ids, [1, 2, 3, 4, 5, 6, 7], "{start}");
    }
}

#[actix_web::test]
async fn v1_lists_every_book_part_by_part_with_whole_cents_and_names_what_is_wrong() {
    let books = (1..=5).map(|id| book(id, &format!("Book {id}"), if id == 3 { "odd" } else { "even" }, 1250, 2));
    let stage = Stage::open_with(books.collect()).await;
    let part = async |path: String| -> wire::v1::Books {
        let answer = stage.get(&path).await;
        serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{path}: {error}: {answer:?}"))
    };
    let (mut ids, mut next) = (Vec::new(), Some(String::new()));
    while let Some(cursor) = next {
        let cursor = if cursor.is_empty() { cursor } else { format!("&cursor={cursor}") };
        let found = part(format!("/api/v1/books?limit=2{cursor}")).await;
        assert!(found.books.iter().all(|book| book.price_cents == 1250 && book.available == 2), "{found:?}");
        ids.extend(found.books.iter().map(|book| book.id.0));
        next = found.next;
    }
    assert_eq!(ids, [1, 2, 3, 4, 5]);
    let odd = part("/api/v1/books?topic=odd".to_owned()).await;
    assert_eq!((odd.books.len(), &odd.next), (1, &None));
    assert_eq!(odd.books[0].authors, ["Somebody", "Else"]);
    for (query, field) in [("limit=0", "limit"), ("cursor=48", "cursor"), ("topik=odd", "topik")] {
        let answer = stage.get(&format!("/api/v1/books?{query}")).await;
        assert_eq!(answer.status, 422, "{answer:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert!(answer.body.contains(field), "{answer:?}");
    }
}

#[actix_web::test]
async fn errors_of_api_addresses_are_envelopes_whoever_asks() {
    let stage = Stage::open().await;
    for accept in ["*/*", "text/html"] {
        let send = |method, path: &str| Stage::send(stage.request(method, path).header("Accept", accept));
        let wrong_method = send(Method::DELETE, "/search").await;
        assert_failed(&wrong_method, 405, "DELETE");
        assert!(wrong_method.header("allow").contains("GET"), "{wrong_method:?}");
        assert_failed(&send(Method::GET, "/lookup?id=x").await, 422, "id");
        let large = stage.request(Method::POST, "/buy").header("Accept", accept).body("x".repeat(20_000));
        assert_failed(&Stage::send(large).await, 413, "larger");
    }
    assert_failed(&stage.get("/no/such/address").await, 404, "/no/such/address");
}

#[actix_web::test]
async fn head_answers_like_get_without_a_body() {
    let stage = Stage::open().await;
    for path in [
        "/",
        "/search?topic=novels",
        "/lookup?id=1",
        "/books/1",
        "/about",
        "/find?q=xen",
        "/robots.txt",
        "/covers/1.svg",
    ] {
        let (head, get) = (Stage::send(stage.request(Method::HEAD, path)).await, stage.get(path).await);
        assert_eq!((head.status, get.status), (200, 200), "{path}");
        assert_eq!(head.body, "", "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
}

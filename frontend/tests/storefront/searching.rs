//! Searching at the frontend: the page, the APIs, suggestions, and catalogs that can't answer.

use crate::browser::Browser;
use crate::fakes::{Mood, book};
use crate::stage::Stage;
use serde_json::Value;
use wire::ItemState;

fn shelf() -> Vec<ItemState> {
    vec![
        book(1, "War and Peace", "novels", 900, 3),
        book(2, "Anna Karénina", "novels", 1_250, 0),
        book(3, "War of the Worlds", "science fiction", 5_000, 1),
        book(4, "The Art of War", "strategy", 1_500, 2),
    ]
}

async fn json(stage: &Stage, path: &str) -> Value {
    let answer = stage.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    serde_json::from_str(&answer.body).expect("JSON")
}

fn ids(answer: &Value, list: &str) -> Vec<u64> {
    answer[list].as_array().expect("a list").iter().filter_map(|book| book["id"].as_u64()).collect()
}

#[actix_web::test]
async fn a_topic_has_the_same_books_however_they_are_sorted() {
    let topics = ["fiction", "fiction / crime", "fiction / crime / cosy", "fictions"];
    let shelf = (1..).zip(topics).map(|(id, topic)| book(id, &format!("Book {id}"), topic, 900, 1)).collect();
    let stage = Stage::open_with(shelf).await;
    for query in ["topic=fiction", "topic=fiction&sort=title", "topic=fiction&available=true&q=book"] {
        let found = json(&stage, &format!("/api/v1/books?{query}")).await;
        assert_eq!(ids(&found, "books"), [1, 2, 3], "{query}");
    }
}

#[actix_web::test]
async fn v1_filters_sorts_counts_and_says_what_was_meant() {
    let stage = Stage::open_with(shelf()).await;
    let all = json(&stage, "/api/v1/books?q=war").await;
    assert_eq!((ids(&all, "books"), all["total"].as_u64()), (vec![1, 3, 4], Some(3)), "little else in the title first");
    assert_eq!(all["facets"]["topics"].as_array().map(Vec::len), Some(3));
    for (query, wanted) in [
        ("q=war&sort=-price", vec![3, 4, 1]),
        ("q=war&min_price=9.01&max_price=15", vec![4]),
        ("topic=novels&available=true", vec![1]),
        ("q=karenina&available=false", vec![2]),
        ("sort=title&limit=2", vec![2, 4]),
        ("q=", vec![1, 2, 3, 4]),
    ] {
        assert_eq!(ids(&json(&stage, &format!("/api/v1/books?{query}")).await, "books"), wanted, "{query}");
    }
    let meant = json(&stage, "/api/v1/books?q=pease").await;
    assert_eq!((ids(&meant, "books"), meant["did_you_mean"].as_str()), (vec![1], Some("peace")));
    let plain = json(&stage, "/api/v1/books?topic=novels").await;
    assert_eq!(
        plain.as_object().map(|body| body.keys().collect::<Vec<_>>()),
        Some(vec![&"books".to_owned(), &"next".to_owned()])
    );
}

#[actix_web::test]
async fn what_is_wrong_with_a_search_is_named() {
    let stage = Stage::open_with(shelf()).await;
    let many = "w%20x%20".repeat(20).replace('x', "y z a b");
    for (query, field) in [
        ("sort=cheapest", "sort"),
        ("q=war&cursor=0000000130", "cursor"),
        ("min_price=-1", "min_price"),
        ("max_price=ten", "max_price"),
        ("available=maybe", "available"),
        ("q=a&limit=0", "limit"),
        (&format!("q={}", "x".repeat(600)), "q"),
    ] {
        let answer = stage.get(&format!("/api/v1/books?{query}")).await;
        assert_eq!(answer.status, 422, "{query}: {answer:?}");
        let problem: Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!(problem["field"].as_str(), Some(field), "{query}");
    }
    assert_eq!(stage.get(&format!("/api/v1/books?q={many}")).await.status, 200, "one word often is one word");
    for path in ["/find?q=war&sort=x", "/find?q=war&cursor=5", "/find?min_price=x", "/find?min_price=2&max_price=1"] {
        assert_eq!(Browser::new(&stage).opens(path).await.status, 422, "{path}");
    }
}

#[actix_web::test]
async fn more_than_one_answer_holds_is_put_together_and_goes_on() {
    let books = (1..=250).map(|id| book(id, &format!("Book {id}"), "novels", 100, 1)).collect();
    let stage = Stage::open_with(books).await;
    let first = json(&stage, "/api/v1/books?q=book&limit=150").await;
    assert_eq!((ids(&first, "books").len(), first["total"].as_u64()), (150, Some(250)));
    let next = first["next"].as_str().expect("more");
    let second = json(&stage, &format!("/api/v1/books?q=book&limit=150&cursor={next}")).await;
    assert_eq!((ids(&second, "books").len(), &second["next"]), (100, &Value::Null));
    assert_eq!(json(&stage, "/search?q=book").await["item"].as_array().map(Vec::len), Some(250));
}

#[actix_web::test]
async fn suggestions_are_a_few_titles_and_none_for_nothing() {
    let books = (1..=20).map(|id| book(id, &format!("Wartime {id}"), "novels", 100, 1)).collect();
    let stage = Stage::open_with(books).await;
    let suggested = json(&stage, "/api/v1/suggestions?q=wart").await;
    assert_eq!(ids(&suggested, "suggestions").len(), 8);
    assert_eq!(suggested["suggestions"][0]["authors"][0], "Somebody");
    assert!(ids(&json(&stage, "/api/v1/suggestions?q=%20").await, "suggestions").is_empty());
    assert_eq!(stage.get("/api/v1/suggestions").await.status, 400);
}

#[actix_web::test]
async fn the_page_has_links_to_narrow_sort_and_go_on_and_helps_where_nothing_is_found() {
    let stage = Stage::open_with(shelf()).await;
    let mut browser = Browser::new(&stage);
    let page = browser.opens("/find?q=war").await.body;
    for part in [
        "3 titles",
        "href=\"/find?q=war&#38;topic=science%20fiction\"",
        "href=\"/find?q=war&#38;min_price=50%2E00\"",
        "href=\"/find?q=war&#38;sort=%2Dprice\"",
        "aria-current=\"true\">Best match",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(browser.opens("/find?q=war&topic=novels").await.body.contains("1 title<"), "one is left");
    let meant = browser.opens("/find?q=pease").await.body;
    assert!(meant.contains("Did you mean <a href=\"/find?q=peace\"") && meant.contains("War and Peace"), "{meant}");
    let nothing = browser.opens("/find?q=war+xyzzyx").await.body;
    assert!(nothing.contains("We have no book with “<span dir=\"auto\">xyzzyx</span>”"), "{nothing}");
    let filtered = browser.opens("/find?q=karenina&topic=strategy").await.body;
    assert!(filtered.contains("<a href=\"/find?q=karenina\">Without them: 1 title</a>"), "{filtered}");
    assert!(browser.opens("/find?topic=novels").await.body.contains("2 titles"), "filters alone");
}

#[actix_web::test]
async fn hostile_words_find_nothing_and_break_nothing() {
    let stage = Stage::open_with(shelf()).await;
    for q in [
        "%22",
        "%22%22%22",
        "-",
        "--",
        "-war",
        "AND%20OR%20NOT",
        "title%3A(war",
        "*",
        "war*",
        "%F0%9F%98%80",
        "%00%01%7F",
        "%5C%22%5D%7D%7B%5B",
        "a%20%2B%2B%20b",
        "%E2%80%AE",
        "NEAR%2F3",
        "%25%25%25",
        "%27%3B%20drop%20table%20item",
    ] {
        for path in ["/search?q=", "/api/v1/books?q=", "/api/v1/suggestions?q=", "/find?q="] {
            let answer = stage.get(&format!("{path}{q}")).await;
            assert_eq!(answer.status, 200, "{path}{q}: {answer:?}");
        }
    }
    let long = "x".repeat(10_240);
    for path in ["/search?q=", "/api/v1/books?q=", "/api/v1/suggestions?q=", "/find?q="] {
        let status = stage.get(&format!("{path}{long}")).await.status;
        assert!((400..500).contains(&status), "{path}: {status}");
    }
}

#[actix_web::test]
async fn a_catalog_without_an_index_sends_its_callers_to_the_other_and_both_without_say_so() {
    let stage = Stage::open_with(shelf()).await;
    stage.world.set_mood("catalogA", Mood::Builds);
    for _ in 0..6 {
        assert_eq!(ids(&json(&stage, "/api/v1/books?q=peace").await, "books"), [1]);
    }
    stage.world.set_mood("catalogB", Mood::Builds);
    let answer = stage.get("/api/v1/books?q=peace").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{answer:?}");
    assert!(answer.body.contains("search-building"), "{answer:?}");
    assert_eq!(Browser::new(&stage).opens("/find?q=peace").await.status, 503);
    assert_eq!(stage.get("/lookup?id=1").await.status, 200, "all else is well");
}

#[actix_web::test]
async fn a_browser_is_told_how_to_search_and_gets_the_script_that_helps() {
    let stage = Stage::open_with(shelf()).await;
    let page = stage.get("/find?q=war").await.body;
    let script = page.split("<script type=\"module\" src=\"").nth(1).and_then(|rest| rest.split('"').next());
    let script = stage.get(script.expect("a script")).await;
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(script.header("cache-control"), "public, max-age=31536000, immutable");
    let description = stage.get("/opensearch.xml").await;
    assert_eq!(description.header("content-type"), "application/opensearchdescription+xml; charset=utf-8");
    assert!(description.body.contains("/find?q={searchTerms}\""), "{}", description.body);
}

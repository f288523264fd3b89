//! The full record of a book, for people and for programs, and the tree of topics.

use crate::browser::Browser;
use crate::fakes::{book, register};
use crate::stage::Stage;
use wire::{Format, ItemId, ItemState};

/// A book of which everything is known.
fn complete() -> ItemState {
    ItemState {
        isbn: register("9780306406157".parse().ok(), 1),
        publisher: register("Lantern & Quay".into(), 1),
        published: register("2024-05".parse().ok(), 1),
        format: register(Some(Format::EBook), 1),
        description: register("One </script><b> line.\n\nAnother one.".into(), 1),
        ..book(1, "Storms", "fiction / crime / cosy", 1250, 9)
    }
}

fn shelf() -> Vec<ItemState> {
    vec![
        complete(),
        book(2, "Other Storms", "fiction / crime / cosy", 900, 1),
        book(3, "Poison", "fiction / crime", 900, 1),
        book(4, "Hearts", "fiction / romance", 900, 1),
        book(5, "TCP", "TCP/IP", 900, 1),
        book(6, "Facts", "fictional", 900, 1),
    ]
}

#[actix_web::test]
async fn the_record_of_a_book_is_whole_for_programs_alone_and_in_lists() {
    let stage = Stage::open_with(shelf()).await;
    let record = stage.get("/api/v1/books/1").await;
    assert_eq!((record.status, record.header("content-type")), (200, "application/json"));
    let expected = serde_json::json!({
        "id": 1, "title": "Storms", "authors": ["Somebody", "Else"], "year": 1899, "language": "en",
        "topic": "fiction / crime / cosy", "isbn": "9780306406157", "publisher": "Lantern & Quay",
        "published": "2024-05", "format": "e-book", "description": "One </script><b> line.\n\nAnother one.",
        "price_cents": 1250, "available": 9,
    });
    assert_eq!(record.json(), expected);
    assert_eq!(stage.get("/api/v1/books?limit=1").await.json()["books"][0], expected);
    let bare = stage.get("/api/v1/books/2").await.json();
    assert!(["isbn", "publisher", "published", "format", "description"].iter().all(|name| bare[name].is_null()));
    let unknown = stage.get("/api/v1/books/99").await;
    assert_eq!((unknown.status, unknown.json()["type"].as_str().is_some()), (404, true));
    let wrong = stage.get("/api/v1/books/one").await;
    assert!(wrong.status == 422 && wrong.json()["field"] == "id", "{wrong:?}");
}

#[actix_web::test]
async fn the_classic_api_says_of_a_book_what_it_always_said() {
    let stage = Stage::open_with(shelf()).await;
    let classic = r#"{"item":[{"id":1,"title":"Storms","topic":"fiction / crime / cosy","cost":12.5,"count":9}],"message":{},"status":"Success","validation_code":200}"#;
    assert_eq!(stage.get("/lookup?id=1").await.body, classic);
    // A topic there is the whole text, and has nothing below it.
    let found = |body: serde_json::Value| body["item"].as_array().expect("a list").len();
    assert_eq!(found(stage.get("/search?topic=fiction%20/%20crime").await.json()), 1);
    assert_eq!(found(stage.get("/search?topic=fiction&limit=9").await.json()), 0);
}

#[actix_web::test]
async fn a_topic_shows_what_is_below_it_and_the_way_back() {
    let stage = Stage::open_with(shelf()).await;
    let mut browser = Browser::new(&stage);
    let page = browser.opens("/topics/fiction").await;
    for title in ["Storms", "Other Storms", "Poison", "Hearts"] {
        assert!(page.body.contains(&format!("dir=\"auto\" lang=\"en\">{title}<")), "{title}: {}", page.body);
    }
    assert!(!page.body.contains("Facts") && !page.body.contains("TCP"), "{}", page.body);
    assert!(page.body.contains("href=\"/topics/fiction%20%2F%20crime\"") && page.body.contains("3 titles"));
    assert!(!page.body.contains("cosy</a>"), "only what is right below: {}", page.body);
    let below = browser.opens("/topics/fiction%20%2F%20crime").await;
    assert!(
        below.body.contains("href=\"/topics/fiction\"")
            && below.body.contains("<h1 class=\"shout\" dir=\"auto\">crime<")
    );
    assert!(below.body.contains("Poison") && !below.body.contains("Hearts"));
    assert_eq!(browser.opens("/topics/TCP%2FIP").await.status, 200);
    assert_eq!(browser.opens("/topics/crime").await.status, 404);
    let home = browser.opens("/").await;
    assert!(
        home.body.contains("4 titles")
            && home.body.contains("href=\"/topics/TCP%2FIP\"")
            && !home.body.contains("cosy")
    );
    let listed = stage.get("/api/v1/books?topic=fiction%20/%20crime").await.json();
    assert_eq!(listed["books"].as_array().map(Vec::len), Some(3));
}

#[actix_web::test]
async fn the_page_of_a_book_shows_its_record_to_people_and_to_machines() {
    let stage = Stage::open_with(shelf()).await;
    let mut browser = Browser::new(&stage);
    let page = browser.opens("/books/1").await;
    for fact in
        ["Lantern &#38; Quay", "May 2024", "E-book", "English", "9780306406157", "Another one.", "First published 1899"]
    {
        assert!(page.body.contains(fact), "{fact}: {}", page.body);
    }
    assert!(
        page.body.contains("You may also like") && page.body.contains("Other Storms") && !page.body.contains("Hearts")
    );
    for meta in
        [r#"property="og:type" content="book""#, r#"property="og:title" content="Storms""#, r#"property="book:isbn""#]
    {
        assert!(page.body.contains(meta), "{meta}: {}", page.body);
    }
    let (_, rest) = page.body.split_once("<script type=\"application/ld+json\">").expect("linked data");
    let (data, after) = rest.split_once("</script>").expect("an end");
    // What follows are files of the shop's own.
    let others = after.replace("<script type=\"module\" src=\"/static/", "").contains("<script");
    assert!(!others && !data.contains('<'), "{}", page.body);
    let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
    assert_eq!((&data["@type"], &data["offers"]["@type"]), (&"Book".into(), &"Offer".into()));
    assert_eq!(data["description"], "One </script><b> line.\n\nAnother one.");
    assert_eq!(data["offers"]["availability"], "https://schema.org/InStock");
    let bare = browser.opens("/books/5").await;
    assert!(!bare.body.contains("You may also like") && !bare.body.contains("<dt>ISBN"), "{}", bare.body);
}

#[actix_web::test]
async fn what_only_a_catalog_that_is_away_holds_is_held_at_the_other_branch() {
    let mut stage = Stage::open_with(shelf()).await;
    let held = |by: &str| [(by.to_owned(), 3)].into();
    let holders =
        [(ItemId(1), held("catalogB")), (ItemId(2), held("catalogA")), (ItemId(3), held("the lost data of catalogB"))];
    stage.world.holders.lock().expect("no panic").extend(holders);
    assert!(Browser::new(&stage).opens("/books/1").await.body.contains("In stock"), "whoever has none borrows some");
    stage.stop("catalogB").await;
    stage.until("catalogB", "down").await;
    let mut browser = Browser::new(&stage);
    for (item, words) in
        [(1, "Held at the other branch"), (2, "Last copy"), (3, "Held at the other branch"), (4, "Last copy")]
    {
        let page = browser.opens(&format!("/books/{item}")).await;
        assert!(page.body.contains(words), "{item}: {}", page.body);
        assert!(page.body.contains("name=\"key\""), "it may come back at any moment: {}", page.body);
    }
    stage.world.holders.lock().expect("no panic").clear();
}

//! The operator's desk, with real processes: who is let in, what they see, and what they change.

use reqwest::Method;
use reqwest::header::ACCEPT;
use std::time::Duration;
use tests::desk::{at_desk, signs_in_as};
use tests::{Answer, Cluster, Customer, awaits, hidden};

const KNOWN: Duration = Duration::from_secs(5);

/// Shows a token at the desk.
async fn signs_in(browser: &Customer, token: &str) -> Answer {
    signs_in_as(browser, "Ann", token).await
}

/// A browser of an operator who is at the desk.
async fn operator(shop: &Cluster) -> Customer {
    at_desk(shop, "Ann").await
}

/// Sends the form of a book's page, as it was opened.
async fn sends(browser: &Customer, item: u32, page: &Answer, fields: &[(&str, &str)]) -> Answer {
    let field = |name: &str| hidden(&page.text, name).unwrap_or_else(|| panic!("no {name}: {page}"));
    let mut form = vec![("token", field("token")), ("key", field("key"))];
    form.extend(fields.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let request = browser.request(Method::POST, &format!("/desk/books/{item}")).header(ACCEPT, "text/html");
    browser.send(request.form(&form)).await
}

#[tokio::test]
async fn whoever_has_no_session_sees_nothing_of_the_desk_and_changes_nothing() {
    let shop = Cluster::start().await;
    let browser = shop.customer();
    for path in ["/desk", "/desk/books", "/desk/books/1"] {
        let answer = browser.opens(path).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/desk/sign-in"), "{path}");
    }
    assert_eq!(browser.opens("/desk/events").await.status, 401);
    for token in ["", "x", &shop.secrets().token.expose()[1..], "a customer's password"] {
        let answer = signs_in(&browser, token).await;
        assert!(answer.status == 401 && answer.header("set-cookie").is_empty(), "{answer}");
    }
    let before = shop.customer().looks_up(1).await.expect("it is there");
    let form = [("token", "x"), ("key", "k"), ("what", "count"), ("value", "0")];
    let request = browser.request(Method::POST, "/desk/books/1").header(ACCEPT, "text/html");
    assert_eq!(browser.send(request.form(&form)).await.status, 403);
    // The token of another session is not this one's.
    let (mine, other) = (operator(&shop).await, operator(&shop).await);
    let page = other.opens("/desk/books/1").await;
    assert_eq!(sends(&mine, 1, &page, &[("what", "count"), ("value", "0")]).await.status, 403);
    assert_eq!(shop.customer().looks_up(1).await.expect("it is there"), before);
}

#[tokio::test]
async fn an_operator_changes_price_and_stock_and_a_form_sent_twice_adds_once() {
    let shop = Cluster::start().await;
    let browser = operator(&shop).await;
    let count = async || shop.customer().looks_up(1).await.expect("it is there").count;
    let before = count().await;
    let page = browser.opens("/desk/books/1").await;
    assert!(
        page.has_status(200).text.contains("may sell") && page.header("cache-control") == "private, no-store",
        "{page}"
    );
    let more = [("what", "difference"), ("value", "5")];
    for _ in 0..2 {
        let sent = sends(&browser, 1, &page, &more).await;
        assert_eq!((sent.status, sent.header("location")), (303, "/desk/books/1?done=difference"), "{sent}");
    }
    assert_eq!(count().await, before + 5);
    let page = browser.opens("/desk/books/1?done=difference").await;
    assert!(page.text.contains("The stock is changed."), "{page}");
    sends(&browser, 1, &page, &[("what", "count"), ("value", "3")]).await.has_status(303);
    assert_eq!(count().await, 3);
    sends(&browser, 1, &page, &[("what", "price"), ("value", "12.50")]).await.has_status(303);
    assert!(shop.get("frontend", "/lookup?id=1").await.text.contains("\"cost\":12.5"));
    for (what, value) in [("price", "cheap"), ("count", "-1"), ("difference", "-4")] {
        let refused = sends(&browser, 1, &page, &[("what", what), ("value", value)]).await;
        assert!((400..500).contains(&refused.status) && refused.text.contains("role=\"alert\""), "{what}: {refused}");
    }
    assert_eq!(count().await, 3);
}

#[tokio::test]
async fn the_desk_finds_books_and_tells_which_catalog_holds_how_many() {
    let shop = Cluster::builder().catalogs(2).start().await;
    let browser = operator(&shop).await;
    let all = browser.opens("/desk/books").await;
    assert!(all.has_status(200).text.contains("href=\"/desk/books/1\""), "{all}");
    let number = browser.opens("/desk/books?q=1").await;
    assert_eq!((number.status, number.header("location")), (303, "/desk/books/1"));
    let book = browser.opens("/desk/books/1").await.text;
    assert!(book.contains("catalogA") && book.contains("catalogB"), "{book}");
    // The picture draws the same, and goes on doing so.
    let picture = browser.opens("/desk?book=1").await;
    assert!(picture.has_status(200).text.contains("data-events=\"/desk/events?book=1\""), "{picture}");
    assert!(picture.text.contains("class=\"map shares\"") && picture.text.contains("in step"), "{picture}");
    assert_eq!(browser.opens("/desk?book=one").await.status, 422);
    assert_eq!(browser.opens("/desk/books/4294967000").await.status, 404);
    shop.kill("catalogB").await;
    awaits(KNOWN, "the frontend knows", async || {
        let book = browser.opens("/desk/books/1").await;
        if book.has_status(200).text.contains("does not answer") { Ok(()) } else { Err(book.text) }
    })
    .await;
}

#[tokio::test]
async fn the_picture_comes_again_and_again_and_shows_who_is_down() {
    let shop = Cluster::builder().catalogs(2).orders(2).carts(1).start().await;
    let browser = operator(&shop).await;
    let page = browser.opens("/desk").await;
    for name in ["catalogA", "catalogB", "orderA", "orderB", "cartA", "frontend"] {
        assert!(page.has_status(200).text.contains(name), "{name}");
    }
    let cookie = browser.cookie("bookend-desk").expect("a session");
    let request = shop.request(Method::GET, "frontend", "/desk/events");
    let mut answer = request.header("cookie", format!("bookend-desk={cookie}")).send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    shop.kill("catalogB").await;
    let mut seen = String::new();
    // The stream itself is what is waited for: each picture is later than the one before.
    while !seen.contains("node down") {
        let part = answer.chunk().await.expect("it can be read").expect("it goes on");
        seen.push_str(&String::from_utf8_lossy(&part));
    }
    assert!(seen.starts_with("event: picture\ndata: ") && seen.contains("node up"), "{seen}");
    // Whoever looks holds nobody up: the stream ends, and then the server does.
    shop.stop("frontend").await;
    while answer.chunk().await.is_ok_and(|part| part.is_some()) {}
}

#[tokio::test]
async fn the_picture_shows_when_each_catalog_had_what_one_of_them_wrote() {
    let shop = Cluster::builder().catalogs(3).start().await;
    let browser = operator(&shop).await;
    let tells = async |wanted: &str| {
        let page = browser.opens("/desk").await;
        let words = page.text.split("class=\"spread\"").nth(1).and_then(|rest| rest.split("aria-label=\"").nth(1));
        let words = words.and_then(|rest| rest.split('"').next()).unwrap_or_default();
        if words.contains(wanted) { Ok(()) } else { Err(format!("{wanted}: {words}")) }
    };
    shop.operator().puts("catalogA", 4, &serde_json::json!({"cost": 3.5})).await.has_status(201);
    awaits(KNOWN, "a write is everywhere", async || tells("catalogA, ").await.and(tells(": everywhere ").await)).await;
    shop.kill("catalogC").await;
    shop.operator().puts("catalogA", 4, &serde_json::json!({"cost": 4.5})).await.has_status(201);
    awaits(KNOWN, "it is not where nobody answers", async || tells(" s ago: not at catalogC").await).await;
    shop.restart("catalogC").await;
    awaits(KNOWN, "it is there later", async || tells(": everywhere after ").await).await;
}

#[tokio::test]
async fn signing_out_takes_the_session_from_the_browser_and_guesses_are_slowed() {
    let shop = Cluster::start().await;
    let browser = operator(&shop).await;
    let token = hidden(&browser.opens("/desk").await.text, "token").expect("a token");
    let leave = |token: &str| browser.request(Method::POST, "/desk/sign-out").form(&[("token", token)]);
    assert_eq!(browser.send(leave("x")).await.status, 403);
    browser.send(leave(&token)).await.has_status(303);
    assert_eq!(browser.opens("/desk").await.header("location"), "/desk/sign-in");
    let stranger = shop.customer();
    for _ in 0..10 {
        assert_eq!(signs_in(&stranger, "guess").await.status, 401);
    }
    let slowed = signs_in(&stranger, "guess").await;
    assert!(slowed.status == 429 && !slowed.header("retry-after").is_empty(), "{slowed}");
}

//! The storefront as a browser without JavaScript sees it.

use crate::browser::Browser;
use crate::fakes::book;
use crate::stage::{Stage, books};
use reqwest::Method;

/// Whether a page has a script that is not a file of the shop's own; data for machines are none.
fn has_other_scripts(page: &str) -> bool {
    let data = page.matches("<script type=\"application/ld+json\">").count();
    page.matches("<script").count() != data + page.matches("<script type=\"module\" src=\"/static/").count()
}

#[actix_web::test]
async fn every_page_is_html_under_the_strict_policy() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    for path in [
        "/",
        "/topics/graduate%20school",
        "/books/1",
        "/books/5",
        "/find",
        "/find?q=xen",
        "/find?q=zzz",
        "/about",
        "/nowhere",
    ] {
        let page = browser.opens(path).await;
        assert_eq!(page.status, if path == "/nowhere" { 404 } else { 200 }, "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert_eq!(
            page.header("content-security-policy"),
            "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; base-uri 'none'; \
             form-action 'self'; frame-ancestors 'none'"
        );
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert_eq!(page.header("referrer-policy"), "same-origin");
        assert!(page.body.starts_with("<!doctype html>") && page.body.contains("<h1"), "{path}");
        assert!(!has_other_scripts(&page.body) && !page.body.contains("style="), "{path}");
    }
}

#[actix_web::test]
async fn stock_and_prices_are_said_in_words() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    for (id, stock, price) in
        [(1, "In stock", "10.00\u{a0}€"), (4, "Last copy", "8.00\u{a0}€"), (5, "Sold out", "12.50\u{a0}€")]
    {
        let page = browser.opens(&format!("/books/{id}")).await;
        assert!(page.body.contains(stock) && page.body.contains(price), "{id}: {}", page.body);
        assert_eq!(page.body.contains("name=\"key\""), id != 5, "what is sold out has no form");
    }
    assert!(browser.opens("/topics/graduate%20school").await.body.contains("Last copy"));
    assert!(browser.opens("/").await.body.contains("2 titles"));
}

#[actix_web::test]
async fn a_purchase_leads_to_its_order_and_a_double_click_to_the_same_one() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    let page = browser.opens("/books/1").await;
    let first = browser.buys(1, &page).await;
    assert_eq!(first.status, 303, "{first:?}");
    let second = browser.buys(1, &page).await;
    assert_eq!((second.status, second.header("location")), (303, first.header("location")));
    assert_eq!(stage.world.sold(1), 1);

    let order = browser.opens(first.header("location")).await;
    assert_eq!(order.status, 200);
    for words in [
        "Order 196",
        "How to get a good grade",
        "10.00\u{a0}€",
        "21 November 2025",
        "name=\"robots\" content=\"noindex\"",
    ] {
        assert!(order.body.contains(words), "{words}: {}", order.body);
    }
    assert_eq!(order.header("cache-control"), "private, no-store");
    assert_eq!(order.header("referrer-policy"), "no-referrer");
    let after = browser.opens("/books/1").await;
    assert!(after.body.contains("max=\"14\""), "the new count: {}", after.body);
    assert_ne!(after.field("key"), page.field("key"), "a new page is a new purchase");
}

#[actix_web::test]
async fn an_order_is_found_by_its_secret_link_alone() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    let page = browser.opens("/books/1").await;
    let link = browser.buys(1, &page).await.header("location").to_owned();
    assert_eq!(Browser::new(&stage).opens(&link).await.status, 200, "whoever has the link may look");
    for path in ["/orders/196", "/orders/", "/orders/00000000-0000-4000-8000-000000000000", &link.to_uppercase()] {
        let page = Browser::new(&stage).opens(path).await;
        assert_eq!(page.status, 404, "{path}");
    }
}

#[actix_web::test]
async fn a_form_that_is_not_the_sessions_own_buys_nothing() {
    let stage = Stage::open().await;
    let (mut mine, mut theirs) = (Browser::new(&stage), Browser::new(&stage));
    let (my_page, their_page) = (mine.opens("/books/1").await, theirs.opens("/books/1").await);
    let my_cookie = mine.cookie.clone();

    let stolen = mine.buys(1, &their_page).await;
    assert_eq!(stolen.status, 403);
    assert!(stolen.body.contains("href=\"/books/1\""), "it shows the way back: {}", stolen.body);
    let (key, token) = (my_page.field("key"), my_page.field("token"));
    assert_eq!(mine.sends(1, &[("key", &key)]).await.status, 403, "no token");
    assert_eq!(mine.sends(1, &[("key", &key), ("token", "")]).await.status, 403, "an empty token");
    mine.cookie = String::new();
    assert_eq!(mine.buys(1, &my_page).await.status, 403, "no cookie");
    mine.cookie = format!("{}x", &my_cookie[..my_cookie.len() - 1]);
    assert_eq!(mine.buys(1, &my_page).await.status, 403, "a forged cookie");

    for (name, value) in
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "http://evil.example")]
    {
        let request = stage
            .request(Method::POST, "/books/1/buy")
            .header("Cookie", &my_cookie)
            .header(name, value)
            .form(&[("token", &token), ("key", &key)]);
        assert_eq!(Stage::send(request).await.status, 403, "{name}: {value}");
    }
    assert_eq!(stage.world.sold(1), 0);
}

#[actix_web::test]
async fn a_form_that_does_not_add_up_says_so_and_buys_nothing() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    let page = browser.opens("/books/3").await;
    let (key, token) = (page.field("key"), page.field("token"));
    let with =
        |quantity: &'static str| [("token", token.clone()), ("key", key.clone()), ("quantity", quantity.to_owned())];
    for (quantity, status) in [("0", 422), ("-3", 422), ("x", 422), ("101", 422), ("11", 409)] {
        let form = with(quantity);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = browser.sends(3, &form).await;
        assert_eq!(answer.status, status, "{quantity}");
        assert!(answer.body.starts_with("<!doctype html>"));
    }
    assert_eq!(browser.sends(3, &[("token", &token)]).await.status, 400, "no key");
    assert_eq!(browser.sends(3, &[("token", &token), ("key", &key), ("coupon", "1")]).await.status, 422);
    assert_eq!(stage.world.sold(3), 0);
}

#[actix_web::test]
async fn whoever_comes_second_to_the_last_copy_is_told_on_the_books_page() {
    let stage = Stage::open().await;
    let (mut quick, mut slow) = (Browser::new(&stage), Browser::new(&stage));
    let (first, second) = (quick.opens("/books/4").await, slow.opens("/books/4").await);
    assert_eq!(quick.buys(4, &first).await.status, 303);
    let late = slow.buys(4, &second).await;
    assert_eq!(late.status, 409);
    assert!(late.body.contains("Somebody was quicker") && late.body.contains("Sold out"), "{}", late.body);
    assert!(late.body.contains("role=\"alert\""));
}

#[actix_web::test]
async fn an_old_form_with_another_number_leads_to_the_order_it_was_for() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    let page = browser.opens("/books/1").await;
    let order = browser.buys(1, &page).await.header("location").to_owned();
    let again =
        browser.sends(1, &[("token", &page.field("token")), ("key", &page.field("key")), ("quantity", "2")]).await;
    assert_eq!(again.status, 422);
    assert!(again.body.contains(&order), "{}", again.body);
    assert_eq!(stage.world.sold(1), 1);
}

#[actix_web::test]
async fn a_hostile_title_is_text_on_every_page() {
    let title = "</title><script>alert('x')</script>\"><img src=x onerror=1> \u{202e}שלום";
    let mut all = books();
    all.push(book(6, title, "</a><b>topic", 100, 3));
    let stage = Stage::open_with(all).await;
    let mut browser = Browser::new(&stage);
    let page = browser.opens("/books/6").await;
    let order = browser.buys(6, &page).await.header("location").to_owned();
    for path in [
        "/",
        "/books/6",
        "/topics/%3C%2Fa%3E%3Cb%3Etopic",
        "/find?q=alert",
        "/find?q=%3Cscript%3E%22",
        "/covers/6.svg",
        &order,
    ] {
        let page = browser.opens(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(
            !has_other_scripts(&page.body) && !page.body.contains("<img src=x") && !page.body.contains("<b>"),
            "{path}"
        );
    }
    assert!(browser.opens("/books/6").await.body.contains("dir=\"auto\""));
}

#[actix_web::test]
async fn a_long_topic_is_shown_a_shelf_at_a_time() {
    let books = (1..=100).map(|id| book(id, &format!("Book {id}"), "novels", 100, 1)).collect();
    let stage = Stage::open_with(books).await;
    let mut browser = Browser::new(&stage);
    let mut next = "/topics/novels".to_owned();
    let mut seen = Vec::new();
    for wanted in [48, 48, 4] {
        let page = browser.opens(&next).await;
        seen.push(page.body.matches("class=\"card\"").count());
        assert_eq!(seen.last(), Some(&wanted), "{next}");
        let link = page.body.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
        next = link.unwrap_or_default().to_owned();
    }
    assert_eq!(next, "", "the last shelf leads nowhere");
    assert_eq!(browser.opens("/topics/novels?cursor=7").await.status, 422);
}

#[actix_web::test]
async fn errors_under_page_addresses_are_pages_that_help() {
    let stage = Stage::open().await;
    for (method, path, status, words) in [
        (Method::GET, "/books/999", 404, "Not on our shelves"),
        (Method::GET, "/books/abc", 404, "Not on our shelves"),
        (Method::GET, "/topics/none", 404, "Not on our shelves"),
        (Method::GET, "/orders/5", 404, "No order here"),
        (Method::DELETE, "/books/1", 405, "Not like that"),
        (Method::POST, "/about", 405, "Not like that"),
        (Method::GET, "/static/none.css", 404, "Not on our shelves"),
    ] {
        let answer = Stage::send(stage.request(method, path)).await;
        assert_eq!((answer.status, answer.header("content-type")), (status, "text/html; charset=utf-8"), "{path}");
        assert!(answer.body.contains(words), "{path}: {}", answer.body);
    }
    let large = stage.request(Method::POST, "/books/1/buy").form(&[("token", "x".repeat(20_000))]);
    let large = Stage::send(large).await;
    assert_eq!((large.status, large.body.contains("Too much at once")), (413, true));
    let plain = stage.request(Method::POST, "/books/1/buy").body("token=1");
    assert_eq!(Stage::send(plain).await.status, 415);
    // Elsewhere it depends on who asks.
    let program = stage.get("/nowhere").await;
    assert_eq!((program.status, program.header("content-type")), (404, "application/json"));
    let browser = Browser::new(&stage).opens("/nowhere").await;
    assert_eq!((browser.status, browser.header("content-type")), (404, "text/html; charset=utf-8"));
}

#[actix_web::test]
async fn the_buy_address_itself_leads_back_to_the_book() {
    let stage = Stage::open().await;
    let page = Browser::new(&stage).opens("/books/1/buy").await;
    assert_eq!((page.status, page.header("location")), (303, "/books/1"));
}

#[actix_web::test]
async fn files_and_covers_may_be_kept_for_ever_under_their_own_address() {
    let stage = Stage::open().await;
    let home = stage.get("/").await.body;
    let addresses: Vec<&str> =
        home.split(['"', '\'']).filter(|text| text.starts_with("/static/") || text.starts_with("/covers/")).collect();
    assert_eq!(addresses.len(), 9, "a style sheet, two scripts, an icon and five covers: {addresses:?}");
    for address in addresses {
        let file = stage.get(address).await;
        assert_eq!(file.status, 200, "{address}");
        assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable", "{address}");
    }
    let old = stage.get("/covers/1.svg?v=0").await;
    assert_eq!((old.status, old.header("cache-control")), (200, "public, max-age=60"));
    assert_eq!(stage.get("/static/shop.000000000000.css").await.header("cache-control"), "public, max-age=60");
    assert_eq!(stage.get("/covers/999.svg").await.status, 404);
    assert!(stage.get("/robots.txt").await.body.contains("Disallow: /orders\n"));
}

#[actix_web::test]
async fn the_about_page_shows_every_replica_and_who_is_down() {
    let mut stage = Stage::open().await;
    stage.buy(1, "k").await;
    stage.stop("catalogB").await;
    stage.until("catalogB", "down").await;
    let page = stage.get("/about").await.body;
    for name in ["catalogA", "catalogB", "orderA", "orderB", "cartA", "cartB", "cartC"] {
        assert!(page.contains(name), "{name}");
    }
    assert_eq!((page.matches("class=\"replica up\"").count(), page.matches("class=\"replica down\"").count()), (6, 1));
    assert!(page.contains("answered last"), "{page}");
}

#[actix_web::test]
async fn the_session_cookie_is_secure_where_the_browser_came_by_https() {
    let stage = Stage::open().await;
    let plain = stage.get("/books/1").await;
    assert!(plain.header("set-cookie").contains("HttpOnly") && !plain.header("set-cookie").contains("Secure"));
    let https = Stage::send(stage.request(Method::GET, "/books/1").header("X-Forwarded-Proto", "https")).await;
    assert!(https.header("set-cookie").contains("Secure"));
    let again = Stage::send(stage.request(Method::GET, "/books/1").header("Cookie", plain.cookie())).await;
    assert_eq!(again.header("set-cookie"), "", "who has a session keeps it");
}

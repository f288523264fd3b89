//! What is shown: changes soon, one's own purchases at once, and never an older state than was shown before.

use cluster::Tier;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;
use tests::{Cluster, Customer, awaits, seed};

const SECOND: Duration = Duration::from_secs(1);

/// Fails unless price and count of a book show on every catalog within a second, and on every frontend within two,
/// to somebody who has never been here.
async fn shows(shop: &Cluster, item: u32, cost: &str, count: u64) {
    let wanted = format!(r#""cost":{cost},"count":{count}}}"#);
    let shown_by = async |name: &str, path: &str| {
        let answer = shop.get(name, path).await;
        if answer.text.contains(&wanted) { Ok(()) } else { Err(format!("{name} shows {answer}")) }
    };
    awaits(SECOND, "every catalog shows the change", async || {
        for name in shop.names(Tier::Catalog) {
            shown_by(name, &format!("/item/{item}")).await?;
        }
        Ok(())
    })
    .await;
    awaits(SECOND, "every frontend shows the change", async || {
        for name in shop.names(Tier::Frontend) {
            shown_by(name, &format!("/lookup?id={item}")).await?;
            shown_by(name, &format!("/search?topic=topic%20{}", item % 10)).await?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_change_on_any_catalog_shows_on_all_within_one_second_and_on_the_frontends_within_two() {
    let builder = Cluster::builder().catalogs(3).frontends(2);
    let shop = builder.stock(seed::books((1..=9).map(|item| (item, 20)))).start().await;
    let operator = shop.operator();
    // The caches are warm.
    for name in shop.names(Tier::Frontend) {
        shop.get(name, "/lookup?id=1").await.has_status(200);
        shop.get(name, "/search?topic=topic%201").await.has_status(200);
    }
    for (nth, catalog) in (1..).zip(["catalogA", "catalogB", "catalogC"]) {
        operator.puts(catalog, 1, &json!({"cost": 20 + nth})).await.has_status(201);
        shows(&shop, 1, &(20 + nth).to_string(), 20 + (nth - 1) * 10).await;
        operator.puts(catalog, 1, &json!({"delta": 10})).await.has_status(201);
        shows(&shop, 1, &(20 + nth).to_string(), 20 + nth * 10).await;
    }
    operator.puts("catalogB", 1, &json!({"count": 3, "cost": 0.5})).await.has_status(201);
    shows(&shop, 1, "0.5", 3).await;
}

#[tokio::test]
async fn a_sale_at_one_frontend_shows_to_strangers_at_the_other_within_two_seconds() {
    let shop = Cluster::builder().frontends(2).stock(seed::books([(1, 20)])).start().await;
    for name in ["frontend", "frontendB"] {
        shop.get(name, "/lookup?id=1").await.has_status(200);
    }
    shop.customer().buys(1, 7).await.expect("there is enough");
    shows(&shop, 1, "12.5", 13).await;
}

/// What a customer sees of a book everywhere, after its units went down to `count`.
async fn sees(customer: &Customer, item: u32, count: u64) {
    let lookup = customer.looks_up(item).await.expect("it is there");
    assert_eq!(lookup.count, count, "the lookup after one's own purchase");
    let topic = customer.searches(&format!("topic {}", item % 10)).await.expect("it is there");
    let listed = topic.iter().find(|found| found.id.0 == item).expect("it is listed");
    assert_eq!(listed.count, count, "the topic's list after one's own purchase");
    let found = customer.get(&format!("/search?q=Title%20{item}")).await;
    assert!(found.text.contains(&format!(r#""cost":12.5,"count":{count}}}"#)), "found by words: {found}");
}

#[tokio::test]
async fn after_ones_own_purchase_the_old_count_is_never_seen_at_any_frontend() {
    let shop = Cluster::builder().frontends(2).stock(seed::books([(1, 60), (11, 60)])).start().await;
    let here = shop.customer();
    let there = here.at(shop.url("frontendB"));
    sees(&here, 1, 60).await;
    sees(&there, 1, 60).await;
    for left in (1..60).rev().step_by(2) {
        here.buys(1, 1).await.expect("there is enough");
        sees(&here, 1, left).await;
        sees(&there, 1, left).await;
        there.buys(1, 1).await.expect("there is enough");
        sees(&here, 1, left - 1).await;
        sees(&there, 1, left - 1).await;
    }
}

#[tokio::test]
async fn after_ones_own_purchase_no_page_shows_the_old_count() {
    let shop = Cluster::builder().frontends(2).stock(seed::books([(1, 4), (11, 30)])).start().await;
    let here = shop.customer();
    let there = here.at(shop.url("frontendB"));
    for (nth, words) in ["Only 3 left", "Only 2 left", "Last copy", "Sold out"].iter().enumerate() {
        for customer in [&here, &there] {
            customer.opens("/books/1").await.has_status(200);
        }
        let buyer = if nth % 2 == 0 { &here } else { &there };
        let receipt = buyer.presses_buy(1).await;
        assert_eq!(receipt.status, 303, "{receipt}");
        let order = buyer.opens(receipt.header("location")).await;
        assert!(order.status == 200 && order.text.contains("Title 1"), "{order}");
        for customer in [&here, &there] {
            for path in ["/books/1", "/topics/topic%201", "/find?q=Title%201"] {
                let page = customer.opens(path).await;
                assert!(page.status == 200 && page.text.contains(words), "{path} does not say {words:?}: {page}");
            }
        }
    }
}

#[tokio::test]
async fn a_form_sent_twice_buys_once_and_one_that_is_not_ours_buys_nothing() {
    let shop = Cluster::builder().stock(seed::books([(1, 10)])).start().await;
    let customer = shop.customer();
    let page = customer.opens("/books/1").await;
    let (first, second) = tokio::join!(customer.sends_form(1, &page), customer.sends_form(1, &page));
    let reload = customer.sends_form(1, &page).await;
    assert_eq!(first.status, 303, "{first}");
    assert!(first.header("location").starts_with("/orders/"), "{first:?}");
    for other in [second, reload] {
        assert_eq!(
            (other.status, other.header("location")),
            (303, first.header("location")),
            "a double click, a reload"
        );
    }
    // Somebody else's session, or none: the form's token is not theirs.
    let stranger = shop.customer().sends_form(1, &page).await;
    assert_eq!(stranger.status, 403, "{stranger}");
    assert!(stranger.header("content-type").starts_with("text/html"), "{stranger}");
    let cross = customer.request(Method::POST, "/books/1/buy").header("Sec-Fetch-Site", "cross-site");
    assert_eq!(customer.send(cross.form(&[("quantity", "1")])).await.status, 403);
    assert_eq!(customer.looks_up(1).await.expect("it is there").count, 9);
}

#[tokio::test]
async fn a_price_is_that_of_the_moment_of_the_sale() {
    let shop = Cluster::builder().stock(seed::books([(1, 10)])).start().await;
    let customer = shop.customer();
    let receipt = customer.presses_buy(1).await;
    shop.operator().puts("catalogA", 1, &json!({"cost": 99})).await.has_status(201);
    shows(&shop, 1, "99", 9).await;
    let page = customer.opens(receipt.header("location")).await;
    assert!(page.text.contains("12.50") && !page.text.contains("99.00"), "an order keeps its price: {page}");
    let text = customer.opens("/books/1").await.text;
    assert!(text.contains("99.00"), "the book has the new one: {text}");
}

#[tokio::test]
async fn an_open_page_is_told_when_the_last_copy_is_sold_and_when_more_have_come() {
    let shop = Cluster::builder().frontends(2).stock(seed::books([(1, 1)])).start().await;
    let mut open = shop.request(Method::GET, "frontendB", "/books/1/events").send().await.expect("an answer");
    assert_eq!(open.headers()["content-type"], "text/event-stream");
    let mut said = String::new();
    // The stream itself is what is waited for.
    let mut hears = async |words: &str| {
        while !said.contains(words) {
            let part = open.chunk().await.expect("it can be read").expect("it goes on");
            said.push_str(&String::from_utf8_lossy(&part));
        }
        std::mem::take(&mut said)
    };
    let first = hears("Last copy").await;
    assert!(first.starts_with("event: offer\ndata: ") && first.contains("class=\"price\""), "{first}");
    shop.customer_at("frontend").buys(1, 1).await.expect("sold");
    hears("Sold out").await;
    shop.operator().puts("catalogA", 1, &json!({"delta": 9})).await.has_status(201);
    hears("In stock").await;
    assert_eq!(shop.get("frontend", "/books/99/events").await.status, 404);
}

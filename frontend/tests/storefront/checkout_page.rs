//! The checkout as a browser without JavaScript sees it: from the shelf to the receipt, once.

use crate::browser::Browser;
use crate::cart_pages::quantities;
use crate::fakes::{Mood, book};
use crate::stage::{Answer, Stage};
use futures::future::join_all;
use reqwest::Method;
use wire::sale::Refused;
use wire::{ItemId, Quantity, Shortfall};

/// Presses the button of the checkout, as the page stands.
async fn presses(browser: &mut Browser<'_>, page: &Answer) -> Answer {
    let fields = [("key", page.field("key")), ("total", page.field("total"))];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.posts("/checkout", page, &fields).await
}

#[actix_web::test]
async fn a_guest_without_javascript_goes_from_the_shelf_to_the_receipt_and_finds_it_again() {
    let stage = Stage::open().await;
    let mut guest = Browser::new(&stage);
    let shelf = guest.opens("/").await;
    let added = guest.posts("/cart/items", &shelf, &[("item", "1")]).await;
    guest.follows(&added).await;
    let cart = guest.puts_in(3, 2).await;
    assert!(cart.body.contains("href=\"/checkout\""));
    let checkout = guest.opens("/checkout").await;
    for words in ["Place the order · 30.00\u{a0}€", "You need no account", "sign-in?next=%2Fcheckout"] {
        assert!(checkout.body.contains(words), "{words}: {}", checkout.body);
    }
    let bought = presses(&mut guest, &checkout).await;
    let receipt = guest.follows(&bought).await;
    for words in ["Order 196", "How to get a good grade", "2 × 10.00\u{a0}€", "Xen and the Art", "30.00\u{a0}€"] {
        assert!(receipt.body.contains(words), "{words}: {}", receipt.body);
    }
    assert!(!receipt.body.contains("class=\"count\""), "the cart is empty");
    assert!(guest.opens("/cart").await.body.contains("Nothing is in it yet"));
    assert_eq!(guest.opens("/checkout").await.header("location"), "/cart");
    let orders = guest.opens("/orders").await;
    assert!(orders.body.contains(bought.header("location")) && orders.body.contains("and 1 other"), "{}", orders.body);
    assert_eq!((stage.world.orders(), stage.world.sold(1), stage.world.sold(3)), (1, 1, 2));
}

#[actix_web::test]
async fn a_guest_who_leaves_an_address_finds_the_order_by_its_number_in_any_browser() {
    let stage = Stage::open().await;
    let mut guest = Browser::new(&stage);
    guest.puts_in(1, 1).await;
    let page = guest.opens("/checkout").await;
    let (key, total) = (page.field("key"), page.field("total"));
    let with = |email| [("key", key.as_str()), ("total", total.as_str()), ("email", email)];
    let wrong = guest.posts("/checkout", &page, &with("ada")).await;
    assert_eq!((wrong.status, wrong.body.contains("href=\"#email\">Give an e-mail address")), (422, true), "{wrong:?}");
    assert!(wrong.body.contains("value=\"ada\"") && stage.world.orders() == 0);
    let bought = guest.posts("/checkout", &page, &with(" Ada@Example.org ")).await;
    let receipt = guest.follows(&bought).await;
    assert!(receipt.body.contains("your e-mail address lead to it"), "{}", receipt.body);
    let order = bought.header("location").split('?').next().expect("a path");
    let mut other = Browser::new(&stage);
    for (number, email, status, words) in [
        ("196", "eve@example.org", 404, "no order of this number with this e-mail address"),
        ("197", "ada@example.org", 404, "no order of this number with this e-mail address"),
        ("mine", "ada@example.org", 422, "a whole number"),
        ("196", "ada", 422, "Give an e-mail address"),
    ] {
        let answer = other.posts_as_it_is("/orders", &[("number", number), ("email", email)]).await;
        assert_eq!((answer.status, answer.body.contains(words)), (status, true), "{number} {email}: {answer:?}");
    }
    let found = other.posts_as_it_is("/orders", &[("number", "196"), ("email", "ADA@example.org")]).await;
    assert_eq!((found.status, found.header("location")), (303, order));
    for _ in 0..10 {
        other.posts_as_it_is("/orders", &[("number", "1"), ("email", "ada@example.org")]).await;
    }
    let slower = other.posts_as_it_is("/orders", &[("number", "196"), ("email", "ada@example.org")]).await;
    assert_eq!(slower.status, 429, "{slower:?}");
}

#[actix_web::test]
async fn pressing_twice_or_ten_times_at_once_is_one_order_and_so_is_pressing_again_with_another_cart() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    browser.puts_in(1, 2).await;
    let page = browser.opens("/checkout").await;
    let cookie = browser.cookie.clone();
    let press = async || {
        let mut same = Browser::with_cookie(&stage, &cookie);
        presses(&mut same, &page).await
    };
    let answers = join_all((0..10).map(|_| press())).await;
    let to = answers[0].header("location").to_owned();
    assert!(to.starts_with("/orders/"), "{:?}", answers[0]);
    assert!(answers.iter().all(|answer| answer.status == 303 && answer.header("location") == to), "{answers:?}");
    assert_eq!((stage.world.orders(), stage.world.sold(1)), (1, 2));
    browser.puts_in(1, 2).await;
    assert_eq!(presses(&mut browser, &page).await.header("location"), to, "an old page leads to its order");
    assert_eq!((stage.world.orders(), quantities(&browser.opens("/cart").await)), (1, vec![(1, 2)]));
}

#[actix_web::test]
async fn every_line_that_falls_short_is_named_with_a_way_to_mend_it_and_nothing_is_bought() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    for item in [1, 2, 3] {
        browser.puts_in(item, 3).await;
    }
    let page = browser.opens("/checkout").await;
    assert!(!page.body.contains("falls short"));
    let three: Quantity = "3".parse().expect("a quantity");
    let short = |item, left| Shortfall { item: ItemId(item), wanted: three, left };
    stage.world.refuse(Refused::Short { lines: vec![short(1, Some(2)), short(3, Some(0))] });
    let refused = presses(&mut browser, &page).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    for words in [
        "<title>Please look again",
        "2 books fall short: nothing was bought",
        "tabindex=\"-1\" autofocus aria-labelledby=\"trouble\"",
        "href=\"#mend-1\"",
        "Only 2 left, and 3 are in your cart",
        "id=\"mend-1\" name=\"quantity\" value=\"2\"",
        "href=\"#mend-3\"",
        "Sold out",
        "id=\"mend-3\" formaction=\"/cart/items/3/remove\"",
    ] {
        assert!(refused.body.contains(words), "{words}: {}", refused.body);
    }
    assert!(!refused.body.contains("#mend-2"));
    assert_ne!(refused.field("key"), page.field("key"), "what is mended is another order");
    stage.world.refusals.lock().expect("no panic").clear();
    let next = [("next", "/checkout"), ("was", "3"), ("quantity", "2")];
    let mended = browser.posts("/cart/items/1", &refused, &next).await;
    assert_eq!(mended.header("location"), "/checkout");
    let removed = browser.posts("/cart/items/3/remove", &refused, &next[..2]).await;
    let page = browser.follows(&removed).await;
    assert_eq!(presses(&mut browser, &page).await.status, 303);
    assert_eq!((stage.world.sold(1), stage.world.sold(2), stage.world.sold(3)), (2, 3, 0));
}

#[actix_web::test]
async fn a_price_that_changed_since_the_page_was_seen_is_shown_before_it_is_paid() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    browser.puts_in(1, 2).await;
    let page = browser.opens("/checkout").await;
    let mut dearer = book(1, "How to get a good grade in 677 in 20 minutes a day.", "distributed systems", 1100, 15);
    dearer.cost.stamp.0 = 2;
    stage.world.books.lock().expect("no panic").insert(ItemId(1), dearer.clone());
    stage.push(&[dearer]).await;
    let refused = presses(&mut browser, &page).await;
    assert_eq!((refused.status, stage.world.orders()), (409, 0), "{refused:?}");
    for words in ["The price has changed: nothing was bought", "All of it cost 20.00\u{a0}€", "costs 22.00\u{a0}€ now"]
    {
        assert!(refused.body.contains(words), "{words}: {}", refused.body);
    }
    assert_eq!(presses(&mut browser, &refused).await.status, 303);
    assert_eq!((stage.world.orders(), stage.world.sold(1)), (1, 2));
}

#[actix_web::test]
async fn an_order_whose_answer_got_lost_is_found_by_asking_again() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    browser.puts_in(1, 2).await;
    let page = browser.opens("/checkout").await;
    for name in ["orderA", "orderB"] {
        stage.world.set_mood(name, Mood::DiesMidway);
    }
    let lost = presses(&mut browser, &page).await;
    assert_eq!((lost.status, lost.header("retry-after")), (503, "1"), "{lost:?}");
    assert!(lost.body.contains("it buys once, whatever has happened"), "{}", lost.body);
    assert_eq!((lost.field("key"), lost.field("token")), (page.field("key"), page.field("token")));
    for name in ["orderA", "orderB"] {
        stage.world.set_mood(name, Mood::Well);
        stage.until(name, "ready").await;
    }
    let key = lost.field("key");
    let again = browser.posts("/checkout", &lost, &[("key", &key)]).await;
    assert!(browser.follows(&again).await.body.contains("Order 196"));
    assert_eq!((stage.world.orders(), stage.world.sold(1)), (1, 2));
}

#[actix_web::test]
async fn while_no_order_desk_answers_checkout_is_paused_and_the_cart_is_kept() {
    let mut stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    browser.puts_in(1, 2).await;
    let (page, cookie) = (browser.opens("/checkout").await, browser.cookie.clone());
    for name in ["orderA", "orderB"] {
        stage.stop(name).await;
        stage.until(name, "down").await;
    }
    let mut browser = Browser::with_cookie(&stage, &cookie);
    let paused = presses(&mut browser, &page).await;
    assert_eq!((paused.status, paused.body.contains("Checkout is paused")), (503, true), "{paused:?}");
    assert!(paused.body.contains("<a href=\"/lists\">lists</a> work as ever"), "{}", paused.body);
    assert_eq!(quantities(&browser.opens("/cart").await), [(1, 2)]);
    let orders = browser.opens("/orders").await;
    assert_eq!((orders.status, orders.body.contains("Orders are out of reach")), (503, true), "{orders:?}");
}

#[actix_web::test]
async fn a_checkout_that_is_not_the_sessions_own_form_buys_nothing() {
    let stage = Stage::open().await;
    let (mut mine, mut theirs) = (Browser::new(&stage), Browser::new(&stage));
    mine.puts_in(1, 1).await;
    theirs.puts_in(2, 1).await;
    let (page, their_page) = (mine.opens("/checkout").await, theirs.opens("/checkout").await);
    let (key, token) = (page.field("key"), page.field("token"));
    assert_eq!(mine.posts("/checkout", &their_page, &[("key", &key)]).await.status, 403);
    assert_eq!(mine.posts_as_it_is("/checkout", &[("key", &key)]).await.status, 403);
    for (name, value) in [("Sec-Fetch-Site", "cross-site"), ("Sec-Purpose", "prefetch"), ("Origin", "http://evil")] {
        let request = stage.request(Method::POST, "/checkout").header("Cookie", &mine.cookie).header(name, value);
        assert_eq!(Stage::send(request.form(&[("token", &token), ("key", &key)])).await.status, 403, "{value}");
    }
    assert_eq!(mine.posts("/checkout", &page, &[]).await.status, 400, "no key");
    assert_eq!(mine.posts("/checkout", &page, &[("key", "two words")]).await.status, 400);
    assert_eq!(mine.posts("/checkout", &page, &[("key", &key), ("coupon", "x")]).await.status, 422);
    assert_eq!(stage.world.orders(), 0);
}

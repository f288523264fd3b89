//! The cart as a browser without JavaScript sees it, and the forms that change it.

use crate::browser::Browser;
use crate::fakes::{Mood, book};
use crate::stage::{Answer, Stage, books};
use reqwest::Method;
use wire::ItemId;

const CARTS: [&str; 3] = ["cartA", "cartB", "cartC"];

/// What each line of a cart's page says of copies, by item.
pub(crate) fn quantities(page: &Answer) -> Vec<(u32, u32)> {
    let lines = page.body.split("id=\"quantity-").skip(1);
    let number = |text: Option<&str>| text.and_then(|text| text.parse().ok()).expect("a number");
    lines
        .map(|line| {
            let value = line.split("value=\"").nth(1).and_then(|rest| rest.split('"').next());
            (number(line.split('"').next()), number(value))
        })
        .collect()
}

#[actix_web::test]
async fn a_cart_is_filled_changed_and_emptied_and_each_change_can_be_undone() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    let empty = browser.opens("/cart").await;
    assert!(empty.status == 200 && empty.body.contains("Nothing is in it yet"), "{}", empty.body);
    let cart = browser.puts_in(1, 2).await;
    for words in ["is in your cart", "20.00\u{a0}€", "Total for 2 copies", "class=\"count\">2<"] {
        assert!(cart.body.contains(words), "{words}: {}", cart.body);
    }
    assert_eq!(cart.header("cache-control"), "private, no-store");
    let cart = browser.puts_in(3, 1).await;
    assert_eq!(quantities(&cart), [(1, 2), (3, 1)]);
    let changed = browser.posts("/cart/items/1", &cart, &[("quantity", "5"), ("was", "2")]).await;
    let cart = browser.follows(&changed).await;
    assert_eq!(quantities(&cart), [(1, 5), (3, 1)]);
    assert!(cart.body.contains("Make it 2 again"), "{}", cart.body);
    let before = cart.field("quantity");
    let undone = browser.posts("/cart/items/1", &cart, &[("item", "1"), ("quantity", &before)]).await;
    let cart = browser.follows(&undone).await;
    assert_eq!(quantities(&cart), [(1, 2), (3, 1)]);
    let changed = browser.posts("/cart/items/1", &cart, &[("quantity", "5"), ("was", "2")]).await;
    let cart = browser.follows(&changed).await;
    let gone = browser.posts("/cart/items/1/remove", &cart, &[("quantity", "5"), ("was", "5")]).await;
    let cart = browser.follows(&gone).await;
    assert_eq!(quantities(&cart), [(3, 1)]);
    assert!(cart.body.contains("It was taken out") && cart.body.contains("Put it back"), "{}", cart.body);
    let (item, copies) = ("1", cart.field("quantity"));
    let undone = browser.posts("/cart/items", &cart, &[("item", item), ("quantity", &copies)]).await;
    assert_eq!(quantities(&browser.follows(&undone).await), [(1, 5), (3, 1)]);
}

#[actix_web::test]
async fn every_list_of_books_offers_to_put_them_into_the_cart_and_leads_back_to_it() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    for path in ["/", "/topics/graduate%20school", "/find?q=xen"] {
        let page = browser.opens(path).await;
        let button = "name=\"item\" value=\"3\">Add to cart<span class=\"hidden\">: Xen and the Art";
        assert!(page.body.contains(button), "{path}: {}", page.body);
        let (token, from) = (page.field("token"), format!("http://{}{path}", stage.host()));
        let request = stage.request(Method::POST, "/cart/items").header("Cookie", &browser.cookie);
        let added =
            Stage::send(request.header("Referer", from).form(&[("token", token.as_str()), ("item", "3")])).await;
        browser.cookie = added.cookie();
        let cart = browser.follows(&added).await;
        assert!(cart.body.contains(&format!("href=\"{path}\">Go on looking")), "{path}: {}", cart.body);
    }
    assert_eq!(quantities(&browser.opens("/cart").await), [(3, 3)]);
    assert!(!browser.opens("/").await.body.contains("value=\"5\">Add"), "what is sold out is not offered");
}

#[actix_web::test]
async fn what_falls_short_or_costs_something_else_by_now_is_said_before_anybody_pays() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    browser.puts_in(1, 1).await;
    let cart = browser.puts_in(4, 1).await;
    assert!(!cart.body.contains("Something has changed"));
    let mut dearer = book(1, "How to get a good grade in 677 in 20 minutes a day.", "distributed systems", 1100, 15);
    dearer.cost.stamp.0 = 2;
    stage.push(&[dearer]).await;
    let changed = browser.posts("/cart/items/4", &cart, &[("quantity", "3")]).await;
    let cart = browser.follows(&changed).await;
    for words in ["10.00\u{a0}€ when you put it in", "11.00\u{a0}€ each", "Only 1 left, and 3 are in your cart"] {
        assert!(cart.body.contains(words), "{words}: {}", cart.body);
    }
    // Whoever says how many of it has seen what it costs.
    let seen = browser.posts("/cart/items/1", &cart, &[("quantity", "1")]).await;
    assert!(!browser.follows(&seen).await.body.contains("when you put it in"));
}

#[actix_web::test]
async fn a_change_that_cannot_be_made_says_why_above_the_cart() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    let cart = browser.puts_in(1, 1).await;
    for (path, fields, status, words) in [
        ("/cart/items/1", [("quantity", "0")], 422, "from 1 to 100"),
        ("/cart/items/1", [("quantity", "x")], 422, "from 1 to 100"),
        ("/cart/items/2", [("quantity", "1")], 404, "not in your cart any more"),
        ("/cart/items/2/remove", [("was", "1")], 404, "not in your cart any more"),
        ("/cart/items", [("item", "5")], 409, "Somebody was quicker"),
        ("/cart/items", [("item", "999")], 404, "Not on our shelves"),
    ] {
        let answer = browser.posts(path, &cart, &fields).await;
        assert_eq!((answer.status, answer.body.contains(words)), (status, true), "{path} {fields:?}: {answer:?}");
    }
    let most = browser.posts("/cart/items", &cart, &[("item", "1"), ("quantity", "100")]).await;
    assert_eq!((most.status, most.body.contains("at most 100 of one book")), (409, true), "{most:?}");
    assert_eq!(quantities(&browser.opens("/cart").await), [(1, 1)]);
}

#[actix_web::test]
async fn a_form_of_another_session_or_site_or_without_a_token_changes_no_cart() {
    let stage = Stage::open().await;
    let (mut mine, mut theirs) = (Browser::new(&stage), Browser::new(&stage));
    let cart = mine.puts_in(1, 1).await;
    let their_page = theirs.opens("/").await;
    let token = cart.field("token");
    for path in ["/cart/items", "/cart/items/1", "/cart/items/1/remove"] {
        let fields = [("item", "1"), ("quantity", "7")];
        assert_eq!(mine.posts(path, &their_page, &fields).await.status, 403, "{path}");
        assert_eq!(mine.posts_as_it_is(path, &fields).await.status, 403, "{path}: no token");
        for (name, value) in [("Sec-Fetch-Site", "cross-site"), ("Origin", "http://evil.example")] {
            let request = stage.request(Method::POST, path).header("Cookie", &mine.cookie).header(name, value);
            let form = [("token", token.as_str()), ("item", "1"), ("quantity", "7")];
            let answer = Stage::send(request.form(&form)).await;
            assert_eq!((answer.status, answer.body.contains("<!doctype html>")), (403, true), "{path} {value}");
        }
        assert_eq!(mine.opens(path).await.header("location"), "/cart", "reloading a form's address changes nothing");
    }
    assert_eq!(quantities(&mine.opens("/cart").await), [(1, 1)]);
}

#[actix_web::test]
async fn without_the_cart_tier_every_other_page_is_there_and_the_cart_says_so() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    let page = browser.puts_in(1, 3).await;
    for name in CARTS {
        stage.world.set_mood(name, Mood::Silent);
    }
    for path in ["/", "/books/1", "/topics/novels", "/find?q=xen", "/about", "/orders"] {
        let began = std::time::Instant::now();
        let page = browser.opens(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(began.elapsed() < std::time::Duration::from_millis(300), "{path} waited: {:?}", began.elapsed());
        assert!(
            path == "/about" || page.body.contains("class=\"count\">3<"),
            "{path} knows of the cart: {}",
            page.body
        );
    }
    let cart = browser.opens("/cart").await;
    assert_eq!((cart.status, cart.header("retry-after")), (503, "1"));
    assert!(cart.body.contains("Carts are out of reach") && cart.body.contains("href=\"/cart\">Try again"), "{cart:?}");
    let added = browser.posts("/cart/items", &page, &[("item", "2")]).await;
    assert_eq!(added.status, 503, "{added:?}");
}

#[actix_web::test]
async fn a_hostile_title_is_text_in_the_cart_too() {
    let title = "</title><script>alert('x')</script>\"><img src=x onerror=1>";
    let mut all = books();
    all.push(book(6, title, "novels", 100, 3));
    let stage = Stage::open_with(all).await;
    let mut browser = Browser::new(&stage);
    let cart = browser.puts_in(6, 1).await;
    let checkout = browser.opens("/checkout").await;
    let gone = browser.posts("/cart/items/6/remove", &cart, &[("was", "1")]).await;
    for page in [&cart, &checkout, &browser.follows(&gone).await] {
        assert_eq!(page.status, 200);
        assert!(!page.body.contains("<script>") && !page.body.contains("<img src=x"), "{}", page.body);
    }
    let odd = browser.opens("/cart?added=6&from=%2F%2Fevil.example&removed=x&copies=-1").await;
    assert!(odd.status == 200 && !odd.body.contains("\"//evil.example"), "{odd:?}");
    assert_eq!(stage.world.books.lock().expect("no panic")[&ItemId(6)].count(), 3);
}

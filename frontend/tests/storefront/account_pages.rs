//! Signing in, up and out as a browser without JavaScript sees it, and where it leads.

use crate::browser::Browser;
use crate::cart_pages::quantities;
use crate::fakes::Mood;
use crate::stage::{Answer, Stage};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use std::time::Duration;

const GOOD: [(&str, &str); 2] = [("email", "ada@example.org"), ("password", "correct horse")];

impl Browser<'_> {
    /// Sends the form of a page that lets in, with these fields.
    async fn enters(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.opens(path).await;
        self.posts(path, &page, fields).await
    }
}

#[actix_web::test]
async fn whoever_signs_up_has_an_account_page_and_can_sign_out_and_in_again() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    assert_eq!(browser.opens("/account").await.header("location"), "/sign-in?next=%2Faccount");
    let page = browser.opens("/sign-up").await;
    for words in ["autocomplete=\"email\"", "autocomplete=\"new-password\"", "minlength=\"8\""] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let guest = browser.cookie.clone();
    let made = browser.enters("/sign-up", &GOOD).await;
    let account = browser.follows(&made).await;
    assert!(account.body.contains("ada@example.org") && account.body.contains("href=\"/account\">Account"));
    assert_eq!(account.header("cache-control"), "private, no-store");
    let member = browser.cookie.clone();
    let out = browser.posts("/sign-out", &account, &[]).await;
    let page = browser.follows(&out).await;
    assert!(page.body.contains("You are signed out") && page.body.contains("autocomplete=\"current-password\""));
    assert!(browser.cookie != member && browser.cookie != guest, "every change comes with another session");
    let entered = browser.enters("/sign-in", &GOOD).await;
    assert_eq!((entered.status, entered.header("location")), (303, "/account"));
}

#[actix_web::test]
async fn a_member_with_a_cart_at_home_who_filled_another_as_a_guest_has_the_union_and_is_told() {
    let stage = Stage::open().await;
    let mut home = Browser::new(&stage);
    home.enters("/sign-up", &GOOD).await;
    home.puts_in(1, 2).await;
    home.puts_in(2, 1).await;
    let mut guest = Browser::new(&stage);
    guest.puts_in(1, 1).await;
    guest.puts_in(3, 1).await;
    let page = guest.opens("/sign-in?next=/checkout").await;
    assert!(page.body.contains("What is in your cart comes along"), "{}", page.body);
    let fields = [GOOD[0], GOOD[1], ("next", "/checkout")];
    let entered = guest.posts("/sign-in", &page, &fields).await;
    assert_eq!(entered.header("location"), "/checkout?joined=1-1-2");
    let checkout = guest.follows(&entered).await;
    assert!(checkout.body.contains("has joined your account’s cart") && checkout.body.contains("class=\"count\">5<"));
    let met = "You had 1 here and 2 in your account: 3 now.";
    assert!(checkout.body.contains(met) && checkout.body.contains("href=\"/cart#quantity-1\""), "{}", checkout.body);
    let cart = guest.opens("/cart?joined=1-1-2.3-1-1.nonsense").await;
    assert!(!cart.body.contains(" in your account: "), "an address that is none of ours tells nothing");
    let cart = guest.opens("/cart?joined=1-1-2.3-1-1").await;
    assert!(cart.body.contains(met) && cart.body.contains("href=\"#quantity-1\""), "{}", cart.body);
    assert_eq!(cart.body.matches(" in your account: ").count(), 1, "what is not so is not said");
    assert_eq!(quantities(&guest.opens("/cart").await), [(1, 3), (2, 1), (3, 1)]);
    assert_eq!(quantities(&home.opens("/cart").await), [(1, 3), (2, 1), (3, 1)]);
    let fields = [("key", checkout.field("key")), ("total", checkout.field("total"))];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let bought = guest.posts("/checkout", &checkout, &fields).await;
    assert_eq!((bought.status, stage.world.orders()), (303, 1));
    assert_eq!(quantities(&home.opens("/cart").await), []);
    assert!(home.opens("/orders").await.body.contains(bought.header("location")), "it is the member's everywhere");
}

#[actix_web::test]
async fn whoever_put_the_same_aside_twice_is_led_to_the_cart_and_told_there_until_it_is_changed() {
    let stage = Stage::open().await;
    let mut home = Browser::new(&stage);
    home.enters("/sign-up", &GOOD).await;
    home.puts_in(1, 3).await;
    let mut guest = Browser::new(&stage);
    guest.puts_in(1, 2).await;
    let entered = guest.enters("/sign-in", &GOOD).await;
    assert_eq!(entered.header("location"), "/cart?joined=1-2-3");
    let cart = guest.follows(&entered).await;
    assert!(cart.body.contains("You had 2 here and 3 in your account: 5 now."), "{}", cart.body);
    guest.posts("/cart/items/1", &cart, &[("quantity", "3")]).await;
    let cart = guest.opens("/cart?joined=1-2-3").await;
    assert!(!cart.body.contains("You had 2 here"), "{}", cart.body);
}

#[actix_web::test]
async fn signing_in_leads_back_within_the_shop_and_nowhere_else() {
    let stage = Stage::open().await;
    Browser::new(&stage).enters("/sign-up", &GOOD).await;
    for (next, to) in [
        ("/topics/novels?cursor=1", "/topics/novels?cursor=1"),
        ("/orders", "/orders"),
        ("", "/account"),
        ("//evil.example", "/account"),
        ("/\\evil.example", "/account"),
        ("/\t/evil.example", "/account"),
        ("https://evil.example/", "/account"),
        ("javascript:alert(1)", "/account"),
        ("evil.example", "/account"),
    ] {
        let mut browser = Browser::new(&stage);
        let address = format!("/sign-in?next={}", utf8_percent_encode(next, NON_ALPHANUMERIC));
        let page = browser.opens(&address).await;
        assert!(page.status == 200 && !page.body.contains("evil.example"), "{next}: {}", page.body);
        let entered = browser.posts("/sign-in", &page, &[GOOD[0], GOOD[1], ("next", next)]).await;
        assert_eq!((entered.status, entered.header("location")), (303, to), "{next}");
    }
}

#[actix_web::test]
async fn what_is_wrong_is_said_in_a_summary_that_takes_focus_and_leads_to_the_field() {
    let stage = Stage::open().await;
    Browser::new(&stage).enters("/sign-up", &GOOD).await;
    let mut browser = Browser::new(&stage);
    for (path, fields, status, words) in [
        ("/sign-in", [("email", "ada"), ("password", "short")], 422, "href=\"#password\">A password has at least 8"),
        ("/sign-in", [("email", "ada"), ("password", "correct horse")], 422, "href=\"#email\">Give an e-mail address"),
        ("/sign-in", [GOOD[0], ("password", "battery staple")], 401, "href=\"#email\">No account has"),
        ("/sign-in", [("email", "bob@example.org"), GOOD[1]], 401, "href=\"#email\">No account has"),
        ("/sign-up", [GOOD[0], ("password", "battery staple")], 409, "href=\"#email\">There is an account"),
        ("/sign-up", [("email", ""), ("password", "")], 422, "href=\"#email\">Give an e-mail address"),
    ] {
        let answer = browser.enters(path, &fields).await;
        assert_eq!(answer.status, status, "{path} {fields:?}");
        assert!(answer.body.contains(words), "{path} {fields:?}: {}", answer.body);
        assert!(answer.body.contains("<title>Please look again") && answer.body.contains("tabindex=\"-1\" autofocus"));
        assert!(!answer.body.contains(fields[1].1) || fields[1].1.is_empty(), "a password is never shown again");
        assert_eq!(answer.cookie(), "", "nobody was let in");
    }
}

#[actix_web::test]
async fn whoever_guesses_is_asked_to_wait_on_the_page() {
    let stage = Stage::open().await;
    Browser::new(&stage).enters("/sign-up", &GOOD).await;
    let mut browser = Browser::new(&stage);
    let page = browser.opens("/sign-in").await;
    for _ in 0..10 {
        assert_eq!(browser.posts("/sign-in", &page, &[GOOD[0], ("password", "battery staple")]).await.status, 401);
    }
    let slow = browser.posts("/sign-in", &page, &GOOD).await;
    assert_eq!((slow.status, slow.body.contains("That was tried too often")), (429, true), "{slow:?}");
    assert!(slow.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1), "{slow:?}");
}

#[actix_web::test]
async fn another_password_ends_other_sessions_and_a_wrong_one_changes_nothing() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    let made = browser.enters("/sign-up", &GOOD).await;
    let page = browser.follows(&made).await;
    for (fields, status, words) in [
        ([("old", "battery staple"), ("new", "battery staple")], 401, "href=\"#old\">That is not the password so far"),
        ([("old", "correct horse"), ("new", "short")], 422, "href=\"#new\">A password has at least 8"),
        ([("old", ""), ("new", "battery staple")], 401, "href=\"#old\""),
    ] {
        let answer = browser.posts("/account/password", &page, &fields).await;
        assert_eq!((answer.status, answer.body.contains(words)), (status, true), "{fields:?}: {}", answer.body);
    }
    let before = browser.cookie.clone();
    let fields = [("old", "correct horse"), ("new", "battery staple")];
    let changed = browser.posts("/account/password", &page, &fields).await;
    assert!(browser.follows(&changed).await.body.contains("The password is changed"));
    let old = Browser::with_cookie(&stage, &before).opens("/account").await;
    assert_eq!(old.header("location"), "/sign-in?next=%2Faccount", "the session from before is over");
    assert_eq!(Browser::new(&stage).enters("/sign-in", &GOOD).await.status, 401);
}

#[actix_web::test]
async fn a_form_of_another_session_or_site_lets_nobody_in_or_out() {
    let stage = Stage::open().await;
    let mut mine = Browser::new(&stage);
    let made = mine.enters("/sign-up", &GOOD).await;
    let account = mine.follows(&made).await;
    let theirs = Browser::new(&stage).opens("/sign-in").await;
    for path in ["/sign-in", "/sign-up", "/sign-out", "/account/password"] {
        let fields: &[(&str, &str)] = match path {
            "/sign-out" => &[],
            "/account/password" => &[("old", "correct horse"), ("new", "battery staple")],
            _ => &GOOD,
        };
        assert_eq!(mine.posts(path, &theirs, fields).await.status, 403, "{path}: another's token");
        assert_eq!(mine.posts_as_it_is(path, fields).await.status, 403, "{path}: no token");
        let token = account.field("token");
        let form: Vec<(&str, &str)> = [("token", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
        let request = stage.request(Method::POST, path).header("Cookie", &mine.cookie);
        let foreign = Stage::send(request.header("Sec-Fetch-Site", "cross-site").form(&form)).await;
        assert_eq!((foreign.status, foreign.cookie().as_str()), (403, ""), "{path}");
    }
    assert!(mine.opens("/account").await.body.contains("ada@example.org"));
}

#[actix_web::test]
async fn without_the_cart_tier_the_door_says_so_and_shopping_goes_on() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    let page = browser.opens("/sign-in").await;
    for name in ["cartA", "cartB", "cartC"] {
        stage.world.set_mood(name, Mood::Refuses);
    }
    let answer = browser.posts("/sign-in", &page, &GOOD).await;
    assert_eq!((answer.status, answer.body.contains("Accounts do not answer")), (503, true), "{answer:?}");
    assert!(
        tokio::time::timeout(Duration::from_secs(5), browser.opens("/")).await.is_ok_and(|page| page.status == 200)
    );
}

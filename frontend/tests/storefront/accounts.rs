//! Signing up, in and out, and what of it a guest's cart and a stranger get to see.

use crate::browser::Browser;
use crate::fakes::Mood;
use crate::stage::{Answer, Stage};
use frontend::cache::CacheMode;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SESSION: &str = "/api/v1/session";

fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body))
}

fn ada(password: &str) -> Value {
    json!({"email": "ada@example.org", "password": password})
}

impl Browser<'_> {
    async fn signs_up(&mut self, password: &str) -> Answer {
        self.calls(Method::POST, "/api/v1/accounts", Some(ada(password))).await
    }

    async fn signs_in(&mut self, password: &str) -> Answer {
        self.calls(Method::POST, SESSION, Some(ada(password))).await
    }

    async fn is(&mut self) -> Value {
        let answer = self.calls(Method::GET, SESSION, None).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        body(&answer)["email"].clone()
    }

    async fn puts_aside(&mut self, item: u32, quantity: u32) {
        let wanted = json!({"item": item, "quantity": quantity});
        let answer = self.calls(Method::POST, "/api/v1/cart/items", Some(wanted)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    async fn takes_out(&mut self, item: u32) {
        let answer = self.calls(Method::DELETE, &format!("/api/v1/cart/items/{item}"), None).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// What is in the cart: how many of which.
    async fn cart(&mut self) -> BTreeMap<u64, u64> {
        let answer = self.calls(Method::GET, "/api/v1/cart", None).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let lines = body(&answer)["lines"].as_array().expect("lines").clone();
        let number = |value: &Value| value.as_u64().expect("a number");
        lines.iter().map(|line| (number(&line["item"]), number(&line["quantity"]))).collect()
    }
}

#[actix_web::test]
async fn whoever_signs_up_is_signed_in_at_every_frontend_until_they_sign_out() {
    let mut stage = Stage::open().await;
    stage.add_frontend("frontendB", CacheMode::Join).await;
    let mut browser = Browser::new(&stage);
    assert_eq!(browser.is().await, Value::Null);
    let made = browser.signs_up("correct horse").await;
    assert_eq!((made.status, body(&made)), (201, json!({"signed_in": true, "email": "ada@example.org"})));
    let set = made.header("set-cookie");
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Max-Age="), "{set}");
    assert!(!set.contains("ada") && made.header("cache-control") == "no-store");
    browser.frontend = 1;
    assert_eq!(browser.is().await, "ada@example.org");
    let member = browser.cookie.clone();
    let out = browser.calls(Method::DELETE, SESSION, None).await;
    assert_eq!((out.status, body(&out)), (200, json!({"signed_in": false, "email": null})));
    assert!(browser.cookie != member && browser.is().await == Value::Null);
    let before = browser.cookie.clone();
    assert_eq!(browser.signs_in("correct horse").await.status, 200);
    assert!(browser.cookie != before && browser.cookie != member, "every change comes with another session");
    assert_eq!(browser.is().await, "ada@example.org");
}

#[actix_web::test]
async fn an_address_has_one_account_however_its_domain_is_written() {
    let stage = Stage::open().await;
    assert_eq!(Browser::new(&stage).signs_up("correct horse").await.status, 201);
    let mut other = Browser::new(&stage);
    let again = other.calls(
        Method::POST,
        "/api/v1/accounts",
        Some(json!({"email": " ada@EXAMPLE.org ", "password": "battery staple"})),
    );
    let again = again.await;
    assert_eq!((again.status, &body(&again)["field"]), (409, &json!("email")), "{}", again.body);
    assert_eq!(other.is().await, Value::Null);
    assert_eq!(other.signs_in("correct horse").await.status, 200, "the first one's password is the account's");
}

#[actix_web::test]
async fn a_wrong_password_and_an_unknown_address_are_told_the_same() {
    let stage = Stage::open().await;
    Browser::new(&stage).signs_up("correct horse").await;
    let wrong = Browser::new(&stage).signs_in("battery staple").await;
    let nobody = json!({"email": "bob@example.org", "password": "battery staple"});
    let unknown = Browser::new(&stage).calls(Method::POST, SESSION, Some(nobody)).await;
    let said = |answer: &Answer| {
        let mut body = body(answer);
        body.as_object_mut().expect("a problem").remove("request_id");
        (answer.status, body)
    };
    assert_eq!(said(&wrong), said(&unknown));
    assert_eq!((wrong.status, wrong.cookie().as_str(), unknown.cookie().as_str()), (401, "", ""));
}

#[actix_web::test]
async fn what_is_no_address_or_no_password_is_refused_by_name() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    let long = "x".repeat(201);
    for (given, status, field) in [
        (json!({"email": "ada", "password": "correct horse"}), 422, "email"),
        (json!({"email": "a b@c", "password": "correct horse"}), 422, "email"),
        (json!({"email": "ada@example.org", "password": "short"}), 422, "password"),
        (json!({"email": "ada@example.org", "password": long}), 422, "password"),
        (json!({"email": "ada@example.org"}), 400, "password"),
        (json!({"email": "ada@example.org", "password": "correct horse", "admin": true}), 422, "admin"),
    ] {
        for path in ["/api/v1/accounts", SESSION] {
            let answer = browser.calls(Method::POST, path, Some(given.clone())).await;
            assert_eq!((answer.status, &body(&answer)["field"]), (status, &json!(field)), "{}", answer.body);
            assert!(!answer.body.contains("correct horse"), "{}", answer.body);
        }
    }
}

#[actix_web::test]
async fn guessing_is_slowed_for_one_account_and_not_for_others() {
    let stage = Stage::open().await;
    Browser::new(&stage).signs_up("correct horse").await;
    let mut guesser = Browser::new(&stage);
    for _ in 0..10 {
        assert_eq!(guesser.signs_in("battery staple").await.status, 401);
    }
    let stopped = guesser.signs_in("correct horse").await;
    assert_eq!(stopped.status, 429, "also where it would have been right: {}", stopped.body);
    let seconds: u64 = stopped.header("retry-after").parse().expect("seconds");
    assert!((1..=10).contains(&seconds));
    let bob = json!({"email": "bob@example.org", "password": "correct horse"});
    assert_eq!(guesser.calls(Method::POST, "/api/v1/accounts", Some(bob)).await.status, 201);
}

#[actix_web::test]
async fn another_site_signs_nobody_up_in_or_out() {
    let stage = Stage::open().await;
    let mut browser = Browser::new(&stage);
    browser.signs_up("correct horse").await;
    for (method, path) in [(Method::POST, "/api/v1/accounts"), (Method::POST, SESSION), (Method::DELETE, SESSION)] {
        let request =
            stage.request(method, path).header("Sec-Fetch-Site", "cross-site").header("Cookie", &browser.cookie);
        let answer = Stage::send(request.json(&ada("correct horse"))).await;
        assert_eq!((answer.status, answer.cookie().as_str()), (403, ""), "{path}: {}", answer.body);
    }
    assert_eq!(browser.is().await, "ada@example.org");
}

#[actix_web::test]
async fn one_replica_less_is_not_noticed_and_with_two_less_nobody_is_told_yes_or_no() {
    let stage = Stage::open().await;
    stage.world.set_mood("cartB", Mood::DiesMidway);
    let mut browser = Browser::new(&stage);
    assert_eq!(browser.signs_up("correct horse").await.status, 201);
    stage.world.set_mood("cartC", Mood::Refuses);
    let mut other = Browser::new(&stage);
    let bob = json!({"email": "bob@example.org", "password": "correct horse"});
    for (path, given) in [("/api/v1/accounts", bob.clone()), (SESSION, bob.clone()), (SESSION, ada("correct horse"))] {
        let answer = other.calls(Method::POST, path, Some(given)).await;
        assert_eq!((answer.status, &body(&answer)["definite"]), (503, &json!(true)), "{path}: {}", answer.body);
    }
    for name in ["cartB", "cartC"] {
        stage.world.set_mood(name, Mood::Well);
    }
    stage.eventually(async || Browser::new(&stage).signs_in("correct horse").await.status == 200).await;
    assert_eq!(other.calls(Method::POST, SESSION, Some(bob.clone())).await.status, 401, "nothing was made");
    assert_eq!(other.calls(Method::POST, "/api/v1/accounts", Some(bob)).await.status, 201);
}

#[actix_web::test]
async fn a_replica_that_is_back_counts_from_its_first_moment_when_another_one_fails() {
    let mut stage = Stage::open().await;
    Browser::new(&stage).signs_up("correct horse").await;
    for (back, fails) in [("cartA", "cartB"), ("cartB", "cartC"), ("cartC", "cartA")] {
        stage.stop(back).await;
        // Now it is known to be down, and for the probes' while it stays so.
        assert_eq!(Browser::new(&stage).signs_in("correct horse").await.status, 200);
        stage.restart(back);
        stage.world.set_mood(fails, Mood::Refuses);
        assert_eq!(Browser::new(&stage).signs_in("correct horse").await.status, 200, "{back} is back, {fails} fails");
        let bob = json!({"email": format!("{back}@example.org"), "password": "correct horse"});
        let made = Browser::new(&stage).calls(Method::POST, "/api/v1/accounts", Some(bob)).await;
        assert_eq!(made.status, 201, "{}", made.body);
        stage.world.set_mood(fails, Mood::Well);
    }
}

#[actix_web::test]
async fn another_password_signs_everybody_else_out() {
    let stage = Stage::open().await;
    let (mut here, mut there) = (Browser::new(&stage), Browser::new(&stage));
    here.signs_up("correct horse").await;
    there.signs_in("correct horse").await;
    there.puts_aside(1, 2).await;
    let path = "/api/v1/session/password";
    let wrong = json!({"old": "not this one", "new": "battery staple"});
    assert_eq!(here.calls(Method::PUT, path, Some(wrong)).await.status, 401);
    let change = json!({"old": "correct horse", "new": "battery staple"});
    assert_eq!(here.calls(Method::PUT, path, Some(change.clone())).await.status, 200);
    assert_eq!((here.is().await, there.is().await), (json!("ada@example.org"), Value::Null));
    assert_eq!((here.cart().await, there.cart().await), ([(1, 2)].into(), BTreeMap::new()));
    assert_eq!(there.calls(Method::PUT, path, Some(change)).await.status, 401);
    assert_eq!(there.signs_in("correct horse").await.status, 401);
    assert_eq!(there.signs_in("battery staple").await.status, 200);
    assert_eq!(there.cart().await, [(1, 2)].into());
}

#[actix_web::test]
async fn a_guests_cart_is_in_the_members_once_however_often_they_sign_in() {
    let stage = Stage::open().await;
    let mut home = Browser::new(&stage);
    home.signs_up("correct horse").await;
    home.puts_aside(1, 2).await;
    let mut phone = Browser::new(&stage);
    phone.puts_aside(1, 3).await;
    phone.puts_aside(2, 1).await;
    let guest = phone.cookie.clone();
    for _ in 0..3 {
        // The answer was lost: the browser has its old cookie, and asks again.
        phone.cookie.clone_from(&guest);
        assert_eq!(phone.signs_in("correct horse").await.status, 200);
        assert_eq!(phone.cart().await, [(1, 5), (2, 1)].into());
    }
    assert_eq!(home.cart().await, [(1, 5), (2, 1)].into());
    home.takes_out(2).await;
    assert_eq!((phone.cart().await, home.cart().await), ([(1, 5)].into(), [(1, 5)].into()), "it stays out");
    let mut somebody = Browser::with_cookie(&stage, &guest);
    assert_eq!(somebody.cart().await, [(1, 3), (2, 1)].into(), "the guest's own is as it was");
    phone.calls(Method::DELETE, SESSION, None).await;
    assert_eq!(phone.cart().await, BTreeMap::new(), "nothing of the member stays behind");
}

#[actix_web::test]
async fn whoever_signs_in_while_nobody_knows_of_their_order_buys_it_once() {
    let stage = Stage::open().await;
    let mut home = Browser::new(&stage);
    home.signs_up("correct horse").await;
    home.puts_aside(3, 1).await;
    let mut phone = Browser::new(&stage);
    phone.puts_aside(1, 2).await;
    for name in ["orderA", "orderB"] {
        stage.world.set_mood(name, Mood::DiesMidway);
    }
    let checkout = "/api/v1/cart/checkout";
    assert_eq!(phone.calls(Method::POST, checkout, None).await.status, 503);
    phone.signs_in("correct horse").await;
    assert_eq!((stage.world.sold(1), phone.cart().await), (2, [(1, 2), (3, 1)].into()), "nobody can tell");
    assert_eq!(home.calls(Method::POST, checkout, None).await.status, 503, "nor anywhere else");
    for name in ["orderA", "orderB"] {
        stage.world.set_mood(name, Mood::Well);
        stage.until(name, "ready").await;
    }
    let found = home.calls(Method::POST, checkout, None).await;
    assert_eq!((found.status, &body(&found)["lines"][0]["item"]), (201, &json!(1)), "{}", found.body);
    assert_eq!((home.cart().await, phone.cart().await), ([(3, 1)].into(), [(3, 1)].into()));
    assert_eq!(phone.calls(Method::POST, checkout, None).await.status, 201);
    assert_eq!((stage.world.orders(), stage.world.sold(1), stage.world.sold(3)), (2, 2, 1));
}

#[actix_web::test]
async fn what_only_one_replica_has_of_a_guests_cart_is_joined_when_it_is_back() {
    let stage = Stage::open().await;
    let mut home = Browser::new(&stage);
    home.signs_up("correct horse").await;
    let mut phone = Browser::new(&stage);
    for name in ["cartB", "cartC"] {
        stage.world.set_mood(name, Mood::Refuses);
    }
    phone.puts_aside(3, 1).await;
    stage.world.set_mood("cartA", Mood::Refuses);
    for name in ["cartB", "cartC"] {
        stage.world.set_mood(name, Mood::Well);
    }
    stage
        .eventually(async || {
            let mut again = Browser::with_cookie(&stage, &phone.cookie);
            let answer = again.signs_in("correct horse").await;
            answer.status == 200
        })
        .await;
    phone.signs_in("correct horse").await;
    assert_eq!(phone.cart().await, BTreeMap::new(), "nobody who answers knows of it");
    stage.world.set_mood("cartA", Mood::Well);
    let cookie = phone.cookie.clone();
    stage.eventually(async || Browser::with_cookie(&stage, &cookie).cart().await == [(3, 1)].into()).await;
}

#[actix_web::test]
async fn a_joined_cart_may_be_more_than_a_cart_takes_and_is_shown() {
    let stage = Stage::open().await;
    let mut home = Browser::new(&stage);
    home.signs_up("correct horse").await;
    home.puts_aside(1, 90).await;
    let mut phone = Browser::new(&stage);
    phone.puts_aside(1, 90).await;
    phone.signs_in("correct horse").await;
    assert_eq!(phone.cart().await, [(1, 180)].into());
    let more = phone.calls(Method::POST, "/api/v1/cart/items", Some(json!({"item": 1}))).await;
    assert_eq!((more.status, &body(&more)["field"]), (409, &json!("quantity")), "{}", more.body);
    let less = phone.calls(Method::PUT, "/api/v1/cart/items/1", Some(json!({"quantity": 3}))).await;
    assert_eq!(less.status, 200, "{}", less.body);
    assert_eq!(home.cart().await, [(1, 3)].into());
}

//! `/api/v1/cart`: what a session has put aside, and its checkout.

use crate::fakes::Mood;
use crate::stage::{Answer, Stage};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::cell::RefCell;
use wire::sale::Refused;
use wire::{ItemId, Problem};

/// A visitor with cookies.
struct Visitor<'a> {
    stage: &'a Stage,
    cookie: RefCell<String>,
}

impl<'a> Visitor<'a> {
    fn new(stage: &'a Stage) -> Self {
        Self { stage, cookie: RefCell::default() }
    }

    async fn send(&self, request: RequestBuilder) -> Answer {
        let cookie = self.cookie.borrow().clone();
        let answer = Stage::send(request.header("Cookie", cookie)).await;
        if !answer.cookie().is_empty() {
            *self.cookie.borrow_mut() = answer.cookie();
        }
        answer
    }

    async fn add(&self, item: u32, quantity: u32) -> Answer {
        let request = self.stage.request(Method::POST, "/api/v1/cart/items");
        self.send(request.json(&json!({"item": item, "quantity": quantity}))).await
    }

    async fn check_out(&self, key: &str) -> Answer {
        self.check_out_at(0, key).await
    }

    async fn check_out_at(&self, frontend: usize, key: &str) -> Answer {
        let request = self.stage.request_to(frontend, Method::POST, "/api/v1/cart/checkout");
        self.send(if key.is_empty() { request } else { request.header("Idempotency-Key", key) }).await
    }

    /// Items and quantities.
    async fn cart(&self) -> Vec<(u64, u64)> {
        let answer = self.send(self.stage.request(Method::GET, "/api/v1/cart")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        lines(&answer.json())
    }
}

fn lines(body: &Value) -> Vec<(u64, u64)> {
    let number = |line: &Value, name: &str| line[name].as_u64().expect("a number");
    let lines = body["lines"].as_array().expect("lines");
    lines.iter().map(|line| (number(line, "item"), number(line, "quantity"))).collect()
}

fn problem(answer: &Answer) -> (u16, String, bool) {
    let problem: Problem = serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"));
    (problem.status, problem.kind, problem.definite)
}

#[actix_web::test]
async fn a_cart_is_bought_in_one_order_and_is_empty_afterwards() {
    let stage = Stage::open().await;
    let visitor = Visitor::new(&stage);
    visitor.add(3, 1).await;
    visitor.add(1, 1).await;
    assert_eq!(visitor.add(1, 1).await.status, 200);
    let bought = visitor.check_out("k").await;
    assert_eq!(bought.status, 201, "{bought:?}");
    let order = bought.json();
    assert_eq!((lines(&order), &order["total_cents"]), (vec![(1, 2), (3, 1)], &json!(3000)));
    assert_eq!(bought.header("location"), format!("/api/v1/orders/{}", order["uuid"].as_str().expect("a UUID")));
    assert_eq!((bought.header("idempotency-key"), bought.header("cache-control")), ("k", "no-store"));
    assert_eq!(visitor.cart().await, []);
    assert_eq!(stage.get(bought.header("location")).await.body, bought.body);
    assert_eq!((stage.world.sold(1), stage.world.sold(3)), (2, 1));
}

#[actix_web::test]
async fn the_same_key_is_the_same_order_although_the_cart_was_filled_again() {
    let stage = Stage::open().await;
    let visitor = Visitor::new(&stage);
    visitor.add(1, 2).await;
    let first = visitor.check_out("k").await;
    assert_eq!(visitor.check_out("k").await.body, first.body, "the cart is empty, and the answer is remembered");
    visitor.add(2, 1).await;
    assert_eq!(visitor.check_out("k").await.body, first.body);
    assert_eq!(visitor.cart().await, [(2, 1)]);
    let second = visitor.check_out("").await;
    assert_eq!(lines(&second.json()), [(2, 1)]);
    assert_eq!(visitor.check_out(second.header("idempotency-key")).await.body, second.body, "the shop named the key");
    assert_eq!((stage.world.orders(), stage.world.sold(1), stage.world.sold(2)), (2, 2, 1));
}

#[actix_web::test]
async fn an_empty_cart_buys_nothing() {
    let stage = Stage::open().await;
    let visitor = Visitor::new(&stage);
    assert_eq!(problem(&visitor.check_out("k").await), (409, "cart-empty".into(), true));
    visitor.add(1, 1).await;
    let request = stage.request(Method::DELETE, "/api/v1/cart/items/1");
    assert_eq!(visitor.send(request).await.status, 200);
    assert_eq!(problem(&visitor.check_out("k").await), (409, "cart-empty".into(), true));
    assert_eq!(stage.world.orders(), 0);
}

#[actix_web::test]
async fn every_line_that_falls_short_is_named_and_the_cart_stays_as_it_is() {
    let stage = Stage::open().await;
    let visitor = Visitor::new(&stage);
    for (item, quantity) in [(1, 1), (3, 11), (4, 2)] {
        assert_eq!(visitor.add(item, quantity).await.status, 200);
    }
    let refused = visitor.check_out("k").await;
    assert_eq!(problem(&refused), (409, "not-enough".into(), true));
    let short = json!([{"item": 3, "wanted": 11, "left": 10}, {"item": 4, "wanted": 2, "left": 1}]);
    assert_eq!(refused.json()["lines"], short);
    assert_eq!(visitor.cart().await, [(1, 1), (3, 11), (4, 2)]);
    for (item, quantity) in [(3, 10), (4, 1)] {
        let request = stage.request(Method::PUT, &format!("/api/v1/cart/items/{item}"));
        visitor.send(request.json(&json!({"quantity": quantity}))).await;
    }
    assert_eq!(lines(&visitor.check_out("k").await.json()), [(1, 1), (3, 10), (4, 1)]);
}

#[actix_web::test]
async fn a_purchase_whose_answer_got_lost_is_finished_by_whoever_looks_at_the_cart_next() {
    let mut stage = Stage::open().await;
    stage.add_frontend("frontendB", frontend::cache::CacheMode::Join).await;
    let visitor = Visitor::new(&stage);
    visitor.add(1, 2).await;
    for name in ["orderA", "orderB"] {
        stage.world.set_mood(name, Mood::DiesMidway);
    }
    assert_eq!(problem(&visitor.check_out("k").await), (503, "no-answer".into(), false));
    assert_eq!((stage.world.sold(1), visitor.cart().await), (2, vec![(1, 2)]), "nobody can tell");
    for name in ["orderA", "orderB"] {
        stage.world.set_mood(name, Mood::Well);
        stage.until(name, "ready").await;
    }
    assert_eq!(visitor.cart().await, []);
    let again = visitor.check_out_at(1, "k").await;
    assert_eq!((again.status, lines(&again.json())), (201, vec![(1, 2)]));
    assert_eq!((stage.world.orders(), stage.world.sold(1)), (1, 2));
}

#[actix_web::test]
async fn what_is_added_after_an_answer_got_lost_is_not_bought_with_it() {
    let stage = Stage::open().await;
    let visitor = Visitor::new(&stage);
    visitor.add(1, 2).await;
    for name in ["orderA", "orderB"] {
        stage.world.set_mood(name, Mood::DiesMidway);
    }
    assert_eq!(visitor.check_out("k").await.status, 503);
    assert_eq!(visitor.add(1, 1).await.status, 200, "a cart can be filled whatever the order tier does");
    assert_eq!(visitor.add(2, 1).await.status, 200);
    for name in ["orderA", "orderB"] {
        stage.world.set_mood(name, Mood::Well);
        stage.until(name, "ready").await;
    }
    let next = visitor.check_out("another").await;
    assert_eq!((next.status, lines(&next.json())), (201, vec![(1, 2)]), "the order from before is the answer");
    assert_eq!(visitor.cart().await, [(1, 1), (2, 1)]);
    assert_eq!(lines(&visitor.check_out("third").await.json()), [(1, 1), (2, 1)]);
    assert_eq!((stage.world.sold(1), stage.world.sold(2)), (3, 1));
}

#[actix_web::test]
async fn any_two_of_the_cart_replicas_may_be_gone_and_without_any_nothing_is_bought() {
    for alive in ["cartA", "cartB", "cartC"] {
        let mut stage = Stage::open().await;
        {
            let visitor = Visitor::new(&stage);
            visitor.add(1, 1).await;
            let cookie = visitor.cookie.into_inner();
            for name in ["cartA", "cartB", "cartC"].into_iter().filter(|name| *name != alive) {
                stage.stop(name).await;
            }
            let visitor = Visitor { stage: &stage, cookie: RefCell::new(cookie) };
            assert_eq!(lines(&visitor.check_out("k").await.json()), [(1, 1)]);
            assert_eq!(visitor.add(2, 1).await.status, 200);
            let cookie = visitor.cookie.into_inner();
            stage.stop(alive).await;
            let visitor = Visitor { stage: &stage, cookie: RefCell::new(cookie) };
            assert_eq!(problem(&visitor.check_out("l").await), (503, "no-cart-replica".into(), true));
        }
        assert_eq!((stage.world.orders(), stage.world.sold(2)), (1, 0));
    }
}

#[actix_web::test]
async fn units_that_are_out_of_reach_leave_the_cart_as_it_is() {
    let stage = Stage::open().await;
    let visitor = Visitor::new(&stage);
    visitor.add(1, 1).await;
    visitor.add(2, 1).await;
    stage.world.refuse(Refused::HeldElsewhere { item: ItemId(2), holder: "catalogB".into() });
    let refused = visitor.check_out("k").await;
    assert_eq!(problem(&refused), (503, "held-elsewhere".into(), true));
    // Nothing of it hangs: what is in the cart afterwards is what is bought.
    visitor.send(stage.request(Method::DELETE, "/api/v1/cart/items/2")).await;
    assert_eq!(lines(&visitor.check_out("k").await.json()), [(1, 1)]);
}

#[actix_web::test]
async fn what_another_site_makes_a_browser_send_or_what_nobody_knows_buys_nothing() {
    let stage = Stage::open().await;
    let visitor = Visitor::new(&stage);
    visitor.add(1, 1).await;
    let post = || stage.request(Method::POST, "/api/v1/cart/checkout");
    let sent = async |request: RequestBuilder| problem(&visitor.send(request).await);
    assert_eq!(sent(post().header("Sec-Fetch-Site", "cross-site")).await, (403, "not-meant".into(), true));
    assert_eq!(sent(post().json(&json!({"coupon": "x"}))).await, (422, "invalid".into(), true));
    assert_eq!(sent(post().header("Idempotency-Key", "two words")).await, (422, "invalid".into(), true));
    assert_eq!((stage.world.orders(), visitor.cart().await), (0, vec![(1, 1)]));
}

#[actix_web::test]
async fn an_attempt_is_no_line_of_a_cart_and_takes_no_place_of_one() {
    let stage = Stage::open().await;
    let visitor = Visitor::new(&stage);
    visitor.add(1, 1).await;
    visitor.check_out("k").await;
    let added = visitor.add(5, 1).await;
    assert_eq!(problem(&added), (409, "sold-out".into(), true));
    assert_eq!(lines(&visitor.add(2, 1).await.json()), [(2, 1)]);
}

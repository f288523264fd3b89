//! `GET /api/v1/orders` and `/orders` with real processes: whoever bought sees all of it while any one order replica is
//! dead, and nobody sees what another bought.

use cluster::Tier;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tests::{Cluster, Customer, awaits, seed};
use uuid::Uuid;

const AGREEMENT: Duration = Duration::from_secs(10);
const ORDERS: &str = "/api/v1/orders";

async fn shop() -> Cluster {
    let stock = seed::books((1..=5).map(|item| (item, 100)));
    let shop = Cluster::builder().carts(3).frontends(2).stock(stock).start().await;
    shop.order_desks_meet(1).await;
    shop
}

async fn member(shop: &Cluster, name: &str) -> Customer {
    let customer = shop.customer();
    let body = json!({"email": format!("{name}@example.org"), "password": "correct horse"});
    customer.send(customer.request(Method::POST, "/api/v1/accounts").json(&body)).await.has_status(201);
    customer
}

/// Buys a book with the customer's session; the order's id.
async fn buys(customer: &Customer, item: u32) -> Uuid {
    let body = json!({"lines": [{"item": item, "quantity": 1}]});
    let key = Uuid::new_v4().to_string();
    let request = customer.request(Method::POST, ORDERS).header("Idempotency-Key", key).json(&body);
    id(&customer.send(request).await.has_status(201).json())
}

fn id(order: &Value) -> Uuid {
    order["uuid"].as_str().and_then(|text| text.parse().ok()).expect("an order has an id")
}

/// All orders that the shop lists for this customer, a small part at a time, in their order.
async fn listed(customer: &Customer) -> Vec<Uuid> {
    let (mut all, mut query) = (Vec::new(), "?limit=3".to_owned());
    loop {
        let part = customer.get(&format!("{ORDERS}{query}")).await.has_status(200).json();
        all.extend(part["orders"].as_array().expect("orders").iter().map(id));
        match part["next"].as_str() {
            Some(next) => query = format!("?limit=3&cursor={next}"),
            None => return all,
        }
    }
}

/// Waits until these are listed: what an order replica took before it died may come from the catalogs.
async fn comes_to_list(customer: &Customer, wanted: &[Uuid]) {
    awaits(AGREEMENT, "every order is listed, latest first", async || {
        let there = listed(customer).await;
        if there == wanted { Ok(()) } else { Err(format!("{there:?} instead of {wanted:?}")) }
    })
    .await;
}

#[tokio::test]
async fn whoever_bought_sees_every_order_while_any_one_order_replica_is_dead_and_nobody_elses() {
    let shop = shop().await;
    let (ada, bob, guest) = (member(&shop, "ada").await, member(&shop, "bob").await, shop.customer());
    guest.opens("/books/1").await.has_status(200);
    let (mut of_ada, mut of_bob, mut of_guest) = (Vec::new(), Vec::new(), Vec::new());
    for name in ["", "orderA", "orderB"] {
        if !name.is_empty() {
            shop.kill(name).await;
        }
        for item in 1..=3 {
            of_ada.insert(0, buys(&ada, item).await);
            of_bob.insert(0, buys(&bob, item).await);
            of_guest.insert(0, buys(&guest, item).await);
        }
        comes_to_list(&ada, &of_ada).await;
        comes_to_list(&bob, &of_bob).await;
        comes_to_list(&guest, &of_guest).await;
        // At the other frontend it is the same.
        comes_to_list(&ada.at(shop.url("frontendB")), &of_ada).await;
        assert!(listed(&shop.customer()).await.is_empty());
        if !name.is_empty() {
            shop.restart(name).await;
            shop.agrees_within(AGREEMENT).await;
        }
    }
    // Each order replica alone knows all of it, in the same order.
    for name in shop.names(Tier::Order) {
        shop.kill(name).await;
        comes_to_list(&ada, &of_ada).await;
        let answer = ada.get(ORDERS).await;
        assert_eq!(answer.header("x-stale"), "1", "{name} is dead: {answer}");
        let page = ada.opens("/orders").await;
        let shown: Vec<Uuid> = of_ada.iter().copied().filter(|id| page.text.contains(&id.to_string())).collect();
        assert_eq!(shown, of_ada);
        assert!(of_bob.iter().chain(&of_guest).all(|id| !page.text.contains(&id.to_string())));
        shop.restart(name).await;
    }
    let all: BTreeSet<Uuid> = of_ada.iter().chain(&of_bob).chain(&of_guest).copied().collect();
    assert_eq!(all.len(), 27, "no order was made twice");
}

#[tokio::test]
async fn orders_are_listed_after_everything_was_stopped_and_started() {
    let shop = shop().await;
    let ada = member(&shop, "ada").await;
    let mut wanted = Vec::new();
    for item in 1..=5 {
        wanted.insert(0, buys(&ada, item).await);
    }
    shop.closes().await;
    shop.opens().await;
    comes_to_list(&ada, &wanted).await;
}

#[tokio::test]
async fn the_list_of_an_order_replica_is_for_replicas_of_the_cluster_only() {
    let shop = Cluster::start().await;
    let body = json!({"buyer": "somebody", "after": null, "limit": 10});
    let address = format!("{}/internal/orders/of", shop.url("orderA"));
    let stranger = reqwest::Client::new().post(&address).json(&body).send().await.expect("an answer");
    assert_eq!(stranger.status(), 401);
}

//! Checking a cart out: one order for what was in it, whatever crashes and whoever asks at the same time, and afterwards
//! exactly what was bought is gone.

use cluster::Tier;
use futures::future::{join, join_all};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tests::{Answer, Cluster, Customer, OrderRow, awaits, seed};
use uuid::Uuid;
use wire::Problem;
use wire::v1::Order;

const AGREEMENT: Duration = Duration::from_secs(10);
const CARTS: [&str; 3] = ["cartA", "cartB", "cartC"];

/// Items, and how many units of each.
type Units = BTreeMap<u32, u64>;

async fn shop(frontends: u8, stock: &[(u32, u64)]) -> Cluster {
    let stock = seed::books(stock.iter().copied());
    let shop = Cluster::builder().carts(3).frontends(frontends).stock(stock).start().await;
    shop.order_desks_meet(1).await;
    shop
}

async fn adds(customer: &Customer, item: u32, quantity: u64) -> Answer {
    let body = json!({"item": item, "quantity": quantity});
    customer.send(customer.request(Method::POST, "/api/v1/cart/items").json(&body)).await
}

async fn checks_out(customer: &Customer, key: &str) -> Answer {
    let request = customer.request(Method::POST, "/api/v1/cart/checkout").header("Idempotency-Key", key);
    customer.send(request).await
}

fn lines(body: &Value) -> Units {
    let number = |line: &Value, name: &str| line[name].as_u64().expect("a number");
    let line = |line: &Value| (u32::try_from(number(line, "item")).expect("an id"), number(line, "quantity"));
    body["lines"].as_array().expect("lines").iter().map(line).collect()
}

async fn cart(customer: &Customer) -> Units {
    lines(&customer.get("/api/v1/cart").await.has_status(200).json())
}

fn order(answer: &Answer) -> Order {
    serde_json::from_str(&answer.has_status(201).text).expect("an order")
}

fn units(order: &Order) -> Units {
    order.lines.iter().map(|line| (line.item.0, line.quantity.into())).collect()
}

fn put(all: &mut Units, more: &Units) {
    for (item, quantity) in more {
        *all.entry(*item).or_default() += quantity;
    }
}

/// Every order of the shop but for those that were there `before`, as both order replicas have them.
async fn orders_since(shop: &Cluster, before: &BTreeSet<OrderRow>) -> BTreeSet<OrderRow> {
    shop.agrees_within(AGREEMENT).await;
    let mut all = all_orders(shop).await;
    all.retain(|row| !before.contains(row));
    all
}

async fn all_orders(shop: &Cluster) -> BTreeSet<OrderRow> {
    shop.orders(shop.names(Tier::Order)[0]).await.expect("the order replica answers")
}

fn ids(rows: &BTreeSet<OrderRow>) -> BTreeSet<Uuid> {
    rows.iter().map(|row| row.uuid).collect()
}

fn sold(rows: &BTreeSet<OrderRow>) -> Units {
    let mut all = Units::new();
    for row in rows {
        *all.entry(row.item).or_default() += row.quantity;
    }
    all
}

#[tokio::test]
async fn a_cart_is_bought_while_any_one_cart_replica_or_order_replica_is_dead() {
    let shop = shop(1, &[(1, 90), (2, 90)]).await;
    let before = all_orders(&shop).await;
    let customer = shop.customer();
    let mut told = BTreeSet::new();
    for (number, name) in CARTS.into_iter().chain(["orderA", "orderB"]).enumerate() {
        let wanted = Units::from([(1, 1 + number as u64), (2, 1)]);
        adds(&customer, 1, 1).await.has_status(200);
        shop.kill(name).await;
        if number > 0 {
            adds(&customer, 1, number as u64).await.has_status(200);
        }
        adds(&customer, 2, 1).await.has_status(200);
        let key = Uuid::new_v4().to_string();
        let first = checks_out(&customer, &key).await;
        assert_eq!(units(&order(&first)), wanted, "{name} is dead");
        assert_eq!(cart(&customer).await, Units::new(), "{name} is dead");
        shop.restart(name).await;
        assert_eq!(order(&checks_out(&customer, &key).await).uuid, order(&first).uuid, "{name} is back");
        assert_eq!(cart(&customer).await, Units::new());
        told.insert(order(&first).uuid.0);
    }
    assert_eq!(ids(&orders_since(&shop, &before).await), told);
}

#[tokio::test]
async fn every_line_that_falls_short_is_named_and_neither_the_stock_nor_the_cart_changes() {
    let shop = shop(1, &[(1, 90), (2, 3), (3, 2)]).await;
    let customer = shop.customer();
    for (item, quantity) in [(1, 5), (2, 4), (3, 3)] {
        adds(&customer, item, quantity).await.has_status(200);
    }
    shop.agrees_within(AGREEMENT).await;
    let before = (shop.shelf("catalogA").await, shop.shelf("catalogB").await);
    let refused = checks_out(&customer, "k").await;
    let problem: Problem = serde_json::from_str(&refused.is_problem(409, "not-enough").text).expect("a problem");
    let short: Vec<_> = problem.lines.iter().map(|l| (l.item.0, u64::from(l.wanted), l.left)).collect();
    assert_eq!((short, problem.definite), (vec![(2, 4, Some(3)), (3, 3, Some(2))], true));
    assert_eq!(cart(&customer).await, Units::from([(1, 5), (2, 4), (3, 3)]));
    shop.agrees_within(AGREEMENT).await;
    assert_eq!((shop.shelf("catalogA").await, shop.shelf("catalogB").await), before);
    for (item, quantity) in [(2, 3), (3, 1)] {
        let request = customer.request(Method::PUT, &format!("/api/v1/cart/items/{item}"));
        customer.send(request.json(&json!({"quantity": quantity}))).await.has_status(200);
    }
    assert_eq!(units(&order(&checks_out(&customer, "k").await)), Units::from([(1, 5), (2, 3), (3, 1)]));
}

#[tokio::test]
async fn two_frontends_that_check_out_one_cart_at_once_make_one_order_of_it() {
    let shop = shop(2, &[(1, 90), (2, 90)]).await;
    let before = all_orders(&shop).await;
    let customer = shop.customer();
    let other = customer.at(shop.url("frontendB"));
    let mut told = BTreeSet::new();
    for round in 0..15 {
        adds(&customer, 1, 1).await.has_status(200);
        adds(&other, 2, 2).await.has_status(200);
        let (one_key, other_key) = (format!("one-{round}"), format!("other-{round}"));
        let (one, two) = join(checks_out(&customer, &one_key), checks_out(&other, &other_key)).await;
        let bought: Vec<_> = [one, two].into_iter().filter(|answer| answer.status == 201).collect();
        assert!(!bought.is_empty());
        let ids: BTreeSet<_> = bought.iter().map(|answer| order(answer).uuid.0).collect();
        assert_eq!((ids.len(), units(&order(&bought[0]))), (1, Units::from([(1, 1), (2, 2)])), "round {round}");
        assert_eq!(cart(&customer).await, Units::new(), "round {round}");
        told.extend(ids);
    }
    let made = orders_since(&shop, &before).await;
    assert_eq!((ids(&made), sold(&made)), (told, Units::from([(1, 15), (2, 30)])));
}

#[tokio::test]
async fn what_is_added_while_a_cart_is_checked_out_stays_in_it_or_is_bought_and_is_never_lost() {
    let shop = shop(2, &[(1, 100), (2, 100), (3, 100)]).await;
    let before = all_orders(&shop).await;
    let customer = shop.customer();
    let other = customer.at(shop.url("frontendB"));
    let mut put_in = Units::new();
    for round in 0..15_u32 {
        let (item, wait) = (1 + round % 3, Duration::from_millis(u64::from(round) * 2));
        adds(&customer, item, 1).await.has_status(200);
        // One more of the same, here and elsewhere, somewhere in the middle of it.
        let adding = async |customer: &Customer, item| {
            tokio::time::sleep(wait).await;
            adds(customer, item, 1).await.has_status(200);
        };
        let key = format!("k-{round}");
        let buying = checks_out(&customer, &key);
        let (bought, ..) = futures::join!(buying, adding(&customer, item), adding(&other, item), adding(&other, 2));
        put(&mut put_in, &Units::from([(item, 3)]));
        put(&mut put_in, &Units::from([(2, 1)]));
        assert!(units(&order(&bought)).contains_key(&item), "round {round}");
        let mut all = sold(&orders_since(&shop, &before).await);
        put(&mut all, &cart(&other).await);
        assert_eq!(all, put_in, "round {round}");
    }
}

/// Random numbers of this run; the seed is printed.
fn chance() -> SmallRng {
    let seed = std::env::var("CHECKOUT_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(rand::random);
    println!("CHECKOUT_SEED={seed}");
    SmallRng::seed_from_u64(seed)
}

#[tokio::test]
async fn a_frontend_that_is_killed_during_a_checkout_leaves_one_order_and_a_cart_without_it() {
    const ROUNDS: usize = 25;
    let shop = shop(2, &[(1, 400), (2, 400), (3, 400)]).await;
    let before = all_orders(&shop).await;
    let mut chance = chance();
    let customer = shop.customer();
    let (mut put_in, mut told, mut broken, mut bought) = (Units::new(), BTreeSet::new(), 0, 0);
    for round in 0..ROUNDS {
        let names = if chance.random_bool(0.5) { ["frontend", "frontendB"] } else { ["frontendB", "frontend"] };
        let [dying, living] = names.map(|name| customer.at(shop.url(name)));
        for _ in 0..chance.random_range(1..4) {
            let more = (chance.random_range(1..4), chance.random_range(1..3));
            adds(&dying, more.0, more.1).await.has_status(200);
            put(&mut put_in, &Units::from([more]));
        }
        let (key, known) = (format!("k-{round}"), ids(&all_orders(&shop).await).len());
        // About as long as a checkout takes with such binaries.
        let after = Duration::from_micros(chance.random_range(0..90_000));
        let killing = async {
            // Not a wait for something: the moment is what is tried.
            tokio::time::sleep(after).await;
            shop.kill(names[0]).await;
        };
        let (first, ()) = join(checks_out(&dying, &key), killing).await;
        broken += usize::from(first.status == 0);
        bought += usize::from(first.status == 0 && ids(&all_orders(&shop).await).len() > known);
        if chance.random_bool(0.5) {
            let item = chance.random_range(1..4);
            adds(&living, item, 1).await.has_status(200);
            put(&mut put_in, &Units::from([(item, 1)]));
        }
        let again = awaits(AGREEMENT, "the other frontend ends the checkout", async || {
            let answer = checks_out(&living, &key).await;
            if answer.status == 503 { Err(answer.to_string()) } else { Ok(answer) }
        })
        .await;
        let made = order(&again);
        assert!(first.status == 0 || order(&first).uuid == made.uuid, "round {round}: {first}, {again}");
        assert!(told.insert(made.uuid.0), "round {round}: a new key, a new order");
        shop.restart(names[0]).await;
        let orders = orders_since(&shop, &before).await;
        let mut all = sold(&orders);
        put(&mut all, &cart(&living).await);
        assert_eq!((ids(&orders), all), (told.clone(), put_in.clone()), "round {round}, killed after {after:?}");
        // What is left is of the next round; an answer from before is not asked for again.
        assert_eq!(order(&checks_out(&living, &key).await).uuid, made.uuid, "round {round}");
    }
    println!("{broken} of {ROUNDS} checkouts were broken off, {bought} of them with an order made");
    shop.conserves(&Units::from([(1, 400), (2, 400), (3, 400)])).await;
}

#[tokio::test]
async fn many_carts_that_want_the_same_last_units_are_bought_whole_or_stay_whole() {
    let shop = shop(2, &[(1, 13), (2, 13)]).await;
    let before = all_orders(&shop).await;
    let buys = async |nth: usize| {
        let customer = shop.customer_at(["frontend", "frontendB"][nth % 2]);
        adds(&customer, 1, 1).await.has_status(200);
        adds(&customer, 2, 2).await.has_status(200);
        let answer = checks_out(&customer, "k").await;
        let left = cart(&customer).await;
        if answer.status == 201 {
            assert_eq!(left, Units::new());
            return 1;
        }
        answer.is_problem(409, "not-enough");
        assert_eq!(left, Units::from([(1, 1), (2, 2)]));
        0
    };
    let bought: u64 = join_all((0..16).map(buys)).await.into_iter().sum();
    let made = orders_since(&shop, &before).await;
    assert_eq!(sold(&made), Units::from([(1, bought), (2, 2 * bought)]));
    assert!((1..=6).contains(&bought), "of thirteen units two at a time: {bought}");
    shop.conserves(&Units::from([(1, 13), (2, 13)])).await;
}

#[tokio::test]
async fn a_cart_of_which_an_order_was_made_outlives_empty_ones_and_the_same_books_again_are_a_new_order() {
    let shop = shop(1, &[(1, 90), (2, 90)]).await;
    for name in CARTS {
        shop.stop(name).await;
        shop.launch_with(name, &["--forget-after", "1"]);
        shop.is_ready(name).await;
    }
    let (customer, other) = (shop.customer(), shop.customer());
    adds(&customer, 1, 1).await.has_status(200);
    let first = order(&checks_out(&customer, "first").await);
    adds(&other, 1, 1).await.has_status(200);
    other.send(other.request(Method::DELETE, "/api/v1/cart/items/1")).await.has_status(200);
    // Both show nothing now, and one of them is forgotten.
    awaits(AGREEMENT, "the cart that was only emptied is forgotten", async || {
        let ready = shop.get("cartA", "/readyz").await.json();
        let objects = ready["detail"]["objects"].as_u64();
        if objects == Some(1) { Ok(()) } else { Err(ready.to_string()) }
    })
    .await;
    adds(&customer, 1, 1).await.has_status(200);
    let second = order(&checks_out(&customer, "second").await);
    assert_ne!(first.uuid, second.uuid);
    assert_eq!(order(&checks_out(&customer, "first").await).uuid, first.uuid);
    assert_eq!(cart(&customer).await, Units::new());
}

//! Several lines in one order: sold whole or not at all, whichever replicas hold the units and whoever else is buying.

use cluster::Tier;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tests::{Answer, Cluster, Customer, OrderRow, seed};
use uuid::Uuid;
use wire::Problem;
use wire::v1::Order;

const AGREEMENT: Duration = Duration::from_secs(10);

/// Items, and how many units of each.
type Basket = BTreeMap<u32, u64>;

async fn orders(customer: &Customer, basket: &Basket, key: &str) -> Answer {
    let lines: Vec<Value> = basket.iter().map(|(item, units)| json!({"item": item, "quantity": units})).collect();
    let request = customer.request(Method::POST, "/api/v1/orders").header("Idempotency-Key", key);
    customer.send(request.json(&json!({"lines": lines}))).await
}

/// The order of a basket that was bought, which says exactly that.
fn bought(answer: &Answer, basket: &Basket) -> Order {
    let order: Order = serde_json::from_str(&answer.has_status(201).text).expect("an order");
    let lines: Basket = order.lines.iter().map(|line| (line.item.0, line.quantity.into())).collect();
    assert_eq!(lines, *basket, "{answer}");
    order
}

/// What fell short of a basket: item, wanted, left.
fn short(answer: &Answer) -> Vec<(u32, u64, Option<u64>)> {
    answer.is_problem(409, "not-enough");
    let problem: Problem = serde_json::from_str(&answer.text).expect("a problem");
    assert!(problem.definite && problem.field.as_deref() == Some("lines"), "{answer}");
    problem.lines.iter().map(|line| (line.item.0, line.wanted.into(), line.left)).collect()
}

/// The rows that an order replica must list.
fn rows(order: &Order) -> impl Iterator<Item = OrderRow> {
    order.lines.iter().map(|line| OrderRow {
        uuid: order.uuid.0,
        number: order.number.0,
        item: line.item.0,
        quantity: line.quantity.into(),
    })
}

/// Fails unless every order replica has these orders and no others.
async fn has_only(shop: &Cluster, told: &[Order]) {
    let told: BTreeSet<OrderRow> = told.iter().flat_map(rows).collect();
    for name in shop.names(Tier::Order) {
        assert_eq!(shop.orders(name).await.expect("the order replica answers"), told, "the orders of {name}");
    }
}

/// Units left of every book, as each catalog has them.
async fn left(shop: &Cluster) -> Vec<Basket> {
    let shelf = async |name| {
        let shelf = shop.shelf(name).await.expect("the catalog answers");
        shelf.iter().map(|item| (item.id.0, item.count)).collect()
    };
    join_all(shop.names(Tier::Catalog).into_iter().map(shelf)).await
}

/// A shop in which one more unit of each of `items` came in at the second catalog.
async fn spread_out(stock: &Basket, items: &[u32]) -> Cluster {
    let shop = Cluster::builder().stock(seed::books(stock.clone())).start().await;
    for item in items {
        shop.operator().puts("catalogB", *item, &json!({"delta": 1})).await.has_status(201);
    }
    shop.agrees_within(AGREEMENT).await;
    shop
}

#[tokio::test]
async fn several_lines_are_one_order_under_one_key_and_whoever_has_its_id_sees_it() {
    let shop = Cluster::builder().frontends(2).stock(seed::books([(1, 9), (2, 9), (3, 9)])).start().await;
    shop.order_desks_meet(3).await;
    let customer = shop.customer();
    let basket = Basket::from([(1, 2), (2, 3)]);
    let first = orders(&customer, &basket, "basket").await;
    let order = bought(&first, &basket);
    assert_eq!(
        (order.copies, order.total_cents),
        (2, order.lines.iter().map(|l| u64::from(l.price_cents)).zip([2, 3]).map(|(price, units)| price * units).sum())
    );
    assert!(order.lines.iter().all(|line| line.title.is_some()), "{first}");
    // Asked again, also elsewhere, it is the same; with another basket it is refused.
    for at in ["frontend", "frontendB"] {
        let elsewhere = customer.at(shop.url(at));
        orders(&elsewhere, &basket, "basket").await.is(201, &first.text);
        elsewhere.get(first.header("location")).await.is(200, &first.text);
        for other in [Basket::from([(1, 2)]), Basket::from([(1, 2), (2, 3), (3, 1)]), Basket::from([(1, 2), (2, 4)])] {
            orders(&elsewhere, &other, "basket").await.is_problem(422, "other-basket");
        }
    }
    customer.get(&format!("/api/v1/orders/{}", order.number)).await.is_problem(404, "no-such-order");
    let page = customer.opens(&format!("/orders/{}", order.uuid)).await;
    for line in &order.lines {
        assert!(page.has_status(200).text.contains(line.title.as_deref().expect("a title")), "{page}");
    }
    assert_eq!(customer.looks_up(1).await.expect("a book").count, 7);
    assert_eq!(customer.looks_up(2).await.expect("a book").count, 6);
    shop.agrees_within(AGREEMENT).await;
    assert_eq!(left(&shop).await[0][&3], 9 - shop.sold().await[&3]);
}

#[tokio::test]
async fn one_short_line_leaves_every_line_on_the_shelf_of_every_replica_and_each_one_is_named() {
    let stock = Basket::from([(1, 9), (2, 2), (3, 1), (4, 9)]);
    let shop = Cluster::builder().stock(seed::books(stock.clone())).start().await;
    let customer = shop.customer();
    let gone = Basket::from([(3, 1)]);
    let mut told = vec![bought(&orders(&customer, &gone, "gone").await, &gone)];
    shop.agrees_within(AGREEMENT).await;
    let before = left(&shop).await;
    let basket = Basket::from([(1, 5), (2, 3), (3, 2), (4, 9), (99, 1)]);
    let wanting = vec![(2, 3, Some(2)), (3, 2, Some(0)), (99, 1, None)];
    for _ in 0..2 {
        assert_eq!(short(&orders(&customer, &basket, "basket").await), wanting);
    }
    assert_eq!(short(&orders(&customer, &Basket::from([(1, 1), (2, 3)]), "two").await), [(2, 3, Some(2))]);
    shop.agrees_within(AGREEMENT).await;
    assert_eq!(left(&shop).await, before, "nothing of the other lines is taken");
    has_only(&shop, &told).await;
    // The key was used for nothing: the basket that was mended is sold under it.
    let mended = Basket::from([(1, 5), (2, 2), (4, 9)]);
    told.push(bought(&orders(&customer, &mended, "basket").await, &mended));
    shop.agrees_within(AGREEMENT).await;
    has_only(&shop, &told).await;
    shop.conserves(&stock).await;
    assert_eq!(shop.sold().await, Basket::from([(1, 5), (2, 2), (3, 1), (4, 9)]));
}

#[tokio::test]
async fn lines_whose_units_are_spread_over_two_catalogs_are_gathered_and_sold_to_the_last() {
    let items: Vec<u32> = (1..=6).collect();
    let stock: Basket = items.iter().map(|item| (*item, 1)).collect();
    let shop = spread_out(&stock, &items).await;
    let all: Basket = items.iter().map(|item| (*item, 2)).collect();
    let order = bought(&orders(&shop.customer(), &all, "all-of-it").await, &all);
    shop.agrees_within(AGREEMENT).await;
    has_only(&shop, &[order]).await;
    shop.conserves(&all).await;
    assert!(left(&shop).await.iter().all(|shelf| shelf.values().all(|count| *count == 0)));
}

#[tokio::test]
async fn a_basket_whose_units_are_out_of_reach_is_refused_whole_and_sold_under_the_same_key_when_they_are_back() {
    let stock = Basket::from([(1, 5), (2, 1)]);
    let shop = spread_out(&stock, &[2]).await;
    let customer = shop.customer();
    shop.kill("catalogB").await;
    let basket = Basket::from([(1, 3), (2, 2)]);
    let refused = orders(&customer, &basket, "k").await;
    refused.is_problem(503, "held-elsewhere");
    assert_eq!(refused.json()["definite"], true, "{refused}");
    assert_eq!(shop.shelf("catalogA").await.expect("it answers")[0].count, 5, "nothing of the other line is taken");
    shop.restart("catalogB").await;
    let order = bought(&orders(&customer, &basket, "k").await, &basket);
    shop.agrees_within(AGREEMENT).await;
    has_only(&shop, &[order]).await;
    assert_eq!(shop.sold().await, basket);
}

/// Buys baskets of three of the items until none is left of any, leaving out what falls short. Nothing else may be said.
async fn shops(shop: &Cluster, nth: u32, items: u32) -> Vec<Order> {
    let customer = shop.customer();
    let mut told = Vec::new();
    let mut wanted: Vec<u32> = (0..items).map(|shift| 1 + (nth * 3 + shift) % items).collect();
    while !wanted.is_empty() {
        let mut basket: Basket = wanted.iter().take(3).map(|item| (*item, u64::from(1 + (nth + item) % 2))).collect();
        let key = Uuid::new_v4().to_string();
        while !basket.is_empty() {
            let answer = orders(&customer, &basket, &key).await;
            if answer.status == 201 {
                told.push(bought(&answer, &basket));
                break;
            }
            for (item, units, left) in short(&answer) {
                assert!(basket[&item] == units && left < Some(units), "{answer}");
                basket.remove(&item);
                match left.filter(|left| *left > 0) {
                    Some(left) => drop(basket.insert(item, left)),
                    None => wanted.retain(|wanted| *wanted != item),
                }
            }
        }
    }
    told
}

#[tokio::test]
async fn a_crowd_with_baskets_that_overlap_buys_everything_to_the_unit_and_nothing_twice() {
    const ITEMS: u32 = 8;
    let stock: Basket = (1..=ITEMS).map(|item| (item, 50)).collect();
    let shop = Cluster::builder().catalogs(3).orders(3).stock(seed::books(stock.clone())).start().await;
    let told: Vec<Order> = join_all((0..24).map(|nth| shops(&shop, nth, ITEMS))).await.into_iter().flatten().collect();
    assert!(told.iter().any(|order| order.lines.len() > 1), "baskets of several lines were sold");
    shop.agrees_within(AGREEMENT).await;
    has_only(&shop, &told).await;
    shop.conserves(&stock).await;
    assert_eq!(shop.sold().await, stock);
}

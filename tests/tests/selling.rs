//! Selling under a crowd: what is sold is what was stocked, to the unit, and one key is one order.

use cluster::Tier;
use futures::future::join_all;
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use tests::{Answer, Bought, Cluster, Customer, seed};
use uuid::Uuid;
use wire::{ItemId, home};

const AGREEMENT: Duration = Duration::from_secs(10);

/// Where a buyer buys.
enum Counter {
    Frontend(Customer),
    /// Directly at this order replica.
    Order(String),
}

impl Counter {
    async fn buys(&self, shop: &Cluster, item: u32, quantity: u64) -> Result<Bought, Answer> {
        let key = Uuid::new_v4().to_string();
        match self {
            Self::Frontend(customer) => customer.buys_with_key(item, quantity, &key).await,
            Self::Order(order) => shop.operator().buys(order, item, quantity, &key).await,
        }
    }
}

/// `buyers` at once, some at each order replica and some at the frontend. Each goes through a third of the items, starting
/// at another one, and buys each until the shop says that it is sold out. Nothing else may be said to them.
async fn sell_out(shop: &Cluster, buyers: usize, items: &[u32]) -> Vec<Bought> {
    let orders = shop.names(Tier::Order);
    let one = async |nth: usize| {
        let counter = match orders.get(nth % (orders.len() + 1)) {
            Some(order) => Counter::Order((*order).to_owned()),
            None => Counter::Frontend(shop.customer()),
        };
        let mut bought = Vec::new();
        for item in items.iter().cycle().skip(nth * 7).take(items.len().div_ceil(3)) {
            loop {
                match counter.buys(shop, *item, 1).await {
                    Ok(order) => bought.push(order),
                    Err(answer) => {
                        answer.fails(404, &format!("item with id {item} is no longer present"));
                        break;
                    }
                }
            }
        }
        bought
    };
    join_all((0..buyers).map(one)).await.into_iter().flatten().collect()
}

fn total(stock: &BTreeMap<u32, u64>) -> usize {
    usize::try_from(stock.values().sum::<u64>()).expect("a small shop")
}

/// Fails unless everything stocked was sold, once, and every copy says so.
async fn is_sold_out_to_the_unit(shop: &Cluster, stock: &BTreeMap<u32, u64>, bought: &[Bought]) {
    assert_eq!(bought.len(), total(stock), "units sold and units stocked");
    shop.agrees_within(AGREEMENT).await;
    shop.has_no_orders_but(bought).await;
    assert_eq!(shop.sold().await, *stock);
    shop.conserves(stock).await;
}

#[tokio::test]
async fn sixty_four_buyers_at_once_buy_one_title_to_the_last_unit() {
    let stock = BTreeMap::from([(1, 300)]);
    let shop = Cluster::builder().stock(seed::books(stock.clone())).start().await;
    let bought = sell_out(&shop, 64, &[1]).await;
    is_sold_out_to_the_unit(&shop, &stock, &bought).await;
}

#[tokio::test]
async fn sixty_four_buyers_at_once_buy_two_hundred_single_copies_each_once() {
    let stock: BTreeMap<u32, u64> = (1..=200).map(|item| (item, 1)).collect();
    let shop = Cluster::builder().stock(seed::books(stock.clone())).start().await;
    let items: Vec<u32> = stock.keys().copied().collect();
    let bought = sell_out(&shop, 64, &items).await;
    is_sold_out_to_the_unit(&shop, &stock, &bought).await;
}

#[tokio::test]
async fn three_catalogs_and_three_order_replicas_sell_to_the_unit_as_well() {
    let stock: BTreeMap<u32, u64> = (1..=3).map(|item| (item, 60)).chain((10..60).map(|item| (item, 1))).collect();
    let builder = Cluster::builder().catalogs(3).orders(3).frontends(2);
    let shop = builder.stock(seed::books(stock.clone())).start().await;
    let items: Vec<u32> = stock.keys().copied().collect();
    let bought = sell_out(&shop, 32, &items).await;
    is_sold_out_to_the_unit(&shop, &stock, &bought).await;
}

#[tokio::test]
async fn one_key_ten_times_at_once_at_both_order_replicas_is_one_order_and_ten_equal_answers() {
    let shop = Cluster::builder().stock(seed::books([(1, 10), (2, 1), (3, 1_000)])).start().await;
    shop.order_desks_meet(3).await;
    let operator = shop.operator();
    // The last copy as well: nine of ten must not be told that it is sold out.
    for (item, left) in [(1, 9), (2, 0)] {
        let key = format!("one-key-for-{item}");
        let tenfold = (0..10).map(|nth| {
            let order = if nth % 2 == 0 { "orderA" } else { "orderB" };
            operator.buys(order, item, 1, &key)
        });
        let answers: Vec<Bought> = join_all(tenfold).await.into_iter().map(|answer| answer.expect("sold")).collect();
        // Each is told on how many replicas it was by then; all else is the same, to the byte.
        let same = |other: &Bought| (other.uuid, other.number) == (answers[0].uuid, answers[0].number);
        assert!(answers.iter().all(same), "{answers:?}");
        // The frontend means the same order by the same key.
        let again = shop.customer().buys_with_key(item, 1, &key).await.expect("the same answer");
        assert_eq!((again.uuid, again.number), (answers[0].uuid, answers[0].number));
        shop.agrees_within(AGREEMENT).await;
        assert_eq!(shop.sold().await[&item], 1);
        assert_eq!(shop.customer().looks_up(item).await.expect("it is there").count, left);
    }
}

#[tokio::test]
async fn one_key_ten_times_at_once_at_two_frontends_is_one_order_and_ten_equal_answers() {
    let shop = Cluster::builder().frontends(2).stock(seed::books([(1, 10), (3, 1_000)])).start().await;
    let mut orders = shop.order_desks_meet(3).await;
    let tenfold = (0..10).map(|nth| {
        let customer = shop.customer_at(if nth % 2 == 0 { "frontend" } else { "frontendB" });
        async move { customer.buys_with_key(1, 2, "the-key").await.expect("sold") }
    });
    let answers = join_all(tenfold).await;
    let same = |other: &Bought| (other.uuid, other.number) == (answers[0].uuid, answers[0].number);
    assert!(answers.iter().all(same), "{answers:?}");
    shop.agrees_within(AGREEMENT).await;
    orders.push(answers[0].clone());
    shop.has_no_orders_but(&orders).await;
    assert_eq!(shop.sold().await[&1], 2);
}

#[tokio::test]
async fn several_units_in_one_order_are_sold_all_or_none() {
    let stock = BTreeMap::from([(1, 100)]);
    let shop = Cluster::builder().stock(seed::books(stock.clone())).start().await;
    let one = async |nth: u64| {
        let customer = shop.customer();
        let mut bought = Vec::new();
        loop {
            match customer.buys(1, nth % 5 + 3).await {
                Ok(order) => bought.push(order),
                Err(answer) if answer.status == 409 => {
                    answer.fails(409, "left");
                    return bought;
                }
                Err(answer) => {
                    answer.fails(404, "no longer present");
                    return bought;
                }
            }
        }
    };
    let mut bought: Vec<Bought> = join_all((0..16).map(one)).await.into_iter().flatten().collect();
    // What is left is less than anybody asked for: it is still there for those who ask for less.
    shop.agrees_within(AGREEMENT).await;
    let left = shop.customer().looks_up(1).await.expect("it is there").count;
    assert!(left < 7, "{left} are left, although somebody wanted no more than 7");
    for _ in 0..left {
        bought.push(shop.customer().buys(1, 1).await.expect("one is left"));
    }
    shop.customer().buys(1, 1).await.expect_err("sold out").fails(404, "no longer present");
    shop.agrees_within(AGREEMENT).await;
    shop.has_no_orders_but(&bought).await;
    shop.conserves(&stock).await;
    assert_eq!(shop.sold().await, stock);
}

#[tokio::test]
async fn the_last_copy_is_sold_whichever_catalog_holds_it_and_whichever_is_asked() {
    let stock: BTreeMap<u32, u64> = (1..=12).map(|item| (item, 1)).collect();
    let shop = Cluster::builder().stock(seed::books(stock.clone())).start().await;
    // The opening stock came in at catalogA; these books are asked for at catalogB first.
    let elsewhere = |item: &u32| home::home(&ItemId(*item).key(), ["catalogA", "catalogB"]) == Some("catalogB");
    assert!(stock.keys().any(elsewhere), "some book has its home at catalogB");
    let mut bought = Vec::new();
    for item in stock.keys().filter(|item| elsewhere(item)).chain(stock.keys().filter(|item| !elsewhere(item))) {
        bought.push(shop.customer().buys(*item, 1).await.expect("the last copy, wherever it is"));
    }
    is_sold_out_to_the_unit(&shop, &stock, &bought).await;
}

#[tokio::test]
async fn stock_that_comes_in_while_a_crowd_buys_is_sold_to_the_unit() {
    let shop = Cluster::builder().stock(seed::books([(1, 40)])).start().await;
    let operator = shop.operator();
    let delivery = async |nth: usize| {
        let catalog = if nth.is_multiple_of(2) { "catalogA" } else { "catalogB" };
        let request = operator.request(Method::PUT, catalog, "/item/1");
        let request = request.header("Idempotency-Key", format!("delivery-{nth}")).json(&json!({"delta": 20}));
        Answer::to(request).await.has_status(201);
    };
    let deliveries = join_all((0..6).map(delivery));
    let (_, mut bought) = tokio::join!(deliveries, sell_out(&shop, 16, &[1]));
    // A delivery may have come in after the crowd had gone home.
    bought.extend(sell_out(&shop, 4, &[1]).await);
    is_sold_out_to_the_unit(&shop, &BTreeMap::from([(1, 160)]), &bought).await;
}

#[tokio::test]
async fn two_counts_of_one_title_at_once_do_not_add_up() {
    let shop = Cluster::builder().stock(seed::books([(1, 5), (2, 5), (3, 5), (4, 5)])).start().await;
    for item in 1..=4 {
        let count = json!({"count": 50});
        let operator = shop.operator();
        let counts = ["catalogA", "catalogB", "catalogA", "catalogB"].map(|name| operator.puts(name, item, &count));
        for answer in join_all(counts).await {
            answer.has_status(201);
        }
        shop.agrees_within(AGREEMENT).await;
        assert_eq!(shop.shelf("catalogA").await.expect("listed")[item as usize - 1].count, 50);
    }
}

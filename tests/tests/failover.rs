//! Replicas die, hang and come back while customers buy: nobody notices, nothing is lost, nothing is sold twice.

use futures::future::join_all;
use std::collections::BTreeMap;
use std::time::Duration;
use tests::{Answer, Cluster, Crowd, Customer, awaits, seed};

/// How long a supervisor takes to bring a replica back.
const OUTAGE: Duration = Duration::from_secs(1);
const AGREEMENT: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);
const PLENTY: u64 = 100_000;
const TITLES: [u32; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

fn plenty() -> BTreeMap<u32, u64> {
    TITLES.iter().map(|item| (*item, PLENTY)).collect()
}

async fn shop_with_plenty() -> Cluster {
    Cluster::builder().stock(seed::books(plenty())).start().await
}

/// Sixteen buyers, a `kill -9` in their midst, and the replica back a second later.
async fn nobody_notices_the_crash_of(name: &str) {
    let shop = shop_with_plenty().await;
    let crowd = Crowd::enters(&shop, 16, &TITLES);
    crowd.buys(100).await;
    shop.crashes(name, OUTAGE).await;
    crowd.buys(100).await;
    let ledger = crowd.goes_home().await;
    ledger.has_no_refusals();
    shop.agrees_within(AGREEMENT).await;
    shop.conserves(&plenty()).await;
    shop.has_no_orders_but(&ledger.bought).await;
}

#[tokio::test]
async fn nobody_notices_the_crash_of_catalog_a() {
    nobody_notices_the_crash_of("catalogA").await;
}

#[tokio::test]
async fn nobody_notices_the_crash_of_catalog_b() {
    nobody_notices_the_crash_of("catalogB").await;
}

#[tokio::test]
async fn nobody_notices_the_crash_of_order_a() {
    nobody_notices_the_crash_of("orderA").await;
}

#[tokio::test]
async fn nobody_notices_the_crash_of_order_b() {
    nobody_notices_the_crash_of("orderB").await;
}

#[tokio::test]
async fn nobody_notices_when_every_inner_replica_is_restarted_in_turn() {
    let shop = shop_with_plenty().await;
    let crowd = Crowd::enters(&shop, 8, &TITLES);
    for name in ["catalogA", "orderA", "catalogB", "orderB"] {
        crowd.buys(20).await;
        shop.stop(name).await;
        shop.restart(name).await;
    }
    crowd.buys(20).await;
    let ledger = crowd.goes_home().await;
    ledger.has_no_refusals();
    shop.agrees_within(AGREEMENT).await;
    shop.conserves(&plenty()).await;
    shop.has_no_orders_but(&ledger.bought).await;
}

/// One replica of a pair misses orders, then the other dies too; they come back one after the other.
async fn the_pair_catches_up(pair: [&str; 2], first_back: usize) {
    let shop = shop_with_plenty().await;
    let customer = shop.customer();
    let mut bought = Vec::new();
    for item in TITLES {
        bought.push(customer.buys(item, 2).await.expect("both are up"));
    }
    // Both sides have units by now, whoever had the opening stock.
    shop.agrees_within(AGREEMENT).await;
    shop.kill(pair[1]).await;
    for nth in 0..20 {
        let key = format!("missed-{nth}");
        bought.push(sold(&customer, TITLES[nth % 8], &key).await);
    }
    shop.kill(pair[0]).await;
    shop.restart(pair[first_back]).await;
    shop.restart(pair[1 - first_back]).await;
    shop.agrees_within(AGREEMENT).await;
    for nth in 0..20 {
        let again = sold(&customer, TITLES[nth % 8], &format!("missed-{nth}")).await;
        assert_eq!(again.row(), bought[8 + nth].row(), "the same answer after the crash");
    }
    shop.conserves(&plenty()).await;
    shop.has_no_orders_but(&bought).await;
}

async fn sold(customer: &Customer, item: u32, key: &str) -> tests::Bought {
    // One that meets the crash may be told "not now": the same key again is the same order.
    awaits(Duration::from_secs(10), "the shop sells", async || {
        customer.buys_with_key(item, 1, key).await.map_err(|answer| answer.to_string())
    })
    .await
}

#[tokio::test]
async fn order_replicas_catch_up_when_the_one_that_knows_more_starts_first() {
    the_pair_catches_up(["orderA", "orderB"], 0).await;
}

#[tokio::test]
async fn order_replicas_catch_up_when_the_one_that_missed_orders_starts_first() {
    the_pair_catches_up(["orderA", "orderB"], 1).await;
}

#[tokio::test]
async fn catalogs_catch_up_when_the_one_that_knows_more_starts_first() {
    the_pair_catches_up(["catalogA", "catalogB"], 0).await;
}

#[tokio::test]
async fn catalogs_catch_up_when_the_one_that_missed_sales_starts_first() {
    the_pair_catches_up(["catalogA", "catalogB"], 1).await;
}

#[tokio::test]
async fn an_order_taken_by_one_replica_is_answered_by_the_other_under_the_same_number() {
    let shop = shop_with_plenty().await;
    let operator = shop.operator();
    shop.kill("orderB").await;
    let taken = operator.buys("orderA", 1, 1, "key").await.expect("orderA takes it");
    assert_eq!(taken.copies, 1, "the other one is down");
    shop.kill("orderA").await;
    shop.restart("orderB").await;
    // It was never told, and asks the catalogs.
    let again = operator.buys("orderB", 1, 1, "key").await.expect("orderB knows it");
    assert_eq!(again.row(), taken.row());
    let found = shop.get("orderB", &format!("/orders/{}", taken.number)).await;
    assert_eq!(found.status, 200, "{found}");
    shop.restart("orderA").await;
    shop.agrees_within(AGREEMENT).await;
    shop.has_no_orders_but(&[taken]).await;
}

fn comes_in_time(answer: &Answer) {
    assert!(answer.took < SECOND, "an outage is told within a second: {answer}");
}

fn is_a_decent_page(page: &Answer) {
    assert_eq!(page.status, 503, "{page}");
    assert!(page.header("content-type").starts_with("text/html"), "{page}");
    assert!(!page.header("retry-after").is_empty(), "{page}");
    assert!(
        page.text.contains("<h1") && (page.text.contains(" again") || page.text.contains("reload")),
        "it says what to do: {page}"
    );
    assert!(!page.text.contains("validation_code"), "no JSON for people: {page}");
    comes_in_time(page);
}

/// What the shop says while it can't sell: at once, to one and to many, and never twice the same way by hanging.
async fn refuses_quickly(shop: &Cluster) {
    let customer = shop.customer();
    for nth in 0..5 {
        let refused = customer.buys(1, 1).await.expect_err("nobody can sell");
        refused.fails(503, "");
        assert!(refused.took < SECOND, "purchase {nth}: {refused}");
    }
    for refused in join_all((0..48).map(|_| customer.buys(1, 1))).await {
        refused.expect_err("nobody can sell").fails(503, "");
    }
}

/// 48 at once are served: nothing of the outage hangs on to threads, locks or connections.
async fn sells_to_many(shop: &Cluster) {
    let customer = shop.customer();
    awaits(Duration::from_secs(3), "it sells again", async || {
        customer.buys(2, 1).await.map_err(|answer| answer.to_string())
    })
    .await;
    for sold in join_all((0..48).map(|_| customer.buys(2, 1))).await {
        sold.expect("everything works again");
    }
}

#[tokio::test]
async fn without_order_replicas_a_buy_is_503_within_a_second_and_one_that_is_back_sells_again() {
    let shop = shop_with_plenty().await;
    let customer = shop.customer();
    customer.buys(1, 1).await.expect("all are up");
    let form = customer.opens("/books/3").await;
    form.has_status(200);
    shop.kill("orderA").await;
    shop.kill("orderB").await;
    refuses_quickly(&shop).await;
    is_a_decent_page(&customer.sends_form(3, &form).await);
    // Looking around goes on.
    customer.looks_up(5).await.expect("the catalogs are up");
    customer.opens("/books/6").await.has_status(200);
    shop.restart("orderB").await;
    sells_to_many(&shop).await;
    let receipt = customer.sends_form(3, &form).await;
    assert_eq!(receipt.status, 303, "the form that failed buys now: {receipt}");
    shop.restart("orderA").await;
    shop.agrees_within(AGREEMENT).await;
    shop.conserves(&plenty()).await;
}

#[tokio::test]
async fn without_catalogs_a_buy_is_503_within_a_second_and_one_that_is_back_sells_again() {
    let shop = shop_with_plenty().await;
    let customer = shop.customer();
    customer.buys(1, 1).await.expect("all are up");
    customer.looks_up(1).await.expect("all are up");
    shop.kill("catalogA").await;
    shop.kill("catalogB").await;
    refuses_quickly(&shop).await;
    // What is in no cache can't be shown; what is can.
    let unknown = customer.looks_up(7).await.expect_err("nobody knows");
    unknown.fails(503, "");
    comes_in_time(&unknown);
    is_a_decent_page(&customer.opens("/books/8").await);
    customer.looks_up(1).await.expect("it is in the cache");
    // catalogA has units of everything, for the opening stock came in there.
    shop.restart("catalogA").await;
    sells_to_many(&shop).await;
    customer.looks_up(7).await.expect("the catalog is back");
    customer.opens("/books/8").await.has_status(200);
    shop.restart("catalogB").await;
    shop.agrees_within(AGREEMENT).await;
    shop.conserves(&plenty()).await;
}

/// A replica that hangs: it accepts connections and says nothing.
async fn the_shop_sells_while_one_hangs(name: &str) -> tests::Ledger {
    let shop = shop_with_plenty().await;
    let crowd = Crowd::enters(&shop, 16, &TITLES);
    crowd.buys(100).await;
    shop.pause(name);
    crowd.buys(50).await;
    shop.resume(name);
    crowd.buys(50).await;
    let ledger = crowd.goes_home().await;
    shop.agrees_within(AGREEMENT).await;
    shop.conserves(&plenty()).await;
    // An order may have got two numbers, one from each side; both lead to it. One who was told "not now" may have bought
    // all the same, and the same key would tell.
    shop.finds(&ledger.bought).await;
    ledger
}

#[tokio::test]
async fn an_order_replica_that_hangs_is_passed_by() {
    for name in ["orderA", "orderB"] {
        the_shop_sells_while_one_hangs(name).await.has_no_refusals();
    }
}

#[tokio::test]
async fn a_catalog_that_hangs_keeps_only_its_own_units_from_being_sold() {
    for name in ["catalogA", "catalogB"] {
        let ledger = the_shop_sells_while_one_hangs(name).await;
        for refused in &ledger.refused {
            refused.fails(503, "");
        }
    }
}

//! A replica is retired: its disk is gone, or it was taken away, or it only seemed so.

use super::{
    AGREEMENT, actor_of, buys, buys_the_rest, done, metric, passes_its_checks, readyz, refused, shares, shop_with,
    stock,
};
use reqwest::Method;
use std::time::Duration;
use tests::desk::at_desk;
use tests::{Cluster, awaits, seed};
use wire::sale::{Basket, Reserve};
use wire::{Buyer, ItemId, OrderId, Quantity};

#[tokio::test]
async fn what_a_lost_replica_had_left_can_be_sold_to_the_last_unit_once_it_is_retired() {
    let shop = shop_with(20).await;
    let mut bought = buys(&shop, "orderA", 3).await;
    shop.agrees_within(AGREEMENT).await;
    shop.kill("catalogB").await;
    shop.wipe("catalogB");
    let plan = done(&shop, "catalog", &["retire", "catalogB", "--dry-run"]).await;
    assert!(plan.contains("catalogA would take over"), "{plan}");
    let before = done(&shop, "catalog", &["retire", "--list"]).await;
    assert!(before.contains("catalogB was actor") && before.contains("not retired"), "nothing was changed: {before}");
    let told = done(&shop, "catalog", &["retire", "catalogB"]).await;
    assert_eq!(told.replace("took over", "would take over"), plan, "what was said before is what was done");
    let after = done(&shop, "catalog", &["retire", "--list"]).await;
    assert!(after.contains(": 0 units") && after.contains("retired at entry"), "{after}");

    bought.extend(buys_the_rest(&shop, "orderA").await);
    assert_eq!(shop.sold().await, stock(20), "every unit, and none twice");
    shop.restart("catalogB").await;
    shop.conserves(&stock(20)).await;
    shop.has_no_orders_but(&bought).await;
    let again = done(&shop, "catalog", &["retire", "catalogB"]).await;
    assert!(again.contains("took over 0 units of 0 titles, and 0 sales"), "{again}");
    shop.closes().await;
    passes_its_checks(&shop).await;
}

#[tokio::test]
async fn sales_of_a_lost_replica_that_no_catalog_had_read_are_kept_once_with_their_ids_and_numbers() {
    let shop = shop_with(20).await;
    let mut bought = buys(&shop, "orderA", 1).await;
    shop.agrees_within(AGREEMENT).await;
    shop.kill("catalogB").await;
    let unread = buys(&shop, "orderB", 4).await;
    shop.kill("catalogA").await;
    shop.wipe("catalogA");
    shop.restart("catalogB").await;
    let told = done(&shop, "catalog", &["retire", "catalogA"]).await;
    assert!(told.contains("and 16 sales that only orders knew"), "{told}");
    let key = "after";
    let once = shop.operator().buys("orderB", 1, 1, key).await.expect("there is enough");
    bought.extend(unread);
    bought.push(once);
    bought.extend(buys_the_rest(&shop, "orderA").await);
    assert_eq!(shop.sold().await, stock(20), "every unit, and none twice");
    shop.restart("catalogA").await;
    shop.conserves(&stock(20)).await;
    shop.has_no_orders_but(&bought).await;
    shop.closes().await;
    passes_its_checks(&shop).await;
}

#[tokio::test]
async fn a_retirement_is_refused_while_anybody_is_missing_who_may_know_more() {
    let shop = Cluster::builder().catalogs(3).stock(seed::books(stock(12))).start().await;
    let retire = &["retire", "catalogC"];
    let stranger = refused(&shop, "catalog", &["retire", "catalogQ"]).await;
    assert!(stranger.contains("no replica catalogQ"), "{stranger}");
    let answers = refused(&shop, "catalog", retire).await;
    assert!(answers.contains("catalogC answers") && answers.contains("stop it first"), "{answers}");
    shop.kill("catalogC").await;
    shop.wipe("catalogC");
    let taker = if done(&shop, "catalog", &["retire", "catalogC", "--dry-run"]).await.contains("catalogA would") {
        ["catalogA", "catalogB"]
    } else {
        ["catalogB", "catalogA"]
    };
    shop.stop(taker[1]).await;
    let missing = refused(&shop, "catalog", retire).await;
    assert!(missing.contains(taker[1]) && missing.contains("Start it"), "{missing}");
    shop.restart(taker[1]).await;
    shop.stop("orderB").await;
    let missing = refused(&shop, "catalog", retire).await;
    assert!(missing.contains("orderB") && missing.contains("Start it"), "{missing}");
    shop.restart("orderB").await;
    let order = shop.command("catalog", &["retire", "orderA"]).await;
    assert_eq!(order.status.code(), Some(2), "only catalogs hold units: {order:?}");
    let list = done(&shop, "catalog", &["retire", "--list"]).await;
    assert!(list.contains("not retired"), "nothing was changed: {list}");
    done(&shop, "catalog", retire).await;
    let elsewhere = shop.operator().request(Method::POST, taker[1], "/internal/retire");
    let wanted = serde_json::json!({"replicas": ["catalogC"], "dry_run": true, "although_it_answers": false});
    let elsewhere = tests::Answer::to(elsewhere.json(&wanted)).await;
    assert!(elsewhere.status == 409 && elsewhere.text.contains(taker[0]), "it names who does it: {elsewhere}");
    shop.restart("catalogC").await;
    shop.conserves(&stock(12)).await;
}

#[tokio::test]
async fn a_living_replica_that_is_retired_sells_at_most_what_it_held_and_everybody_is_told() {
    let shop = shop_with(8).await;
    shares(&shop).await;
    let actor = actor_of(&shop, "catalogA").await;
    shop.kill("catalogA").await;
    let told = done(&shop, "catalog", &["retire", "catalogA"]).await;
    let held: u64 =
        told.split("took over ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok()).expect("units");
    assert_eq!(held, 16, "half of everything");
    buys_the_rest(&shop, "orderA").await;
    // It was only cut off, and is back while whoever could tell it is away.
    shop.stop("catalogB").await;
    shop.restart("catalogA").await;
    let late =
        shop.operator().buys("orderA", 1, 1, "late").await.expect_err("the order replicas know that it is retired");
    assert!(late.text.contains("is being retired"), "{late}");
    assert_eq!(shop.sold().await, stock(8), "none twice");
    // Those who know nothing of it are the boundary.
    for order in ["orderA", "orderB"] {
        shop.stop(order).await;
        shop.restart(order).await;
    }
    buys(&shop, "orderA", 1).await;
    shop.restart("catalogB").await;
    awaits(AGREEMENT, "catalogA reads that it was retired", async || {
        let ready = readyz(&shop, "catalogA").await;
        let reasons = ready["reasons"].to_string();
        if reasons.contains("it was retired at entry") { Ok(()) } else { Err(ready.to_string()) }
    })
    .await;
    awaits(AGREEMENT, "catalogB sees that it went on", async || {
        let frozen = readyz(&shop, "catalogB").await["detail"]["frozen"][&actor].to_string();
        if frozen.contains("went on to entry") { Ok(()) } else { Err(frozen) }
    })
    .await;
    let (stocked, sold): (u64, u64) = (stock(8).values().sum(), shop.sold().await.values().sum());
    assert!(sold > stocked, "the boundary was reached: {sold} sold of {stocked}");
    assert!(sold - stocked <= held, "{sold} sold of {stocked}, and it held {held}");
    assert_eq!(metric(&shop, "catalogA", "journal_own_actor_ended").await, 1);
    assert_eq!(metric(&shop, "catalogB", "journal_own_actor_ended").await, 0);
    assert_eq!(metric(&shop, "catalogB", "journal_frozen_actors").await, 1);
    assert_eq!(metric(&shop, "catalogB", "journal_retired_actors").await, 1);
    let browser = at_desk(&shop, "Ann").await;
    awaits(AGREEMENT, "the desk says so", async || {
        let page = browser.opens("/desk").await.text;
        let told = page.contains("it was retired at entry") && page.contains("went on to entry");
        if told { Ok(()) } else { Err(page) }
    })
    .await;
    shop.stop("catalogA").await;
    shop.restart("catalogA").await;
    assert_ne!(actor_of(&shop, "catalogA").await, actor, "it comes back as somebody else");
    awaits(
        AGREEMENT,
        "it has counted its units",
        async || match readyz(&shop, "catalogA").await["detail"]["units_held"] {
            serde_json::Value::Number(ref units) if units.as_u64() == Some(0) => Ok(()),
            ref other => Err(other.to_string()),
        },
    )
    .await;
    assert!(buys_the_rest(&shop, "orderA").await.is_empty(), "and owns nothing");
}

#[tokio::test]
async fn a_replica_that_was_only_paused_ends_as_soon_as_it_goes_on() {
    let shop = shop_with(8).await;
    shares(&shop).await;
    let (actor, retire) = (actor_of(&shop, "catalogA").await, ["retire", "catalogA", "--although-it-answers"]);
    shop.pause("catalogA");
    done(&shop, "catalog", &retire).await;
    let (rest, ()) = tokio::join!(buys_the_rest(&shop, "orderA"), async { shop.resume("catalogA") });
    awaits(AGREEMENT, "catalogA reads that it was retired", async || {
        let reasons = readyz(&shop, "catalogA").await["reasons"].to_string();
        if reasons.contains("it was retired at entry") { Ok(()) } else { Err(reasons) }
    })
    .await;
    let (stocked, sold): (u64, u64) = (stock(8).values().sum(), shop.sold().await.values().sum());
    assert!(sold == rest.len() as u64 && sold <= stocked + 16, "{sold} sold of {stocked}, and it held 16");
    shop.stop("catalogA").await;
    shop.restart("catalogA").await;
    assert_ne!(actor_of(&shop, "catalogA").await, actor);
    // One that runs is ended only where somebody insists.
    let actor = actor_of(&shop, "catalogA").await;
    done(&shop, "catalog", &["retire", "catalogA"]).await;
    assert_eq!(actor_of(&shop, "catalogA").await, actor, "its old journals were meant");
    assert!(readyz(&shop, "catalogA").await["ready"].as_bool().unwrap_or(false), "and it goes on");
    done(&shop, "catalog", &retire).await;
    awaits(AGREEMENT, "now it is ended too", async || {
        let reasons = readyz(&shop, "catalogA").await["reasons"].to_string();
        if reasons.contains("it was retired at entry") { Ok(()) } else { Err(reasons) }
    })
    .await;
}

/// Asks one catalog to sell one unit of item 1 for `order`, as order replicas do.
async fn sells(shop: &Cluster, catalog: &str, order: OrderId) {
    let basket = Basket::single(ItemId(1), Quantity::ONE);
    let wish = Reserve { order, buyer: Buyer::default(), basket, request_id: "test".into() };
    let request = shop.operator().as_replica(Method::POST, catalog, "/internal/reserve/alone").json(&wish);
    let answer = tests::Answer::to(request).await;
    assert!(answer.status == 200 && answer.text.contains("Ok"), "{answer}");
}

#[tokio::test]
async fn a_sale_that_a_lost_replica_should_have_taken_back_leaves_no_unit_missing() {
    let shop = Cluster::builder().catalogs(3).stock(seed::books(stock(30))).start().await;
    awaits(Duration::from_secs(20), "all have a share", async || {
        let journal = done(&shop, "catalog", &["dump", "--name", "catalogC"]).await;
        let given = journal.matches(r#""op":"give""#).count();
        if given >= 8 { Ok(()) } else { Err(format!("{given} gifts")) }
    })
    .await;
    shop.agrees_within(AGREEMENT).await;
    let (a, b) = (actor_of(&shop, "catalogA").await, actor_of(&shop, "catalogB").await);
    let [lost, other] = if a > b { ["catalogA", "catalogB"] } else { ["catalogB", "catalogA"] };
    let order = OrderId(uuid::Uuid::new_v4());
    // One sells and only catalogC reads of it; then the other sells the same order.
    shop.kill(other).await;
    sells(&shop, lost, order).await;
    awaits(AGREEMENT, "catalogC has read it", async || {
        let journal = done(&shop, "catalog", &["dump", "--name", "catalogC"]).await;
        if journal.contains(&order.to_string()) { Ok(()) } else { Err("not yet".into()) }
    })
    .await;
    shop.kill(lost).await;
    shop.kill("catalogC").await;
    shop.wipe(lost);
    shop.launch(other);
    awaits(AGREEMENT, "it sells", async || {
        let answer = shop.get(other, "/readyz").await;
        if answer.status == 200 { Ok(()) } else { Err(answer.to_string()) }
    })
    .await;
    sells(&shop, other, order).await;
    shop.restart("catalogC").await;
    for _ in 0..2 {
        let told = done(&shop, "catalog", &["retire", lost]).await;
        assert!(told.contains("1 orders were sold twice"), "{told}");
    }
    shop.restart(lost).await;
    shop.conserves(&stock(30)).await;
    buys_the_rest(&shop, "orderA").await;
    assert_eq!(shop.sold().await, stock(30), "every unit, and none twice");
    shop.closes().await;
    passes_its_checks(&shop).await;
}

#[tokio::test]
async fn a_retirement_that_breaks_off_is_finished_by_the_next_one_and_does_nothing_twice() {
    let titles = 1..=3000;
    let shop = Cluster::builder().stock(seed::books(titles.clone().map(|item| (item, 4)))).start().await;
    awaits(Duration::from_mins(1), "catalogB has its share", async || {
        let held = readyz(&shop, "catalogB").await["detail"]["units_held"].as_u64().unwrap_or(0);
        if held == 6000 { Ok(()) } else { Err(held.to_string()) }
    })
    .await;
    let sold = shop.operator().buys("orderA", 1, 1, "before").await.expect("there is enough");
    shop.agrees_within(AGREEMENT).await;
    shop.kill("catalogA").await;
    shop.wipe("catalogA");
    let retire = shop.command("catalog", &["retire", "catalogA"]);
    let crash = async {
        awaits(Duration::from_secs(30), "something is taken over", async || {
            let journal = done(&shop, "catalog", &["dump", "--name", "catalogB"]).await;
            if journal.contains(r#""op":"inherit""#) { Ok(()) } else { Err("nothing yet".into()) }
        })
        .await;
        shop.kill("catalogB").await;
    };
    let (first, ()) = tokio::join!(retire, crash);
    shop.restart("catalogB").await;
    let second = done(&shop, "catalog", &["retire", "catalogA"]).await;
    println!("first: {}\nsecond: {second}", super::said(&first));
    let list = done(&shop, "catalog", &["retire", "--list"]).await;
    assert!(list.contains(": 0 units"), "{list}");
    shop.restart("catalogA").await;
    shop.conserves(&titles.map(|item| (item, 4)).collect()).await;
    shop.has_no_orders_but(&[sold]).await;
    let journal = done(&shop, "catalog", &["dump", "--name", "catalogB"]).await;
    assert_eq!(journal.matches(r#""op":"retire""#).count(), 1, "its journal was ended once");
}

//! Data is copied while it is in use, and put back; and what it costs when it is put back behind everyone's back.

use super::{
    AGREEMENT, TITLES, actor_of, buys, buys_the_rest, done, metric, passes_its_checks, readyz, refused, shares,
    shop_with, stock,
};
use reqwest::Method;
use std::fs;
use std::path::Path;
use tests::{Answer, Cluster, Crowd, awaits};

fn path(shop: &Cluster, file: &str) -> String {
    shop.paths().root().join(file).to_string_lossy().into_owned()
}

#[tokio::test]
async fn a_backup_of_a_busy_shop_is_restored_as_somebody_new_and_no_unit_is_lost_or_sold_twice() {
    let shop = shop_with(60).await;
    let crowd = Crowd::enters(&shop, 4, &TITLES);
    crowd.buys(20).await;
    let directory = path(&shop, "backup");
    for (tier, name) in [("catalog", "catalogB"), ("order", "orderB")] {
        let told = done(&shop, tier, &["backup", "--name", name, &directory]).await;
        assert!(told.contains("checked"), "{told}");
        let again = refused(&shop, tier, &["backup", "--name", name, &directory]).await;
        assert!(again.contains("is there already"), "{again}");
    }
    crowd.buys(20).await;
    let ledger = crowd.goes_home().await;
    ledger.has_no_refusals();
    let mut bought = ledger.bought;
    shop.agrees_within(AGREEMENT).await;
    let before = actor_of(&shop, "catalogB").await;
    for (tier, name) in [("catalog", "catalogB"), ("order", "orderB")] {
        let file = format!("{directory}/{name}.db");
        let running = shop.command(tier, &["restore", "--name", name, &file, "--replace"]).await;
        assert_eq!(running.status.code(), Some(2), "it is running: {running:?}");
        shop.kill(name).await;
        let there = refused(&shop, tier, &["restore", "--name", name, &file]).await;
        assert!(there.contains("--replace"), "{there}");
        let other = format!("{directory}/{}.db", if tier == "order" { "catalogB" } else { "orderB" });
        let unfit = refused(&shop, tier, &["restore", "--name", name, &other, "--replace"]).await;
        assert!(unfit.contains("no database of this tier"), "{unfit}");
        let told = done(&shop, tier, &["restore", "--name", name, &file, "--replace"]).await;
        assert!(told.contains("replaced-1"), "{told}");
        shop.restart(name).await;
    }
    assert_ne!(actor_of(&shop, "catalogB").await, before);
    shop.agrees_within(AGREEMENT).await;
    done(&shop, "catalog", &["retire", "catalogB"]).await;
    bought.extend(buys_the_rest(&shop, "orderA").await);
    assert_eq!(shop.sold().await, stock(60), "every unit, and none twice");
    shop.has_no_orders_but(&bought).await;
    shop.conserves(&stock(60)).await;
    shop.closes().await;
    passes_its_checks(&shop).await;
}

#[tokio::test]
async fn a_cart_replica_that_is_restored_lacks_something_until_the_others_have_filled_it() {
    let shop = Cluster::builder().catalogs(1).orders(1).carts(3).start().await;
    let write = async |list: u8| {
        let body = serde_json::json!({"object": {"type": "counters", "items": {"momo": {"count": 1}}}});
        let path = format!("/objects/list/{list}");
        Answer::to(shop.operator().request(Method::PUT, "cartA", &path).json(&body)).await.has_status(200);
    };
    let holds = async |objects: u64| {
        awaits(AGREEMENT, &format!("cartC has {objects} lists and lacks none"), async || {
            let detail = &readyz(&shop, "cartC").await["detail"];
            let there = detail["objects"] == objects && detail["whole"] == true;
            if there { Ok(()) } else { Err(detail.to_string()) }
        })
        .await;
    };
    write(1).await;
    holds(1).await;
    let directory = path(&shop, "backup");
    let told = done(&shop, "cart", &["backup", "--name", "cartC", &directory]).await;
    assert!(told.contains("checked"), "{told}");
    write(2).await;
    holds(2).await;
    shop.kill("cartC").await;
    done(&shop, "cart", &["restore", "--name", "cartC", &format!("{directory}/cartC.db"), "--replace"]).await;
    shop.pause("cartB");
    shop.restart("cartC").await;
    assert_eq!(readyz(&shop, "cartC").await["detail"]["whole"], false, "cartB may know what nobody else does");
    shop.resume("cartB");
    holds(2).await;
    let told = done(&shop, "cart", &["check", "--name", "cartC"]).await;
    assert!(told.contains("2 objects"), "{told}");
}

#[tokio::test]
async fn when_every_catalog_is_lost_a_backup_and_the_orders_bring_the_shop_back_without_selling_twice() {
    let shop = shop_with(15).await;
    let mut bought = buys(&shop, "orderA", 2).await;
    shop.agrees_within(AGREEMENT).await;
    let directory = path(&shop, "backup");
    done(&shop, "catalog", &["backup", "--name", "catalogA", &directory]).await;
    // The backup knows nothing of these.
    bought.extend(buys(&shop, "orderB", 5).await);
    shop.agrees_within(AGREEMENT).await;
    for name in ["catalogA", "catalogB"] {
        shop.kill(name).await;
        shop.wipe(name);
    }
    done(&shop, "catalog", &["restore", "--name", "catalogA", &format!("{directory}/catalogA.db")]).await;
    for name in ["catalogA", "catalogB"] {
        shop.restart(name).await;
    }
    let early = shop.operator().buys("orderA", 1, 1, "early").await.expect_err("nobody owns anything yet");
    assert_eq!(early.status, 503, "{early}");
    let told = done(&shop, "catalog", &["retire", "catalogA", "catalogB"]).await;
    assert!(told.contains("and 20 sales that only orders knew"), "{told}");
    bought.extend(buys_the_rest(&shop, "orderA").await);
    assert_eq!(shop.sold().await, stock(15), "every unit, and none twice");
    shop.has_no_orders_but(&bought).await;
    shop.conserves(&stock(15)).await;
    shop.closes().await;
    passes_its_checks(&shop).await;
}

fn copies(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory can be made");
    for entry in fs::read_dir(from).expect("the directory can be read") {
        let entry = entry.expect("an entry");
        // The index of a catalog is no part of its data: it is made of it.
        if entry.path().is_dir() {
            continue;
        }
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a file can be copied");
    }
}

#[tokio::test]
async fn data_and_witness_put_back_together_sell_at_most_what_they_held_and_everybody_is_told() {
    let shop = shop_with(8).await;
    shares(&shop).await;
    let (data, old) = (shop.data_of("catalogA"), shop.paths().root().join("old"));
    let name = "catalogA".parse().expect("a name");
    let (witness, old_witness) = (shop.paths().witness(&name), shop.paths().root().join("old-witness"));
    shop.stop("catalogA").await;
    copies(&data, &old);
    fs::copy(&witness, &old_witness).expect("a file can be copied");
    shop.restart("catalogA").await;
    let actor = actor_of(&shop, "catalogA").await;
    buys_the_rest(&shop, "orderA").await;
    assert_eq!(shop.sold().await, stock(8));
    shop.agrees_within(AGREEMENT).await;
    // Both together, and nobody who knows better is there to be asked.
    shop.stop("catalogA").await;
    shop.stop("catalogB").await;
    shop.wipe("catalogA");
    copies(&old, &data);
    fs::copy(&old_witness, &witness).expect("a file can be copied");
    let held = TITLES.len() as u64 * 4;
    shop.restart("catalogA").await;
    assert_eq!(actor_of(&shop, "catalogA").await, actor, "its files agree with each other");
    buys(&shop, "orderA", 2).await;
    shop.restart("catalogB").await;
    awaits(AGREEMENT, "catalogA stops", async || {
        let ready = readyz(&shop, "catalogA").await;
        if ready["reasons"].to_string().contains("\"ended\"") { Ok(()) } else { Err(ready.to_string()) }
    })
    .await;
    awaits(AGREEMENT, "catalogB believes nothing new of it", async || {
        let ready = readyz(&shop, "catalogB").await;
        if ready["detail"]["frozen"][&actor].is_string() { Ok(()) } else { Err(ready.to_string()) }
    })
    .await;
    let (stocked, sold): (u64, u64) = (stock(8).values().sum(), shop.sold().await.values().sum());
    assert!(sold > stocked, "the boundary was reached: {sold} sold of {stocked}");
    assert!(sold - stocked <= held, "{sold} sold of {stocked}, and it held {held}");
    assert_eq!(metric(&shop, "catalogA", "journal_own_actor_ended").await, 1);
    assert_eq!(metric(&shop, "catalogB", "journal_frozen_actors").await, 1);
    // The way out: its history is thrown away, and what it had goes to somebody else.
    shop.stop("catalogA").await;
    shop.restart("catalogA").await;
    let forked = refused(&shop, "catalog", &["retire", "catalogA"]).await;
    assert!(forked.contains("two histories"), "{forked}");
    shop.stop("catalogA").await;
    shop.wipe("catalogA");
    shop.restart("catalogA").await;
    done(&shop, "catalog", &["retire", "catalogA"]).await;
    shop.agrees_within(AGREEMENT).await;
}

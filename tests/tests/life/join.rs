//! A shop gets more replicas while it sells.

use super::{AGREEMENT, actor_of, done, passes_its_checks, readyz};
use std::collections::BTreeMap;
use std::time::Duration;
use tests::{Cluster, Crowd, awaits, seed};

const TITLES: [u32; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

fn stock() -> BTreeMap<u32, u64> {
    TITLES.iter().map(|item| (*item, 10_000)).collect()
}

#[tokio::test]
async fn a_shop_gets_a_third_catalog_and_a_third_order_replica_and_no_purchase_fails() {
    let mut shop = Cluster::builder().stock(seed::books(stock())).start().await;
    let crowd = Crowd::enters(&shop, 6, &TITLES);
    crowd.buys(30).await;
    shop.env_cfg_gains(&["catalogC", "orderC"]);
    for (tier, name) in [("catalog", "catalogC"), ("order", "orderC")] {
        for _ in 0..2 {
            let told = done(&shop, tier, &["join", "--name", name]).await;
            assert!(told.contains("entries from") && told.contains("catalogA, catalogB, orderA, orderB"), "{told}");
        }
    }
    let joined = |dump: &str| dump.lines().count();
    let read = joined(&done(&shop, "catalog", &["dump", "--name", "catalogC"]).await);
    assert!(read > 2 * TITLES.len(), "it has read the books before anybody knows of it: {read} entries");
    for name in ["catalogA", "catalogB", "orderA", "orderB"] {
        shop.stop(name).await;
        shop.restart(name).await;
        crowd.buys(10).await;
    }
    let told = done(&shop, "catalog", &["join", "--name", "catalogC"]).await;
    assert!(told.contains("before it is started: frontend."), "only the frontend has not been restarted: {told}");
    for name in ["catalogC", "orderC"] {
        shop.restart(name).await;
    }
    let actor = actor_of(&shop, "catalogC").await;
    awaits(Duration::from_secs(20), "catalogC has its share", async || {
        let detail = readyz(&shop, "catalogC").await["detail"].clone();
        if detail["units_held"].as_u64().unwrap_or(0) > 1000 { Ok(()) } else { Err(detail.to_string()) }
    })
    .await;
    awaits(Duration::from_secs(20), "catalogC sells", async || {
        let journal = done(&shop, "catalog", &["dump", "--name", "catalogA"]).await;
        let sold = journal.lines().filter(|line| line.contains(&actor) && line.contains(r#""op":"sell""#)).count();
        if sold > 0 { Ok(()) } else { Err("nothing yet".into()) }
    })
    .await;
    let ledger = crowd.goes_home().await;
    ledger.has_no_refusals();
    let mut bought = ledger.bought;
    let there = shop.operator().buys("orderC", 1, 1, "there").await.expect("it sells too");
    assert_eq!(there.copies, 3, "{}", there.answer);
    bought.push(there);
    shop.stop("frontend").await;
    shop.restart("frontend").await;
    bought.push(shop.customer().buys(2, 1).await.expect("the frontend knows them now"));
    shop.agrees_within(AGREEMENT).await;
    shop.conserves(&stock()).await;
    shop.has_no_orders_but(&bought).await;
    shop.closes().await;
    passes_its_checks(&shop).await;
}

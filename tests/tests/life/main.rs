//! The life of a replica, as an operator leads it: it is backed up, restored, joined, retired and checked. Every command
//! that `docs/operating.md` names is run here.

mod check;
mod copies;
mod join;
mod retire;

use cluster::Tier;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Output;
use std::time::Duration;
use tests::{Bought, Cluster, awaits, seed};

const AGREEMENT: Duration = Duration::from_secs(10);
const TITLES: [u32; 4] = [1, 2, 3, 4];

fn stock(units: u64) -> BTreeMap<u32, u64> {
    TITLES.iter().map(|item| (*item, units)).collect()
}

async fn shop_with(units: u64) -> Cluster {
    Cluster::builder().stock(seed::books(stock(units))).start().await
}

/// Waits until catalogA, which had all of the stock, has given catalogB its half of every title, and both know.
async fn shares(shop: &Cluster) {
    awaits(AGREEMENT, "the stock is spread", async || {
        let journal = done(shop, "catalog", &["dump", "--name", "catalogB"]).await;
        let given = journal.matches(r#""op":"give""#).count();
        if given == TITLES.len() { Ok(()) } else { Err(format!("{given} titles are given")) }
    })
    .await;
}

/// What a command printed, both ways.
fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs a command that must succeed; what it says.
async fn done(shop: &Cluster, tier: &str, arguments: &[&str]) -> String {
    let output = shop.command(tier, arguments).await;
    assert!(output.status.success(), "{tier} {arguments:?}: {}", said(&output));
    said(&output)
}

/// Runs a command that must fail with status 1; what it says.
async fn refused(shop: &Cluster, tier: &str, arguments: &[&str]) -> String {
    let output = shop.command(tier, arguments).await;
    assert_eq!(output.status.code(), Some(1), "{tier} {arguments:?}: {}", said(&output));
    said(&output)
}

/// What a replica says of itself, ready or not.
async fn readyz(shop: &Cluster, name: &str) -> Value {
    shop.get(name, "/readyz").await.json()
}

async fn actor_of(shop: &Cluster, name: &str) -> String {
    readyz(shop, name).await["detail"]["actor"].as_str().expect("it knows who it is").to_owned()
}

/// A measurement without labels of its own.
async fn metric(shop: &Cluster, name: &str, metric: &str) -> u64 {
    let shown = shop.operator().request(reqwest::Method::GET, name, "/metrics");
    let shown = tests::Answer::to(shown).await;
    let line = shown
        .text
        .lines()
        .find(|line| line.starts_with(&format!("{metric}{{")) || line.starts_with(&format!("{metric} ")));
    let value = line.and_then(|line| line.rsplit(' ').next()).and_then(|value| value.parse().ok());
    value.unwrap_or_else(|| panic!("{name} does not measure {metric}: {shown}"))
}

/// Buys single units of every title until each is refused for good.
async fn buys_the_rest(shop: &Cluster, at: &str) -> Vec<Bought> {
    let mut bought = Vec::new();
    for item in TITLES {
        loop {
            let key = uuid::Uuid::new_v4().to_string();
            // "Not now" is no answer for good: the same key again.
            let what = format!("{at} sells {item} or has none left");
            let answer =
                awaits(Duration::from_secs(20), &what, async || match shop.operator().buys(at, item, 1, &key).await {
                    Err(answer) if ![404, 409].contains(&answer.status) => Err(answer.to_string()),
                    answer => Ok(answer),
                });
            match answer.await {
                Ok(order) => bought.push(order),
                Err(_) => break,
            }
        }
    }
    bought
}

/// Sells so many single units of every title.
async fn buys(shop: &Cluster, at: &str, each: usize) -> Vec<Bought> {
    let mut bought = Vec::new();
    for (nth, item) in TITLES.into_iter().cycle().take(TITLES.len() * each).enumerate() {
        let key = format!("{at}-{nth}-{}", uuid::Uuid::new_v4());
        let what = format!("{at} sells {item}");
        let order = awaits(Duration::from_secs(20), &what, async || {
            shop.operator().buys(at, item, 1, &key).await.map_err(|answer| answer.to_string())
        });
        bought.push(order.await);
    }
    bought
}

/// Every replica's own check of its data.
async fn passes_its_checks(shop: &Cluster) {
    for tier in [Tier::Catalog, Tier::Order] {
        for name in shop.names(tier) {
            done(shop, tier.as_str(), &["check", "--name", name]).await;
        }
    }
}

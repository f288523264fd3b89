//! A small shop needs little: each process is up at once and stays small.

use cluster::Tier;
use std::fs;
use std::time::{Duration, Instant};
use tests::Cluster;

/// The memory that a process has in use, in kilobytes.
#[cfg(target_os = "linux")]
fn resident_kb(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("Linux tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells");
    line.trim().trim_end_matches(" kB").parse().expect("a number of kilobytes")
}

#[tokio::test]
async fn every_replica_is_ready_within_a_second_of_its_start() {
    let shop = Cluster::start().await;
    shop.customer().buys(1, 1).await.expect("there is enough");
    for member in shop.roster().members() {
        let name = member.name.as_str();
        shop.stop(name).await;
        let began = Instant::now();
        shop.restart(name).await;
        let took = began.elapsed();
        assert!(took < Duration::from_secs(1), "{name} was ready after {took:?}");
    }
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn what_does_nothing_takes_less_than_forty_megabytes_and_with_an_index_or_the_pages_less_than_sixty() {
    let shop = Cluster::start().await;
    let customer = shop.customer();
    customer.searches("novels").await.expect("found");
    customer.buys(1, 1).await.expect("there is enough");
    for member in shop.roster().members() {
        let most_mb = if matches!(member.tier, Tier::Catalog | Tier::Frontend) { 60 } else { 40 };
        let name = member.name.as_str();
        let resident = resident_kb(shop.pid(name));
        assert!(resident < most_mb * 1024, "{name} has {resident} kB in use");
    }
}

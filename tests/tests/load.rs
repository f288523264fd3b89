//! The load client at a shop of real processes, some of which crash.

use client::outcome::{Load, Outcome};
use client::{Plan, Progress, Scenario};
use std::time::Duration;
use tests::Cluster;

#[tokio::test(flavor = "multi_thread")]
async fn customers_of_the_classic_mix_notice_no_crash_and_find_that_the_shop_keeps_its_word() {
    let shop = Cluster::start().await;
    let plan = plan(&shop, Scenario::Mixed, Load::Clients(8));
    let customers = client::run(&plan, Progress::Silent, std::future::pending());
    let crashes = async {
        for name in ["catalogA", "orderB"] {
            shop.crashes(name, Duration::from_millis(300)).await;
        }
    };
    let (outcome, ()) = tokio::join!(customers, crashes);
    let outcome = outcome.expect("the shop is there");
    assert!(outcome.audit.holds(), "{:#?}", outcome.audit);
    assert!(outcome.audit.orders > 0 && outcome.audit.unsure == 0, "{:#?}", outcome.audit);
    all_are_answered(&outcome);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_writes_lists_reads_what_they_wrote_and_notices_no_crash_of_a_cart_replica() {
    let shop = Cluster::builder().catalogs(1).orders(1).carts(3).start().await;
    let plan = plan(&shop, Scenario::Lists, Load::Rate(40));
    let customers = client::run(&plan, Progress::Silent, std::future::pending());
    let crashes = async {
        for name in ["cartA", "cartC"] {
            shop.crashes(name, Duration::from_millis(300)).await;
        }
    };
    let (outcome, ()) = tokio::join!(customers, crashes);
    let outcome = outcome.expect("the shop is there");
    let kinds: Vec<&str> = outcome.series.iter().map(|series| series.name.as_str()).collect();
    assert_eq!(kinds, ["write", "read"]);
    all_are_answered(&outcome);
}

fn plan(shop: &Cluster, scenario: Scenario, load: Load) -> Plan {
    Plan {
        scenario,
        target: shop.url("frontend"),
        load,
        warm_up: Duration::ZERO,
        span: Duration::from_secs(4),
        seed: 11,
        titles: 1000,
        title: None,
        topic: None,
        faults: None,
    }
}

fn all_are_answered(outcome: &Outcome) {
    for series in &outcome.series {
        assert!(series.answered > 0 && series.failed == 0, "{}: {:?}", series.name, series.failures);
    }
}

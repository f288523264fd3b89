//! The load client at a shop of real processes, some of which crash.

use client::outcome::Load;
use client::{Plan, Progress, Scenario};
use std::time::Duration;
use tests::Cluster;

#[tokio::test(flavor = "multi_thread")]
async fn customers_of_the_classic_mix_notice_no_crash_and_find_that_the_shop_keeps_its_word() {
    let shop = Cluster::start().await;
    let plan = Plan {
        scenario: Scenario::Mixed,
        target: shop.url("frontend"),
        load: Load::Clients(8),
        warm_up: Duration::ZERO,
        span: Duration::from_secs(4),
        seed: 11,
        titles: 1000,
        title: None,
        topic: None,
        faults: None,
    };
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
    for series in &outcome.series {
        assert!(series.answered > 0 && series.failed == 0, "{}: {:?}", series.name, series.failures);
    }
}

//! A shop whose cart replicas hear of each other from a real ZooKeeper, while lists are written and read: whatever becomes
//! of ZooKeeper, and of what it believes, no request fails.
//!
//! Skipped, with a line on stderr, where no ZooKeeper is installed.

use cluster::Tier;
use reqwest::Method;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tests::{Answer, Cluster, ZooKeeper, awaits, new_list, shown};
use tokio::task::JoinSet;

/// Until replicas have heard what is true again: the longest pause between two tries to reach ZooKeeper, and more.
const HEARD: Duration = Duration::from_secs(40);
/// How long replicas may take to be equal again after anything.
const HEALED: Duration = Duration::from_secs(10);
/// What a process must be silent for until its session is over, with room to spare: replicas ask for six seconds, and give
/// a silent server up after 7/5 of it.
const BEYOND_A_SESSION: Duration = Duration::from_secs(10);
/// Requests in a row that prove that it goes on.
const GOES_ON: usize = 100;

const WRITERS: usize = 4;
const CARTS: [&str; 3] = ["cartA", "cartB", "cartC"];

/// Writers of lists who stop at nothing: each adds to lists of its own through the frontends in turn, and reads them.
struct Load {
    shop: Arc<Cluster>,
    answered: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    writers: JoinSet<Lists>,
}

/// What a writer has put on which list.
type Lists = BTreeMap<String, BTreeSet<String>>;

impl Load {
    fn begins(shop: &Arc<Cluster>) -> Self {
        let (answered, over): (Arc<AtomicUsize>, Arc<AtomicBool>) = Default::default();
        let mut writers = JoinSet::new();
        for _ in 0..WRITERS {
            writers.spawn(writes(Arc::clone(shop), Arc::clone(&answered), Arc::clone(&over)));
        }
        Self { shop: Arc::clone(shop), answered, over, writers }
    }

    /// Waits until many more requests have been answered; a writer whose request failed has ended with that.
    async fn goes_on(&mut self) {
        let before = self.answered.load(Ordering::Relaxed);
        awaits(HEALED, "requests are answered", async || {
            if let Some(ended) = self.writers.try_join_next() {
                panic!("a writer stopped: {ended:?}");
            }
            let more = self.answered.load(Ordering::Relaxed) - before;
            if more >= GOES_ON { Ok(()) } else { Err(format!("{more} were")) }
        })
        .await;
    }

    /// Everything that was written is on every replica.
    async fn ends(mut self) {
        self.over.store(true, Ordering::Relaxed);
        let mut lists = Lists::new();
        while let Some(written) = self.writers.join_next().await {
            lists.extend(written.expect("no request failed"));
        }
        awaits(HEALED, "every replica has every item of every list", async || {
            for (id, items) in &lists {
                for cart in CARTS {
                    let request = self.shop.operator().request(Method::GET, cart, &format!("/objects/list/{id}"));
                    let has = shown(&Answer::to(request).await.json());
                    if has != *items {
                        return Err(format!("{cart} has {} of {} items of {id}", has.len(), items.len()));
                    }
                }
            }
            Ok(())
        })
        .await;
    }
}

/// The most items on one list, after which a writer begins another one.
const FULL: usize = 100;

async fn writes(shop: Arc<Cluster>, answered: Arc<AtomicUsize>, over: Arc<AtomicBool>) -> Lists {
    let frontends: Vec<String> = shop.names(Tier::Frontend).into_iter().map(str::to_owned).collect();
    let mut lists = Lists::new();
    while !over.load(Ordering::Relaxed) {
        let id = new_list(&shop, &frontends[0]).await;
        let path = format!("/api/v1/lists/{id}");
        let written = lists.entry(id).or_default();
        for (turn, at) in frontends.iter().cycle().take(FULL).enumerate() {
            if over.load(Ordering::Relaxed) {
                break;
            }
            let item = format!("book-{turn}");
            let put = json!({"object": {"type": "counters", "items": {&item: {"count": 1}}}});
            Answer::to(shop.request(Method::PUT, at, &path).json(&put)).await.has_status(200);
            written.insert(item);
            assert_eq!(shown(&shop.get(at, &path).await.has_status(200).json()), *written, "at {at}");
            answered.fetch_add(1, Ordering::Relaxed);
        }
    }
    lists
}

/// Waits until this replica was told by ZooKeeper that exactly these are there, or knows that its list may be old.
async fn hears(shop: &Cluster, at: &str, fresh: bool, present: &[&str]) {
    awaits(HEARD, &format!("{at} hears of {present:?}, fresh: {fresh}"), async || {
        let detail = shop.get(at, "/readyz").await.json()["detail"].clone();
        let wanted = detail["present"] == json!(present) && detail["present_fresh"] == json!(fresh);
        if wanted && detail["present_by"] == "zoo_keeper" { Ok(()) } else { Err(detail.to_string()) }
    })
    .await;
}

async fn all_hear(shop: &Cluster, fresh: bool) {
    for cart in CARTS {
        hears(shop, cart, fresh, &CARTS).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_about_lists_fails_while_zookeeper_dies_hangs_and_believes_that_a_replica_is_gone() {
    let Some(mut zookeeper) = ZooKeeper::start().await else { return };
    let builder = Cluster::builder().catalogs(1).orders(1).carts(3).frontends(2).zookeeper(zookeeper.address());
    let shop = Arc::new(builder.start().await);
    all_hear(&shop, true).await;
    let mut load = Load::begins(&shop);
    load.goes_on().await;

    zookeeper.kill();
    all_hear(&shop, false).await;
    load.goes_on().await;
    zookeeper.restart().await;
    all_hear(&shop, true).await;
    load.goes_on().await;

    zookeeper.pause();
    // The time itself is what has to pass, in both stories: a session ends by silence alone.
    tokio::time::sleep(BEYOND_A_SESSION).await;
    all_hear(&shop, false).await;
    load.goes_on().await;
    zookeeper.resume();
    all_hear(&shop, true).await;
    load.goes_on().await;

    shop.pause("cartB");
    hears(&shop, "cartA", true, &["cartA", "cartC"]).await;
    load.goes_on().await;
    shop.resume("cartB");
    all_hear(&shop, true).await;
    load.goes_on().await;
    load.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_opens_and_keeps_lists_where_the_zookeeper_of_its_env_cfg_never_answers() {
    let nobody = tests::Ports::take();
    let address = format!("127.0.0.1:{}", nobody.port(0));
    let builder = Cluster::builder().catalogs(1).orders(1).carts(3).zookeeper(address);
    let shop = Arc::new(builder.start().await);
    let mut load = Load::begins(&shop);
    load.goes_on().await;
    load.ends().await;
}

//! Nonsense for every address of every tier, from strangers and from somebody who knows the secrets.
//!
//! Whatever comes: an answer comes back, never a 500, refusals look as the address has them, the process lives, and
//! afterwards books and orders are those that were really sold. `FUZZ_SEED` plays a run again, `FUZZ_ROUNDS` makes it
//! longer.

use cluster::Tier;
use futures::stream::{self, StreamExt as _};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::time::Duration;
use tests::endpoints::{ENDPOINTS, Endpoint, Style};
use tests::noise::{Credentials, Noise, Source};
use tests::{Answer, Bought, Cluster, OrderRow, raw, seed};

/// Requests for each address and replica.
const ROUNDS: usize = 120;
/// Requests under way at once.
const AT_ONCE: usize = 16;
/// Books that requests do not name by chance.
const STOCK: [(u32, u64); 3] = [(50_101, 1_000), (50_102, 7), (50_103, 1)];

fn setting<T: std::str::FromStr>(name: &str, usual: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Where an answer is expected, and in what form.
struct Sent {
    replica: String,
    endpoint: &'static Endpoint,
    noise: Noise,
}

impl Display for Sent {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = &self.noise.bytes;
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(1500)]);
        write!(to, "{} at {}:\n{shown}\n", self.replica, self.endpoint.address())
    }
}

impl Sent {
    /// What is wrong with this outcome, if anything is.
    fn judge(&self, outcome: Result<Answer, String>) -> Result<Answer, String> {
        let answer = outcome.map_err(|why| format!("{why}\nto {self}"))?;
        let wrong = |what: &str| Err(format!("{what}: {answer}\nto {self}"));
        match answer.status {
            200..=499 | 503 => (),
            _ => return wrong("a failure of ours"),
        }
        if !self.noise.is_http {
            return Ok(answer);
        }
        if answer.header("x-request-id").is_empty() && answer.status != 400 {
            return wrong("an answer without the id of its request");
        }
        if answer.status < 400 || self.noise.method == "HEAD" {
            return Ok(answer);
        }
        let fits = |style: Style| match style {
            Style::Page => is_page(&answer),
            Style::Classic => is_classic(&answer),
            Style::Problem => is_problem(&answer),
        };
        let may_be_page = self.noise.wants_page && self.endpoint.tiers.contains(&Tier::Frontend);
        let fits = if self.noise.is_routed {
            fits(self.endpoint.style) || (may_be_page && is_page(&answer))
        } else {
            [Style::Page, Style::Classic, Style::Problem].into_iter().any(fits)
        };
        if fits { Ok(answer) } else { wrong("a refusal in another style") }
    }
}

fn is_page(answer: &Answer) -> bool {
    answer.header("content-type").starts_with("text/html") && answer.text.contains("</html>")
}

fn is_classic(answer: &Answer) -> bool {
    let body: Result<wire::classic::Failure, _> = serde_json::from_str(&answer.text);
    body.is_ok_and(|body| {
        let right = wire::classic::Failure::new(answer.status, body.message.clone());
        body == right && !body.message.is_empty()
    })
}

fn is_problem(answer: &Answer) -> bool {
    let body: Result<wire::Problem, _> = serde_json::from_str(&answer.text);
    answer.header("content-type") == "application/problem+json" && body.is_ok_and(|body| body.status == answer.status)
}

/// Everything that is sent to the shop: `rounds` requests for each address and replica.
fn everything(shop: &Cluster, source: &mut Source, rounds: usize) -> Vec<Sent> {
    let mut all = Vec::new();
    // What goes on and on would be waited for.
    for endpoint in ENDPOINTS.iter().filter(|endpoint| !endpoint.goes_on()) {
        for tier in endpoint.tiers {
            for replica in shop.names(*tier) {
                all.extend((0..rounds).map(|_| Sent {
                    replica: replica.to_owned(),
                    endpoint,
                    noise: source.request(endpoint),
                }));
            }
        }
    }
    all
}

/// Sends it all; the answers by status, and what is wrong with any of them.
async fn send(shop: &Cluster, all: Vec<Sent>) -> (BTreeMap<u16, usize>, Vec<String>) {
    let outcomes = stream::iter(all).map(|sent| async move {
        let member = shop.roster().member(&sent.replica).expect("a replica of this shop");
        let then = if sent.noise.is_http { raw::Then::Waits } else { raw::Then::Ends };
        let outcome = raw::exchange(member.address(), &sent.noise.bytes, then).await;
        // Bytes that are no HTTP may be a request that has not ended yet, or one that is dropped.
        if !sent.noise.is_http && outcome.is_err() { Ok(None) } else { sent.judge(outcome).map(Some) }
    });
    let outcomes: Vec<_> = outcomes.buffer_unordered(AT_ONCE).collect().await;
    let (mut statuses, mut wrong) = (BTreeMap::new(), Vec::new());
    for outcome in outcomes {
        match outcome {
            Ok(answer) => *statuses.entry(answer.map_or(0, |answer| answer.status)).or_default() += 1,
            Err(why) => wrong.push(why),
        }
    }
    (statuses, wrong)
}

/// The units left of the books that are in stock, as a catalog has them.
async fn left(shop: &Cluster, catalog: &str) -> BTreeMap<u32, u64> {
    let shelf = shop.shelf(catalog).await.expect("the catalog answers");
    shelf
        .iter()
        .filter(|item| STOCK.iter().any(|(id, _)| *id == item.id.0))
        .map(|item| (item.id.0, item.count))
        .collect()
}

/// The orders of the books that are in stock, as an order replica lists them.
async fn ordered(shop: &Cluster, order: &str) -> BTreeSet<OrderRow> {
    let rows = shop.orders(order).await.expect("the order replica answers");
    rows.into_iter().filter(|row| STOCK.iter().any(|(id, _)| *id == row.item)).collect()
}

/// The shop goes on, everywhere, and has sold what its customers were told and nothing else.
async fn is_unharmed(shop: &Cluster, bought: &mut Vec<Bought>) {
    for member in shop.roster().members() {
        shop.get(member.name.as_str(), "/readyz").await.has_status(200);
    }
    for desk in shop.names(Tier::Order) {
        let key = uuid::Uuid::new_v4().to_string();
        bought.push(shop.operator().buys(desk, STOCK[0].0, 1, &key).await.expect("the desk sells"));
    }
    bought.push(shop.customer().buys(STOCK[0].0, 1).await.expect("the shop sells"));
    let page = shop.customer().presses_buy(STOCK[0].0).await;
    assert_eq!(page.status, 303, "the page sells: {page}");
    shop.agrees_within(Duration::from_secs(10)).await;
    let told: BTreeSet<OrderRow> = bought.iter().map(Bought::row).collect();
    for desk in shop.names(Tier::Order) {
        let rows = ordered(shop, desk).await;
        let others: Vec<_> = rows.difference(&told).collect();
        assert!(told.is_subset(&rows), "{desk} lost orders");
        // The page tells no number.
        assert!(others.iter().all(|row| (row.item, row.quantity) == (STOCK[0].0, 1)), "{desk} made orders: {others:?}");
        for (item, stocked) in STOCK {
            let sold: u64 = rows.iter().filter(|row| row.item == item).map(|row| row.quantity).sum();
            for catalog in shop.names(Tier::Catalog) {
                assert_eq!(
                    left(shop, catalog).await[&item] + sold,
                    stocked,
                    "item {item} at {catalog}, orders of {desk}"
                );
            }
        }
    }
    for (tier, name) in [("catalog", "catalogA"), ("catalog", "catalogB"), ("order", "orderA"), ("order", "orderB")] {
        let checked = shop.command(tier, &["check", "--name", name]).await;
        assert!(checked.status.success(), "{name} check: {checked:?}");
    }
}

async fn survives(shop: &Cluster, source: &mut Source, rounds: usize, seed: u64) {
    let processes: Vec<u32> = shop.roster().members().iter().map(|one| shop.pid(one.name.as_str())).collect();
    let all = everything(shop, source, rounds);
    let count = all.len();
    let (statuses, wrong) = send(shop, all).await;
    println!("{count} requests, answers by status (0: none was owed): {statuses:?}");
    let shown = wrong.iter().take(5).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "FUZZ_SEED={seed}: {} of {count} went wrong; the first:\n{shown}", wrong.len());
    let after: Vec<u32> = shop.roster().members().iter().map(|one| shop.pid(one.name.as_str())).collect();
    assert_eq!(processes, after, "every process lives");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_of_strangers_is_refused_in_the_style_of_its_address_and_changes_nothing() {
    let seed = setting("FUZZ_SEED", 677);
    println!("FUZZ_SEED={seed}");
    let shop = Cluster::builder().carts(1).stock(seed::books(STOCK)).start().await;
    let mut bought = shop.order_desks_meet(STOCK[0].0).await;
    survives(&shop, &mut Source::new(seed, None), setting("FUZZ_ROUNDS", ROUNDS), seed).await;
    is_unharmed(&shop, &mut bought).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_of_somebody_with_the_secrets_breaks_nothing_and_replicas_still_agree() {
    let seed = setting("FUZZ_SEED", 677);
    println!("FUZZ_SEED={seed}");
    let shop = Cluster::builder().carts(1).stock(seed::books(STOCK)).start().await;
    let mut bought = shop.order_desks_meet(STOCK[0].0).await;
    let secrets = shop.secrets();
    let known = Credentials { cluster: secrets.cluster.to_string(), token: secrets.token.expose().to_owned() };
    survives(&shop, &mut Source::new(seed, Some(known)), setting("FUZZ_ROUNDS", ROUNDS), seed).await;
    is_unharmed(&shop, &mut bought).await;
}

//! Both sides of a partition write lists: each frontend reaches the cart replicas of its side alone, over links that are
//! really cut.

use chaos::fault::{Link, Replica, Trouble};
use chaos::proxy::Proxies;
use cluster::Tier;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::time::Duration;
use tests::{Answer, Cluster, Ports, awaits, new_list, shown};

/// How long replicas may take to be equal again after anything.
const HEALED: Duration = Duration::from_secs(10);

const EVERYBODY: [Replica; 5] = [Replica::CartA, Replica::CartB, Replica::CartC, Replica::Frontend, Replica::FrontendB];

/// A shop with three cart replicas and two frontends, where each finds the carts behind links that can be cut.
struct Parted {
    shop: Cluster,
    links: Proxies,
    // Below the links, which listen on them.
    _ports: Ports,
}

fn links() -> Vec<Link> {
    let pairs = EVERYBODY.into_iter().flat_map(|from| Replica::CARTS.map(|to| (from, to)));
    pairs.filter(|(from, to)| from != to).map(|(from, to)| Link::between(from, to)).collect()
}

/// The links between these and everybody else.
fn around(side: &[Replica]) -> Vec<Link> {
    let here = |replica: Replica| side.contains(&replica);
    let crossing = links().into_iter().filter(|link| match link.from {
        chaos::fault::Caller::Replica(from) => here(from) != here(link.to),
        _ => false,
    });
    crossing.collect()
}

impl Parted {
    async fn opens() -> Self {
        let shop = Cluster::builder().catalogs(1).orders(1).carts(3).frontends(2).furnished().await;
        let ports = Ports::take();
        let port = |name: &str| shop.roster().members().iter().find(|member| member.name.as_str() == name);
        let port = |name: &str| port(name).expect("a member").port;
        let route = |(at, link): (usize, Link)| (link, ports.port(at), ([127, 0, 0, 1], port(link.to.as_str())).into());
        let routes: Vec<_> = links().into_iter().enumerate().map(route).collect();
        let proxies = Proxies::open(&routes).await.expect("the links can be listened for");
        for me in EVERYBODY {
            let mut seen = String::from("# The carts are behind links.\n");
            for member in shop.roster().members() {
                let behind =
                    Replica::CARTS.into_iter().find(|cart| cart.as_str() == member.name.as_str() && *cart != me);
                let at = behind.and_then(|cart| proxies.port(Link::between(me, cart))).unwrap_or(member.port);
                writeln!(seen, "{name}_ip=127.0.0.1\n{name}_port={at}", name = member.name).expect("a text");
            }
            let file = shop.paths().root().join(format!("{me}.cfg"));
            fs::write(&file, seen).expect("env.cfg can be written");
            shop.launch_with(me.as_str(), &["--env", &file.to_string_lossy()]);
        }
        shop.opens().await;
        Self { shop, links: proxies, _ports: ports }
    }

    async fn list(&self, at: &str, id: &str) -> Value {
        self.shop.get(at, &format!("/api/v1/lists/{id}")).await.has_status(200).json()
    }

    /// Writes, and says on how many replicas it is.
    async fn puts(&self, at: &str, id: &str, items: &[&str], over: Option<&Value>) -> u64 {
        let lines: serde_json::Map<_, _> = items.iter().map(|item| ((*item).to_owned(), json!({"count": 1}))).collect();
        let mut body = json!({"object": {"type": "counters", "items": lines}});
        if let Some(seen) = over {
            body["context"] = seen["context"].clone();
        }
        let request = self.shop.request(Method::PUT, at, &format!("/api/v1/lists/{id}")).json(&body);
        Answer::to(request).await.has_status(200).json()["acks"].as_u64().expect("acks")
    }

    /// Waits until both frontends and all replicas show exactly this.
    async fn all_show(&self, id: &str, wanted: &[&str]) {
        let wanted: BTreeSet<String> = wanted.iter().map(|&item| item.to_owned()).collect();
        awaits(HEALED, "everybody shows the same list", async || {
            let mut seen = Vec::new();
            for frontend in self.shop.names(Tier::Frontend) {
                let mut list = self.list(frontend, id).await;
                // What a frontend hands out is signed.
                let signed = list["context"].as_str().unwrap_or_default();
                list["context"] = json!(signed.rsplit_once('.').expect("a signature").0);
                seen.push(list);
            }
            for cart in self.shop.names(Tier::Cart) {
                let request = self.shop.operator().request(Method::GET, cart, &format!("/objects/list/{id}"));
                seen.push(Answer::to(request).await.has_status(200).json());
            }
            let equal = seen.windows(2).all(|pair| pair[0] == pair[1]);
            if equal && seen.iter().all(|list| shown(list) == wanted) { Ok(()) } else { Err(format!("{seen:?}")) }
        })
        .await;
    }
}

/// Parts the shop into one frontend with one replica, and everybody else; both write, and all is there after it.
async fn both_sides_write(trouble: Trouble) {
    let parted = Parted::opens().await;
    let id = new_list(&parted.shop, "frontend").await;
    parted.puts("frontend", &id, &["momo", "emma"], None).await;
    parted.all_show(&id, &["emma", "momo"]).await;
    for (round, cart) in Replica::CARTS.into_iter().enumerate() {
        let before = parted.list("frontend", &id).await;
        let had: Vec<String> = shown(&before).into_iter().collect();
        parted.links.trouble(&around(&[Replica::Frontend, cart]), Some(trouble));
        let (here, there) = (format!("here-{round}"), format!("there-{round}"));
        // One copy is a yes, and says that it is one.
        assert_eq!(parted.puts("frontend", &id, &[&here], None).await, 1);
        assert_eq!(parted.puts("frontendB", &id, &[&there], None).await, 2);
        // What had been seen before is taken off on one side, and put on again on the other.
        let (off, kept) = had.split_first().expect("there is something");
        let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
        assert_eq!(parted.puts("frontend", &id, &kept, Some(&before)).await, 1);
        let (lists, other) = (parted.list("frontend", &id).await, parted.list("frontendB", &id).await);
        assert!(!shown(&lists).contains(off) && shown(&lists).contains(&here) && !shown(&lists).contains(&there));
        assert!(shown(&other).contains(off) && shown(&other).contains(&there) && !shown(&other).contains(&here));
        parted.links.mend();
        let all: Vec<&str> = kept.into_iter().chain([here.as_str(), there.as_str()]).collect();
        parted.all_show(&id, &all).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frontend_cut_off_with_one_replica_and_the_other_with_two_both_write_and_nothing_is_missing_after_it() {
    both_sides_write(Trouble::Cut).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_write_where_the_other_one_is_silent_instead_of_refusing() {
    both_sides_write(Trouble::Blackhole).await;
}

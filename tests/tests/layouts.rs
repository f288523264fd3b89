//! Another layout of the cart tier, while the shop is open.

use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tests::{Answer, Cluster, awaits, new_list, shown};
use wire::cart::{COPIES, Key, Layouts, Places, Stands};

/// How long replicas may take to be where they should be.
const SETTLED: Duration = Duration::from_secs(20);

async fn shop() -> Cluster {
    Cluster::builder().catalogs(1).orders(1).carts(3).start().await
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

async fn add(shop: &Cluster, list: &str, item: &str) {
    let body = json!({"object": {"type": "counters", "items": {item: {"count": 1}}}});
    let request = shop.request(Method::PUT, "frontend", &format!("/api/v1/lists/{list}"));
    Answer::to(request.json(&body)).await.has_status(200);
}

async fn items(shop: &Cluster, list: &str) -> BTreeSet<String> {
    shown(&shop.get("frontend", &format!("/api/v1/lists/{list}")).await.has_status(200).json())
}

/// What a replica itself says of a key.
async fn has(shop: &Cluster, name: &str, key: &Key) -> bool {
    let request = shop.operator().request(Method::GET, name, &format!("/objects/{key}"));
    !Answer::to(request).await.has_status(200).json()["object"].is_null()
}

async fn layouts(shop: &Cluster, name: &str) -> Layouts {
    let answer = Answer::to(shop.operator().request(Method::GET, name, "/layout")).await.has_status(200).json();
    serde_json::from_value::<Stands>(answer).expect("where it stands").layouts
}

/// A fourth replica, known to all.
async fn gains_a_fourth(shop: &mut Cluster) {
    shop.env_cfg_gains(&["cartD"]);
    for name in ["cartA", "cartB", "cartC", "frontend"] {
        shop.stop(name).await;
        shop.restart(name).await;
    }
    shop.restart("cartD").await;
}

/// Waits until every list lies exactly where the layout says.
async fn all_lie_right(shop: &Cluster, lists: &[String]) {
    let places = Places::under(&layouts(shop, "cartA").await).expect("places");
    awaits(SETTLED, "every list lies where it should", async || {
        for list in lists {
            let key = Key::of("list", list).expect("a key");
            for name in ["cartA", "cartB", "cartC", "cartD"] {
                let (is, should) = (has(shop, name, &key).await, places.holds(Places::bucket_of(&key), name));
                if is != should {
                    return Err(format!("{key} at {name}: {is}, and should be {should}"));
                }
            }
        }
        Ok(())
    })
    .await;
}

/// The figure before this word in a text.
fn percent(text: &str, sentence: &str) -> f64 {
    let line = text.lines().find(|line| line.contains(sentence)).unwrap_or_else(|| panic!("{sentence}: {text}"));
    let figure = line.split(" %").next().and_then(|before| before.rsplit(' ').next());
    figure.and_then(|figure| figure.parse().ok()).unwrap_or_else(|| panic!("{line}"))
}

#[tokio::test]
async fn a_fourth_replica_takes_the_share_that_placement_says_while_lists_are_read_and_written() {
    let mut shop = shop().await;
    let mut lists = Vec::new();
    for _ in 0..200 {
        lists.push(new_list(&shop, "frontend").await);
    }
    gains_a_fourth(&mut shop).await;
    let plan = shop.command("cart", &["map", "--add", "cartD"]).await;
    assert!(plan.status.success() && text(&plan).contains("would move"), "{plan:?}");

    let over = AtomicBool::new(false);
    let change = async {
        let changed = shop.command("cart", &["layout", "--add", "cartD"]).await;
        over.store(true, Ordering::Release);
        changed
    };
    let writes = async {
        let mut number = 0;
        while !over.load(Ordering::Acquire) {
            let list = &lists[number % lists.len()];
            add(&shop, list, &format!("book-{number}")).await;
            assert!(items(&shop, list).await.contains(&format!("book-{number}")), "book-{number}");
            number += 1;
        }
        number
    };
    let (changed, written) = tokio::join!(change, writes);
    let said = text(&changed);
    assert!(changed.status.success() && written > 10, "{written} written: {said}");
    let (planned, actual) = (percent(&said, "will move"), percent(&said, "were moved"));
    println!("planned {planned} %, actual {actual} % of 200 lists, {written} written meanwhile");
    // The share of objects scatters around that of buckets: by 1 % for so many lists.
    assert!((planned - actual).abs() < 6.0 && (15.0..45.0).contains(&planned), "{said}");

    all_lie_right(&shop, &lists).await;
    shop.kill("cartA").await;
    for number in 0..written {
        let list = &lists[number % lists.len()];
        assert!(items(&shop, list).await.contains(&format!("book-{number}")), "book-{number} is missing");
    }
}

#[tokio::test]
async fn a_change_waits_for_a_replica_that_died_and_nothing_else_does() {
    let mut shop = shop().await;
    let list = new_list(&shop, "frontend").await;
    gains_a_fourth(&mut shop).await;
    shop.kill("cartD").await;
    let change = async { shop.command("cart", &["layout", "--add", "cartD", "--by", "ring"]).await };
    let meanwhile = async {
        awaits(SETTLED, "everyone knows of the change", async || {
            let known = [layouts(&shop, "cartA").await, layouts(&shop, "cartC").await];
            if known.iter().all(|known| known.next().is_some()) { Ok(()) } else { Err(format!("{known:?}")) }
        })
        .await;
        for number in 0..20 {
            add(&shop, &list, &format!("book-{number}")).await;
        }
        assert_eq!(items(&shop, &list).await.len(), 20);
        assert!(layouts(&shop, "cartB").await.lacking().any(|name| name == "cartD"));
        shop.restart("cartD").await;
    };
    let (changed, ()) = tokio::join!(change, meanwhile);
    assert!(changed.status.success(), "{changed:?}");
    all_lie_right(&shop, std::slice::from_ref(&list)).await;
    assert_eq!(items(&shop, &list).await.len(), 20);
}

#[tokio::test]
async fn a_replica_that_is_taken_away_leaves_everything_to_the_others() {
    let mut shop = shop().await;
    let mut lists = Vec::new();
    for number in 0..20 {
        let list = new_list(&shop, "frontend").await;
        add(&shop, &list, &format!("book-{number}")).await;
        lists.push(list);
    }
    gains_a_fourth(&mut shop).await;
    let changed = shop.command("cart", &["layout", "--add", "cartD", "--remove", "cartB"]).await;
    assert!(changed.status.success(), "{changed:?}");
    all_lie_right(&shop, &lists).await;
    shop.kill("cartB").await;
    shop.wipe("cartB");
    for (number, list) in lists.iter().enumerate() {
        assert_eq!(items(&shop, list).await, BTreeSet::from([format!("book-{number}")]));
    }
    let known = layouts(&shop, "cartA").await;
    assert_eq!(known.now().holders.len(), COPIES);
}

#[tokio::test]
async fn a_replica_that_lost_its_disk_says_that_it_lacks_something_until_it_has_heard_all_others() {
    let shop = shop().await;
    let list = new_list(&shop, "frontend").await;
    let whole = async |name: &str| shop.get(name, "/readyz").await.json()["detail"]["whole"].clone();
    shop.kill("cartC").await;
    shop.wipe("cartC");
    add(&shop, &list, "momo").await;
    shop.pause("cartB");
    shop.restart("cartC").await;
    assert_eq!((whole("cartA").await, whole("cartC").await), (json!(true), json!(false)));
    assert!(items(&shop, &list).await.contains("momo"));
    shop.resume("cartB");
    shop.carts_count_within(SETTLED).await;
    assert!(has(&shop, "cartC", &Key::of("list", &list).expect("a key")).await);
}

#[tokio::test]
async fn an_operator_is_shown_who_holds_an_object_and_is_told_what_is_wrong_with_a_layout() {
    let shop = shop().await;
    let list = new_list(&shop, "frontend").await;
    // The writer was told when a quorum had it; the third has it a moment later.
    awaits(SETTLED, "all three have it", async || {
        let shown = text(&shop.command("cart", &["where", &format!("list/{list}")]).await);
        assert!(shown.contains("Layout 1, by crush"), "{shown}");
        if shown.matches("has state").count() == 3 { Ok(()) } else { Err(shown) }
    })
    .await;
    let shown = text(&shop.command("cart", &["map"]).await);
    assert!(shown.contains("cartC") && shown.contains("1024"), "{shown}");
    let wrong: [(&[&str], &str); 5] = [
        (&["--add", "cartD"], "--add: cartD"),
        (&["--remove", "cartX"], "--remove: cartX"),
        (&["--weight", "cartA=-1"], "--weight"),
        (&["--remove", "cartA", "--remove", "cartB", "--remove", "cartC"], "members"),
        (&["--by", "crush"], "already"),
    ];
    for (options, named) in wrong {
        let refused = shop.command("cart", &[&["layout"], options].concat()).await;
        assert!(refused.status.code() == Some(2) && text(&refused).contains(named), "{options:?}: {refused:?}");
    }
    let bad: [(Value, &str); 4] = [
        (json!({"holders": {}}), "members"),
        (json!({"holders": {"cartA": {"host": "h", "weight": -1}}}), "weight"),
        (json!({"holders": {"cartA": {"host": "h", "weight": 1}}, "by": {"map": {"map": "{", "rule": "data"}}}), "map"),
        (json!({"holder": {}}), "holder"),
    ];
    for (body, named) in bad {
        let request = shop.operator().request(Method::PUT, "cartA", "/layout").json(&body);
        let answer = Answer::to(request).await;
        assert!(answer.status == 422 && answer.text.contains(named), "{body}: {answer}");
    }
    assert!(layouts(&shop, "cartB").await.next().is_none());
}

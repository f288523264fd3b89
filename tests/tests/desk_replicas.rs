//! Replicas at the operator's desk, with real processes: who holds what, who is on the way, and taking them away.

use reqwest::Method;
use reqwest::header::ACCEPT;
use std::collections::BTreeMap;
use std::time::Duration;
use tests::desk::{at_desk, sends_from};
use tests::{Answer, Cluster, Customer, awaits, hidden, new_list, seed};

const KNOWN: Duration = Duration::from_secs(20);

fn stock() -> BTreeMap<u32, u64> {
    (1..=4).map(|item| (item, 10)).collect()
}

/// Types the name of a replica into the form of a page about it.
async fn confirms(browser: &Customer, page: &str, act: &str, name: &str) -> Answer {
    sends_from(browser, page, page, &[("do", act), ("confirm", name)]).await
}

/// The page, when it says this.
async fn shows(browser: &Customer, path: &str, words: &str) -> Answer {
    awaits(KNOWN, words, async || {
        let page = browser.opens(path).await;
        if page.status == 200 && page.text.contains(words) { Ok(page) } else { Err(page.to_string()) }
    })
    .await
}

async fn list_of_stranded(shop: &Cluster) -> String {
    let output = shop.command("catalog", &["retire", "--list"]).await;
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn everyone_is_shown_with_what_they_hold_and_leads_to_a_page_of_their_own() {
    let shop = Cluster::builder().carts(1).start().await;
    let ann = at_desk(&shop, "Ann").await;
    shows(&ann, "/desk/replicas", "layout 1").await;
    let page = shows(&ann, "/desk/replicas", "may sell").await.text;
    for name in ["catalogA", "catalogB", "orderA", "orderB", "cartA"] {
        assert!(page.contains(&format!("<a href=\"/desk/replicas/{name}\">{name}</a>")), "{name}: {page}");
        let one = ann.opens(&format!("/desk/replicas/{name}")).await;
        assert!(one.has_status(200).text.contains("It answers, and is of this cluster"), "{one}");
    }
    for words in ["in step with its peers", "0 orders", "/desk/replicas/catalogC", "/desk/replicas/cartB"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(ann.opens("/desk").await.text.contains("href=\"/desk/replicas/orderB\""), "the picture leads there");
    for none in
        ["/desk/replicas/frontend", "/desk/replicas/x", "/desk/replicas/orderZ/leave", "/desk/replicas/orderA/join"]
    {
        assert_eq!(ann.opens(none).await.status, 404, "{none}");
    }
}

#[tokio::test]
async fn a_lost_catalog_is_retired_when_its_name_was_typed_and_all_it_had_is_sold() {
    let shop = Cluster::builder().stock(seed::books(stock())).start().await;
    let (ann, bob) = (at_desk(&shop, "Ann").await, at_desk(&shop, "Bob").await);
    let leave = "/desk/replicas/catalogB/leave";
    let alive = ann.opens(leave).await;
    assert!(alive.has_status(200).text.contains("stop it first"), "{alive}");
    assert!(!alive.text.contains("name=\"confirm\""), "what the plan forbids, the desk does: {alive}");
    assert!(alive.text.contains("./runme.sh down catalogB"), "{alive}");
    assert_eq!(confirms(&ann, leave, "retire", "catalogB").await.status, 409);
    shop.agrees_within(KNOWN).await;
    shop.kill("catalogB").await;
    shop.wipe("catalogB");

    let plan = shows(&ann, leave, "name=\"confirm\"").await.text;
    for words in ["catalogA would take over", "would end at entry", "may be sold a second time", "One catalog is left"]
    {
        assert!(plan.contains(words), "{words}: {plan}");
    }
    let stolen = hidden(&bob.opens(leave).await.text, "token").expect("a token");
    let form = [("token", stolen.as_str()), ("do", "retire"), ("confirm", "catalogB")];
    let forged = ann.send(ann.request(Method::POST, leave).header(ACCEPT, "text/html").form(&form)).await;
    assert_eq!(forged.status, 403, "another session's form: {forged}");
    let stranger = shop.customer();
    assert_eq!(stranger.opens(leave).await.header("location"), "/desk/sign-in");
    let mistyped = confirms(&ann, leave, "retire", "catalogA").await;
    assert!(mistyped.has_status(422).text.contains("type catalogB"), "{mistyped}");
    assert_eq!(confirms(&ann, leave, "give-up", "catalogB").await.status, 409, "something else than the page said");
    assert!(list_of_stranded(&shop).await.contains("not retired"), "nothing was done");
    assert!(shows(&ann, "/desk/replicas", "not retired").await.text.contains("Copies that nobody sells"));

    let done = confirms(&ann, leave, "retire", "catalogB").await;
    assert!(done.has_status(200).text.contains("Done: catalogA took over"), "{done}");
    assert!(done.text.contains("What is left to do") && !done.text.contains("name=\"confirm\""), "{done}");
    let again = shows(&ann, leave, "without an owner").await;
    assert!(!again.text.contains("name=\"confirm\""), "{again}");
    let record = shows(&ann, "/desk/changes", "Retired").await.text;
    assert!(record.contains("Ann") && record.contains("catalogB"), "{record}");
    for (item, units) in stock() {
        shop.customer().buys(item, units).await.expect("everything is sold");
    }
    assert_eq!(shop.sold().await, stock());
}

#[tokio::test]
async fn a_retirement_is_refused_at_the_desk_while_somebody_is_missing_who_may_know_more() {
    let shop = Cluster::builder().stock(seed::books(stock())).start().await;
    let ann = at_desk(&shop, "Ann").await;
    shop.kill("catalogB").await;
    shop.stop("orderB").await;
    let leave = "/desk/replicas/catalogB/leave";
    let refused = shows(&ann, leave, "may know last sales that nobody else does").await;
    assert!(refused.text.contains("./runme.sh up") && !refused.text.contains("name=\"confirm\""), "{refused}");
    assert_eq!(confirms(&ann, leave, "retire", "catalogB").await.status, 409);
    shop.restart("orderB").await;
    shows(&ann, leave, "name=\"confirm\"").await;
    shop.kill("catalogA").await;
    let away = shows(&ann, leave, "takes over what others leave, and does not answer").await;
    assert!(!away.text.contains("name=\"confirm\""), "{away}");
    assert!(shows(&ann, "/desk/replicas", "No catalog tells").await.text.contains("Down"));
}

#[tokio::test]
async fn a_catalog_and_an_order_replica_are_followed_on_their_way_into_the_shop() {
    let mut shop = Cluster::builder().catalogs(1).orders(1).start().await;
    let ann = at_desk(&shop, "Ann").await;
    let page = ann.opens("/desk/replicas/catalogB").await;
    for words in ["catalogB_ip=127.0.0.1", "catalogB_port=", "catalog join --name catalogB", "./runme.sh reload"] {
        assert!(page.has_status(200).text.contains(words), "{words}: {page}");
    }
    let only = ann.opens("/desk/replicas/orderA/leave").await;
    assert!(only.has_status(200).text.contains("only order replica"), "{only}");
    shop.env_cfg_gains(&["catalogB", "orderB"]);
    let page = ann.opens("/desk/replicas/catalogB").await;
    assert!(page.text.contains("new in env.cfg") && !page.text.contains("catalogB_ip="), "{page}");
    assert!(page.text.contains("Not yet"), "{page}");
    for (tier, name) in [("catalog", "catalogB"), ("order", "orderB")] {
        let joined = shop.command(tier, &["join", "--name", name]).await;
        assert!(joined.status.success(), "{joined:?}");
    }
    shop.restart("catalogB").await;
    shows(&ann, "/desk/replicas/catalogB", "read an older env.cfg").await;
    for name in ["catalogA", "orderA", "orderB", "frontend"] {
        if name != "orderB" {
            shop.stop(name).await;
        }
        shop.restart(name).await;
    }
    shows(&ann, "/desk/replicas/catalogB", "It takes part").await;
    shows(&ann, "/desk/replicas/catalogB", "It was given its share: it may sell").await;
    shows(&ann, "/desk/replicas/orderB", "<h2>It takes part</h2>").await;
    let leave = shows(&ann, "/desk/replicas/orderB/leave", "./runme.sh down orderB").await;
    assert!(leave.text.contains("orderA has every order that orderB took"), "{leave}");
}

#[tokio::test]
async fn a_cart_replica_gets_its_part_and_another_gives_its_own_away_at_the_desk() {
    let mut shop = Cluster::builder().catalogs(1).orders(1).carts(3).start().await;
    let ann = at_desk(&shop, "Ann").await;
    let list = new_list(&shop, "frontend").await;
    shop.env_cfg_gains(&["cartD"]);
    for name in ["cartA", "cartB", "cartC", "frontend"] {
        shop.stop(name).await;
        shop.restart(name).await;
    }
    shop.restart("cartD").await;
    let page = shows(&ann, "/desk/replicas/cartD", "is not in layout").await;
    assert!(page.text.contains("/desk/replicas/cartD/join"), "{page}");
    let join = shows(&ann, "/desk/replicas/cartD/join", "name=\"confirm\"").await;
    assert!(join.text.contains("copies of parts would be moved"), "{join}");
    let added = confirms(&ann, "/desk/replicas/cartD/join", "add", "cartD").await;
    assert_eq!((added.status, added.header("location")), (303, "/desk/replicas/cartD?done=add"), "{added}");
    shows(&ann, "/desk/replicas/cartD", "It has its part of layout 2").await;
    let removed = confirms(&ann, "/desk/replicas/cartB/leave", "remove", "cartB").await;
    assert_eq!(removed.status, 303, "{removed}");
    let left = shows(&ann, "/desk/replicas/cartB/leave", "holds nothing under layout 3").await;
    assert!(left.text.contains("./runme.sh down cartB"), "{left}");
    shop.kill("cartB").await;
    shop.get("frontend", &format!("/api/v1/lists/{list}")).await.has_status(200);
    // One that does not answer can only be given up, and that is said.
    shop.kill("cartC").await;
    let away = shows(&ann, "/desk/replicas/cartC/leave", "given up by this").await;
    assert!(away.text.contains("on 2 replicas only"), "{away}");
    assert_eq!(confirms(&ann, "/desk/replicas/cartC/leave", "give-up", "cartC").await.status, 303);
    shows(&ann, "/desk/replicas/cartC/leave", "holds nothing under layout 4").await;
    let record = shows(&ann, "/desk/changes", "cartC is given up").await.text;
    assert!(record.contains("cartD gets its part") && record.contains("cartB gives its part"), "{record}");
}

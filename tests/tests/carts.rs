//! The cart tier by itself: objects on three replicas that have no leader.

use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tests::{Answer, Cluster, awaits};

/// How long replicas may take to be equal again after anything.
const HEALED: Duration = Duration::from_secs(10);

const NAMES: [&str; 3] = ["cartA", "cartB", "cartC"];

async fn shop() -> Cluster {
    Cluster::builder().catalogs(1).orders(1).carts(3).start().await
}

/// What one replica has of an object.
async fn get(shop: &Cluster, name: &str, key: &str) -> Value {
    let request = shop.operator().request(Method::GET, name, &format!("/objects/{key}"));
    Answer::to(request).await.has_status(200).json()
}

/// Puts an object at one replica.
async fn put(shop: &Cluster, name: &str, key: &str, body: &Value) -> Answer {
    Answer::to(shop.operator().request(Method::PUT, name, &format!("/objects/{key}")).json(body)).await
}

fn items(names: &[&str]) -> Value {
    let items: serde_json::Map<_, _> = names.iter().map(|name| ((*name).to_owned(), json!({"count": 1}))).collect();
    json!({"type": "counters", "items": items})
}

fn shown(object: &Value) -> BTreeSet<String> {
    let items = object["object"]["items"].as_object();
    items.map(|items| items.keys().cloned().collect()).unwrap_or_default()
}

fn names(of: &[&str]) -> BTreeSet<String> {
    of.iter().map(|&name| name.to_owned()).collect()
}

/// Waits until these replicas show exactly these items, and have seen the same.
async fn all_show(shop: &Cluster, replicas: &[&str], key: &str, wanted: &[&str]) {
    let wanted = names(wanted);
    awaits(HEALED, "the replicas are equal", async || {
        let mut seen = Vec::new();
        for name in replicas {
            seen.push(get(shop, name, key).await);
        }
        let equal = seen.windows(2).all(|pair| pair[0] == pair[1]);
        if equal && seen.iter().all(|object| shown(object) == wanted) { Ok(()) } else { Err(format!("{seen:?}")) }
    })
    .await;
}

#[tokio::test]
async fn what_is_put_on_one_replica_is_soon_on_all_and_a_put_replaces_exactly_what_it_had_seen() {
    let shop = shop().await;
    let first = put(&shop, "cartA", "list/one", &json!({"object": items(&["momo", "emma"])})).await;
    let context = first.has_status(200).json()["context"].clone();
    all_show(&shop, &NAMES, "list/one", &["emma", "momo"]).await;
    // Two who had seen the same: each replaces that, and not what the other put meanwhile.
    shop.pause("cartB");
    let late = json!({"context": context, "object": items(&["momo", "ulysses"])});
    put(&shop, "cartA", "list/one", &late).await.has_status(200);
    shop.resume("cartB");
    shop.pause("cartA");
    put(&shop, "cartB", "list/one", &json!({"context": context, "object": items(&["faust"])})).await.has_status(200);
    shop.resume("cartA");
    all_show(&shop, &NAMES, "list/one", &["faust", "momo", "ulysses"]).await;
}

#[tokio::test]
async fn a_replica_that_was_dead_or_lost_its_disk_is_filled_by_the_others_alone() {
    let shop = shop().await;
    shop.kill("cartC").await;
    for number in 0..50 {
        let name = NAMES[number % 2];
        put(&shop, name, &format!("list/{number}"), &json!({"object": items(&["momo"])})).await.has_status(200);
    }
    shop.restart("cartC").await;
    for number in 0..50 {
        all_show(&shop, &NAMES, &format!("list/{number}"), &["momo"]).await;
    }
    shop.kill("cartA").await;
    shop.wipe("cartA");
    shop.restart("cartA").await;
    for number in 0..50 {
        all_show(&shop, &NAMES, &format!("list/{number}"), &["momo"]).await;
    }
}

#[tokio::test]
async fn both_sides_of_a_cut_take_writes_and_are_equal_after_it_with_nothing_missing() {
    let shop = shop().await;
    put(&shop, "cartA", "cart/c", &json!({"object": items(&["momo"])})).await.has_status(200);
    all_show(&shop, &NAMES, "cart/c", &["momo"]).await;
    // One at a time can be reached: the others are paused.
    for (name, item) in NAMES.iter().zip(["emma", "faust", "ulysses"]) {
        let others: Vec<_> = NAMES.iter().filter(|other| *other != name).collect();
        for other in &others {
            shop.pause(other);
        }
        put(&shop, name, "cart/c", &json!({"object": items(&[item])})).await.has_status(200);
        for other in &others {
            shop.resume(other);
        }
    }
    all_show(&shop, &NAMES, "cart/c", &["emma", "faust", "momo", "ulysses"]).await;
}

#[tokio::test]
async fn a_removed_item_stays_removed_through_restarts() {
    let shop = shop().await;
    let put_first = put(&shop, "cartA", "cart/c", &json!({"object": items(&["momo", "emma"])})).await;
    let context = put_first.has_status(200).json()["context"].clone();
    all_show(&shop, &NAMES, "cart/c", &["emma", "momo"]).await;
    shop.kill("cartC").await;
    put(&shop, "cartB", "cart/c", &json!({"context": context, "object": items(&["emma"])})).await.has_status(200);
    all_show(&shop, &NAMES[..2], "cart/c", &["emma"]).await;
    // The one that comes back still has it, and nobody takes it from there.
    shop.restart("cartC").await;
    shop.crashes("cartA", Duration::ZERO).await;
    shop.crashes("cartB", Duration::ZERO).await;
    all_show(&shop, &NAMES, "cart/c", &["emma"]).await;
}

#[tokio::test]
async fn what_is_no_object_is_refused_by_name_and_changes_nothing() {
    let shop = shop().await;
    put(&shop, "cartA", "cart/c", &json!({"object": items(&["momo"])})).await.has_status(200);
    let before = get(&shop, "cartA", "cart/c").await;
    let set = json!({"type": "elements", "elements": ["x"]});
    let many = json!({"type": "counters", "items": {"momo": {"count": 2_000_000}}});
    let bad = [
        (json!({"object": set}), 422, "type"),
        (json!({"object": many}), 422, "count"),
        (json!({"object": items(&["momo"]), "context": "no context"}), 422, "context"),
        (json!({"object": items(&["momo"]), "contxet": ""}), 422, "contxet"),
        (json!({"object": items(&[&"x".repeat(300)])}), 422, "name"),
        (json!(7), 422, ""),
    ];
    for (body, status, field) in bad {
        let answer = put(&shop, "cartA", "cart/c", &body).await;
        assert!(answer.status == status && answer.text.contains(field), "{body}: {answer}");
    }
    put(&shop, "cartA", "Cart/c", &json!({"object": items(&["momo"])})).await.has_status(422);
    assert_eq!(get(&shop, "cartA", "cart/c").await, before);
}

/// What the frontend shows of a list.
async fn list(shop: &Cluster, id: &str) -> Answer {
    shop.get("frontend", &format!("/api/v1/lists/{id}")).await
}

async fn write(shop: &Cluster, id: &str, body: &Value) -> Answer {
    Answer::to(shop.request(Method::PUT, "frontend", &format!("/api/v1/lists/{id}")).json(body)).await
}

async fn new_list(shop: &Cluster) -> String {
    let made = Answer::to(shop.request(Method::POST, "frontend", "/api/v1/lists")).await;
    made.has_status(201).json()["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_list_is_read_and_written_by_its_id_and_a_blind_write_takes_nothing_away() {
    let shop = shop().await;
    let id = new_list(&shop).await;
    let first = write(&shop, &id, &json!({"object": items(&["momo"])})).await.has_status(200).json();
    assert!(first["acks"].as_u64().expect("acks") >= 2, "{first}");
    write(&shop, &id, &json!({"object": items(&["emma"])})).await.has_status(200);
    assert_eq!(shown(&list(&shop, &id).await.has_status(200).json()), names(&["emma", "momo"]));
    let over = json!({"object": items(&["faust"]), "context": first["context"]});
    write(&shop, &id, &over).await.has_status(200);
    assert_eq!(shown(&list(&shop, &id).await.json()), names(&["emma", "faust"]));
    list(&shop, "00000000-0000-4000-8000-000000000001").await.has_status(404);
    list(&shop, "not-an-id").await.has_status(422);
    let set = json!({"object": {"type": "elements", "elements": []}});
    write(&shop, &id, &set).await.has_status(422);
}

#[tokio::test]
async fn every_list_is_read_and_written_while_any_one_replica_is_dead_or_paused() {
    let shop = shop().await;
    let id = new_list(&shop).await;
    let mut written = BTreeSet::new();
    for (at, name) in NAMES.into_iter().enumerate() {
        for (dies, number) in [(true, 2 * at), (false, 2 * at + 1)] {
            if dies {
                shop.kill(name).await;
            } else {
                shop.pause(name);
            }
            let item = format!("book-{number}");
            write(&shop, &id, &json!({"object": items(&[&item])})).await.has_status(200);
            written.insert(item);
            assert_eq!(shown(&list(&shop, &id).await.has_status(200).json()), written);
            if dies {
                shop.restart(name).await;
            } else {
                shop.resume(name);
            }
        }
    }
    let wanted: Vec<&str> = written.iter().map(String::as_str).collect();
    all_show(&shop, &NAMES, &format!("list/{id}"), &wanted).await;
}

#[tokio::test]
async fn a_shop_without_carts_says_so_and_sells() {
    let shop = Cluster::start().await;
    Answer::to(shop.request(Method::POST, "frontend", "/api/v1/lists")).await.has_status(404);
    shop.customer().buys(1, 1).await.expect("it sells");
}

fn in_the_cart(cart: &Answer) -> Vec<(u64, u64)> {
    let lines = cart.has_status(200).json()["lines"].as_array().expect("lines").clone();
    let number = |line: &Value, name: &str| line[name].as_u64().expect("a number");
    lines.iter().map(|line| (number(line, "item"), number(line, "quantity"))).collect()
}

#[tokio::test]
async fn a_cart_keeps_what_is_put_into_it_while_any_one_replica_is_dead_and_shows_it_to_nobody_else() {
    let shop = shop().await;
    let (customer, other) = (shop.customer(), shop.customer());
    let add = async |item: u32, quantity: u32| {
        let body = json!({"item": item, "quantity": quantity});
        customer.send(customer.request(Method::POST, "/api/v1/cart/items").json(&body)).await
    };
    assert_eq!(in_the_cart(&customer.get("/api/v1/cart").await), []);
    let mut wanted = Vec::new();
    for (name, item) in NAMES.into_iter().zip([2, 3, 4]) {
        shop.kill(name).await;
        wanted.push((u64::from(item), 2));
        add(item, 1).await.has_status(200);
        assert_eq!(in_the_cart(&add(item, 1).await), wanted);
        shop.restart(name).await;
    }
    assert_eq!(in_the_cart(&customer.get("/api/v1/cart").await), wanted);
    assert_eq!(in_the_cart(&other.get("/api/v1/cart").await), []);

    let line = async |method: Method, item: u32, body: Value| {
        customer.send(customer.request(method, &format!("/api/v1/cart/items/{item}")).json(&body)).await
    };
    assert_eq!(in_the_cart(&line(Method::PUT, 3, json!({"quantity": 7})).await), [(2, 2), (3, 7), (4, 2)]);
    let removed = customer.send(customer.request(Method::DELETE, "/api/v1/cart/items/2")).await;
    assert_eq!(in_the_cart(&removed), [(3, 7), (4, 2)]);
    for (answer, status) in [
        (line(Method::PUT, 2, json!({"quantity": 1})).await, 404),
        (line(Method::PUT, 3, json!({"quantity": 0})).await, 422),
        (line(Method::PUT, 3, json!({"quantity": -1})).await, 422),
        (line(Method::PUT, 3, json!({})).await, 400),
        (add(9_999_999, 1).await, 404),
        (add(3, 100).await, 409),
    ] {
        answer.has_status(status);
    }
    assert_eq!(in_the_cart(&customer.get("/api/v1/cart").await), [(3, 7), (4, 2)]);
}

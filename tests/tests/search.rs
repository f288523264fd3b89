//! Searching in a real shop: what is found, how soon a change is, and what becomes of a lost or damaged index.

use cluster::Tier;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tests::{Cluster, awaits, seed};

/// How soon a change has to be found, with everything in debug builds on a machine that is busy.
const SOON: Duration = Duration::from_secs(10);

const STOCK: [(u32, &str, &str, &str, &str, u64); 5] = [
    (1, "War and Peace", "Leo Tolstoy", "novels", "12.50", 3),
    (2, "Anna Karénina", "Leo Tolstoy", "novels", "9", 1),
    (3, "Wuthering Heights", "Emily Brontë", "novels", "8", 2),
    (4, "War of the Worlds", "H. G. Wells", "science fiction", "25", 1),
    (5, "The Art of War", "Sun Tzu", "strategy", "60", 1),
];

fn stock() -> String {
    let row =
        |(id, title, authors, topic, price, units)| format!("{id},{title},{authors},1900,en,{topic},{price},{units}\n");
    format!("{}\n{}", seed::HEADER, STOCK.map(row).concat())
}

async fn asked(shop: &Cluster, catalog: &str, wanted: Value) -> Result<Value, String> {
    let request = shop.operator().as_replica(reqwest::Method::POST, catalog, "/internal/search").json(&wanted);
    let answer = tests::Answer::to(request).await;
    if answer.status == 200 { Ok(answer.json()) } else { Err(answer.to_string()) }
}

fn ids(found: &Value, list: &str) -> Vec<u64> {
    found[list].as_array().expect("a list").iter().filter_map(|book| book["id"].as_u64()).collect()
}

/// Waits until this catalog finds just these books.
async fn finds(shop: &Cluster, catalog: &str, wanted: Value, books: &[u64]) {
    awaits(SOON, &format!("{catalog} finds {books:?} for {wanted}"), async || {
        let found = ids(&asked(shop, catalog, wanted.clone()).await?, "books");
        if found == books { Ok(()) } else { Err(format!("it finds {found:?}")) }
    })
    .await;
}

fn words(q: &str) -> Value {
    json!({"q": q, "limit": 10})
}

#[tokio::test]
async fn a_customer_finds_books_misspelt_unaccented_unfinished_and_by_topic() {
    let shop = Cluster::builder().stock(stock()).start().await;
    shop.finds_all_within(SOON).await;
    let customer = shop.customer();
    for (q, wanted) in [
        ("tolstoi", vec![2, 1]),
        ("bronte", vec![3]),
        ("karenina", vec![2]),
        ("wuth", vec![3]),
        ("WAR peace", vec![1]),
        ("science fiction", vec![4]),
        ("war -peace -art", vec![4]),
    ] {
        let found = customer.get(&format!("/search?q={}", q.replace(' ', "%20"))).await;
        assert_eq!(ids(&found.has_status(200).json(), "item"), wanted, "{q}: {found}");
    }
    let counted = customer.get("/api/v1/books?q=war&sort=price").await.json();
    assert_eq!(ids(&counted, "books"), [1, 4, 5]);
    let topics = counted["facets"]["topics"].as_array().expect("a list");
    assert_eq!(topics.iter().filter_map(|topic| topic["books"].as_u64()).sum::<u64>(), 3, "{counted}");
    let page = customer.opens("/find?q=tolstoi").await;
    assert!(page.text.contains("Did you mean") && page.text.contains("War and Peace"), "{page}");
}

#[tokio::test]
async fn a_changed_price_title_and_stock_is_found_soon_at_every_catalog_whoever_made_it() {
    let shop = Cluster::builder().stock(stock()).start().await;
    let operator = shop.operator();
    let dear = json!({"q": "war", "min_price": 70, "limit": 10});
    let to_be_had = json!({"topic": "strategy", "available": true, "limit": 10});
    for catalog in shop.names(Tier::Catalog) {
        finds(&shop, catalog, dear.clone(), &[]).await;
        finds(&shop, catalog, to_be_had.clone(), &[5]).await;
    }
    operator.puts("catalogA", 4, &json!({"cost": 77})).await.has_status(201);
    shop.customer().buys(5, 1).await.expect("there is one");
    let renamed = format!("{}\n3,Stormy Hills,Emily Brontë,1900,en,novels,8,2\n", seed::HEADER);
    let file = shop.data_of("catalogA").with_file_name("renamed.csv");
    std::fs::write(&file, renamed).expect("writes");
    let imported = shop.command("catalog", &["import", &file.to_string_lossy()]).await;
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    for catalog in shop.names(Tier::Catalog) {
        finds(&shop, catalog, dear.clone(), &[4]).await;
        finds(&shop, catalog, words("stormy"), &[3]).await;
        finds(&shop, catalog, words("wuthering"), &[]).await;
        finds(&shop, catalog, to_be_had.clone(), &[]).await;
    }
    shop.customer().buys(2, 1).await.expect("there is one");
    for catalog in shop.names(Tier::Catalog) {
        finds(&shop, catalog, json!({"q": "anna", "available": true, "limit": 10}), &[]).await;
        finds(&shop, catalog, json!({"q": "anna", "available": false, "limit": 10}), &[2]).await;
    }
}

fn index_of(shop: &Cluster, catalog: &str) -> PathBuf {
    shop.data_of(catalog).join("search")
}

#[tokio::test]
async fn an_index_that_is_gone_damaged_or_of_other_data_is_built_again_and_nothing_is_lost() {
    let shop = Cluster::builder().stock(stock()).start().await;
    finds(&shop, "catalogA", words("peace"), &[1]).await;

    shop.stop("catalogA").await;
    std::fs::remove_dir_all(index_of(&shop, "catalogA")).expect("removes");
    shop.restart("catalogA").await;
    finds(&shop, "catalogA", words("peace"), &[1]).await;

    shop.stop("catalogA").await;
    let files = std::fs::read_dir(index_of(&shop, "catalogA")).expect("lists");
    for file in files.map(|entry| entry.expect("an entry").path()) {
        let mut bytes = std::fs::read(&file).expect("reads");
        let middle = bytes.len() / 2;
        if let Some(byte) = bytes.get_mut(middle) {
            *byte ^= 0x55;
        }
        std::fs::remove_file(&file).expect("removes");
        std::fs::write(&file, bytes).expect("writes");
    }
    shop.restart("catalogA").await;
    finds(&shop, "catalogA", words("peace"), &[1]).await;

    // The index of a time that this data does not know.
    shop.stop("catalogA").await;
    let kept = shop.data_of("catalogA").with_file_name("kept");
    std::fs::rename(index_of(&shop, "catalogA"), &kept).expect("moves");
    shop.wipe("catalogA");
    std::fs::create_dir_all(shop.data_of("catalogA")).expect("creates");
    std::fs::rename(&kept, index_of(&shop, "catalogA")).expect("moves");
    shop.restart("catalogA").await;
    finds(&shop, "catalogA", words("peace"), &[1]).await;
}

#[tokio::test]
async fn after_a_crash_the_index_catches_up_with_what_happened_meanwhile() {
    let shop = Cluster::builder().stock(stock()).start().await;
    finds(&shop, "catalogB", words("peace"), &[1]).await;
    shop.kill("catalogB").await;
    shop.operator().puts("catalogA", 1, &json!({"cost": 99})).await.has_status(201);
    shop.restart("catalogB").await;
    finds(&shop, "catalogB", json!({"q": "peace", "min_price": 99, "limit": 10}), &[1]).await;
}

#[tokio::test]
async fn when_a_catalog_dies_the_other_one_answers_searches() {
    let shop = Cluster::builder().stock(stock()).start().await;
    for catalog in shop.names(Tier::Catalog) {
        finds(&shop, catalog, words("peace"), &[1]).await;
    }
    shop.kill("catalogA").await;
    let customer = shop.customer();
    for _ in 0..6 {
        let found = customer.get("/api/v1/books?q=peace").await;
        assert_eq!(ids(&found.has_status(200).json(), "books"), [1]);
    }
}

#[tokio::test]
async fn a_catalog_names_what_is_wrong_with_a_question_and_survives_hostile_ones() {
    let shop = Cluster::builder().stock(stock()).start().await;
    finds(&shop, "catalogA", words("peace"), &[1]).await;
    for (wanted, field) in [
        (json!({"q": "x".repeat(10_240), "limit": 1}), "q"),
        (json!({"q": (0..40).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" "), "limit": 1}), "q"),
        (json!({"q": "a", "limit": 0}), "limit"),
        (json!({"q": "a", "limit": 101}), "limit"),
        (json!({"q": "a", "limit": 1, "sort": "up"}), "sort"),
        (json!({"q": "a", "limit": 1, "cursor": "0"}), "cursor"),
        (json!({"q": "a", "limit": 1, "page": 2}), "page"),
    ] {
        let refused = asked(&shop, "catalogA", wanted.clone()).await.expect_err("refused");
        assert!(refused.contains("422") && refused.contains(field), "{wanted}: {refused}");
    }
    for q in [
        "\"",
        "-",
        "*:*",
        "title:war AND",
        "\u{0}\u{1}\u{7f}",
        "😀🏴‍☠️",
        "\u{202e}war",
        "((((",
        "~1^2",
        "a\\",
        "ﷺﷺﷺ",
        "ΰ\u{301}",
    ] {
        asked(&shop, "catalogA", words(q)).await.unwrap_or_else(|why| panic!("{q:?}: {why}"));
    }
    finds(&shop, "catalogA", words("peace"), &[1]).await;
}

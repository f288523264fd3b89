//! The shop as programs see it that know formats of others: maps for search engines.

use std::collections::BTreeSet;
use std::time::Duration;
use tests::{Cluster, awaits};

/// What stands in the elements `loc` of a map.
fn places(map: &str) -> Vec<String> {
    map.split("<loc>").skip(1).filter_map(|rest| Some(rest.split_once("</loc>")?.0.to_owned())).collect()
}

#[tokio::test]
async fn robots_find_every_book_and_every_topic_by_the_map_that_they_are_told_of() {
    let shop = Cluster::start().await;
    let robots = shop.get("frontend", "/robots.txt").await;
    let origin = shop.url("frontend");
    let told = robots.has_status(200).text.lines().find_map(|line| line.strip_prefix("Sitemap: ").map(str::to_owned));
    assert_eq!(told.as_deref(), Some(format!("{origin}/sitemap.xml").as_str()), "{robots}");
    let index = shop.get("frontend", "/sitemap.xml").await;
    assert_eq!(index.has_status(200).header("content-type"), "application/xml; charset=utf-8");
    let mut pages = BTreeSet::new();
    for part in places(&index.text) {
        let path = part.strip_prefix(&origin).unwrap_or_else(|| panic!("{part} is no whole address of the shop"));
        pages.extend(places(&shop.get("frontend", path).await.has_status(200).text));
    }
    let books = shop.get("frontend", "/api/v1/books?limit=1000").await.has_status(200).json();
    let books = books["books"].as_array().expect("books").clone();
    assert!(books.len() > 100, "the seed's books");
    for book in &books {
        assert!(pages.contains(&format!("{origin}/books/{}", book["id"])), "{book} is in no part");
    }
    let mut topics = 0;
    for page in pages.iter().filter(|page| page.contains("/topics/")).take(5) {
        topics += 1;
        shop.get("frontend", &page[origin.len()..]).await.has_status(200);
    }
    assert!(topics > 0 && pages.contains(&format!("{origin}/")), "{pages:?}");
    assert!(shop.get("frontend", "/sitemaps/85899.xml").await.has_status(404).text.contains("no-such-part"));
    shop.kill("catalogA").await;
    awaits(Duration::from_secs(5), "the other catalog tells it too", async || {
        let index = shop.get("frontend", "/sitemap.xml").await;
        if index.status == 200 && places(&index.text).len() > 1 { Ok(()) } else { Err(index.text) }
    })
    .await;
}

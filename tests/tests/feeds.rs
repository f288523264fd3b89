//! The shop as programs see it that know formats of others: maps for search engines, catalogues for reading systems.

use serde_json::Value;
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

/// The address of the link with this relation.
fn link(document: &Value, rel: &str) -> Option<String> {
    let links = document["links"].as_array()?;
    Some(links.iter().find(|link| link["rel"] == rel)?["href"].as_str()?.to_owned())
}

#[tokio::test]
async fn a_reading_system_walks_the_catalogue_from_its_start_to_every_book_and_to_what_it_looks_for() {
    let shop = Cluster::start().await;
    let origin = shop.url("frontend");
    let opened = async |address: &str| {
        let path = address.strip_prefix(&origin).unwrap_or_else(|| panic!("{address} is no whole address of the shop"));
        let answer = shop.get("frontend", path).await;
        let media = answer.has_status(200).header("content-type");
        assert!(media.starts_with("application/opds"), "{address}: {media}");
        answer.json()
    };
    let home = shop.get("frontend", "/").await;
    assert!(home.has_status(200).text.contains("type=\"application/opds+json\""), "a page says where the catalogue is");
    let start = opened(&format!("{origin}/opds")).await;
    let ways = start["navigation"].as_array().expect("ways").clone();
    let way = |title: &str| {
        let found = ways.iter().find(|way| way["title"] == title).unwrap_or_else(|| panic!("no {title}: {start}"));
        (found["href"].as_str().expect("an address").to_owned(), found["properties"]["numberOfItems"].as_u64())
    };
    let ((mut next, titles), mut books) = (way("All books"), BTreeSet::new());
    loop {
        let part = opened(&next).await;
        for book in part["publications"].as_array().expect("publications") {
            assert_eq!(book["links"][1]["rel"], "http://opds-spec.org/acquisition/buy", "{book}");
            assert_eq!(book["links"][1]["properties"]["price"]["currency"], "EUR", "{book}");
            books.insert(book["links"][0]["href"].as_str().expect("an address").to_owned());
        }
        match link(&part, "next") {
            Some(further) => next = further,
            None => break,
        }
    }
    assert_eq!(Some(books.len() as u64), titles);
    let topic = opened(ways[2]["href"].as_str().expect("an address")).await;
    assert!(topic["publications"].as_array().is_some_and(|books| !books.is_empty()), "{topic}");
    let new = opened(&way("New titles").0).await;
    let book = opened(link(&new["publications"][0], "self").as_deref().expect("its own address")).await;
    let title = book["metadata"]["title"].as_str().expect("a title").to_owned();
    let search = link(&start, "search").expect("a search").replace("{?query}", "?query=");
    let words = title.split_whitespace().next().expect("a word").to_lowercase();
    awaits(Duration::from_secs(10), "the index finds it", async || {
        let found = shop.get("frontend", &format!("{}{words}", &search[origin.len()..])).await;
        if found.text.contains(&title) { Ok(()) } else { Err(found.text) }
    })
    .await;
    for (path, status) in [
        ("/opds/books/4294967000", 404),
        ("/opds/topics/none", 404),
        ("/opds/find", 400),
        ("/opds/books?cursor=7", 422),
    ] {
        assert!(shop.get("frontend", path).await.has_status(status).text.contains("\"status\""), "{path}");
    }
}

#[tokio::test]
async fn the_new_titles_are_a_feed_of_atom_too() {
    let shop = Cluster::start().await;
    let feed = shop.get("frontend", "/opds1/new").await;
    assert!(feed.has_status(200).header("content-type").starts_with("application/atom+xml"), "{feed}");
    assert!(feed.text.matches("<entry>").count() >= 50 && feed.text.contains("<updated>20"), "{feed}");
    let start = shop.get("frontend", "/opds1").await;
    assert!(start.has_status(200).text.contains("kind=acquisition"), "{start}");
    for path in ["/opds1/books", "/opds1/books/1"] {
        assert!(shop.get("frontend", path).await.has_status(200).text.contains("acquisition/buy"), "{path}");
    }
    let search = shop.get("frontend", "/opensearch.xml").await;
    assert!(search.has_status(200).text.contains("/opds1/find?query={searchTerms}"), "{search}");
}

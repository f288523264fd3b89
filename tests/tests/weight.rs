//! What a visitor's first look at a page weighs: the page and all that it names, compressed as a browser asks for it.

use reqwest::Method;
use reqwest::header::ACCEPT_ENCODING;
use std::collections::{BTreeMap, BTreeSet};
use tests::{Answer, Cluster, Customer, new_list};

/// The aims, in bytes: the page itself, its style sheets, its scripts, and everything together.
const HTML: usize = 14_000;
const STYLES: usize = 6_000;
const SCRIPTS: usize = 3_000;
/// The page of a list works offline, and brings what merges.
const SCRIPTS_OF_LISTS: usize = 10_000;
const ALL: usize = 50_000;

/// What a page brings.
#[derive(Debug, Default)]
struct Weight {
    html: usize,
    styles: usize,
    scripts: usize,
    /// Each picture once, with its weight.
    pictures: BTreeMap<String, usize>,
    rest: usize,
}

impl Weight {
    fn pictures(&self) -> usize {
        self.pictures.values().sum()
    }

    fn all(&self) -> usize {
        self.html + self.styles + self.scripts + self.pictures() + self.rest
    }
}

/// A file as a browser that has nothing yet is sent it, and its text.
async fn fetched(customer: &Customer, path: &str) -> (usize, Answer) {
    let plain = customer.opens(path).await;
    let small = customer.request(Method::GET, path).header("Accept", "text/html,*/*");
    let small = customer.send(small.header(ACCEPT_ENCODING, "gzip, deflate, br, zstd")).await;
    let coding = small.header("content-encoding");
    assert!(coding == "br" || small.length == plain.length, "{path} comes as {coding:?}, {} bytes", small.length);
    assert!(small.length <= plain.length, "{path}");
    (small.length, plain)
}

/// The value of an attribute in the text of a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
    Some(value.replace("&amp;", "&").replace("&#38;", "&"))
}

/// The scripts of the shop that a script imports.
fn imported(script: &str) -> impl Iterator<Item = String> {
    let texts = script.split('\'').filter(|text| text.starts_with("/static/"));
    texts.map(str::to_owned)
}

/// The page and everything that it names, each once.
async fn weighed(customer: &Customer, path: &str) -> Weight {
    let (html, page) = fetched(customer, path).await;
    let mut weight = Weight { html, ..Weight::default() };
    let mut scripts = Vec::new();
    let mut others = BTreeSet::new();
    for tag in page.text.split('<').filter_map(|rest| rest.split('>').next()) {
        let relation = attribute(tag, "rel").unwrap_or_default();
        match tag.split(' ').next() {
            Some("link") if relation == "modulepreload" => scripts.extend(attribute(tag, "href")),
            Some("link") if ["stylesheet", "icon", "manifest"].contains(&relation.as_str()) => {
                others.extend(attribute(tag, "href").map(|href| (relation, href)));
            }
            Some("script") => scripts.extend(attribute(tag, "src")),
            Some("img") => others.extend(attribute(tag, "src").map(|src| ("img".to_owned(), src))),
            _ => {}
        }
    }
    let mut seen = BTreeSet::new();
    while let Some(script) = scripts.pop() {
        if seen.insert(script.clone()) {
            let (length, answer) = fetched(customer, &script).await;
            weight.scripts += length;
            scripts.extend(imported(&answer.has_status(200).text));
        }
    }
    for (kind, path) in others {
        let (length, answer) = fetched(customer, &path).await;
        answer.has_status(200);
        match kind.as_str() {
            "stylesheet" => weight.styles += length,
            "img" => drop(weight.pictures.insert(path, length)),
            _ => weight.rest += length,
        }
    }
    weight
}

#[tokio::test]
async fn every_page_weighs_what_it_may() {
    let shop = Cluster::builder().carts(3).start().await;
    let customer = shop.customer();
    let order = customer.presses_buy(1).await.has_status(303).header("location").to_owned();
    let put = shop.request(Method::POST, "frontend", "/api/v1/cart/items").json(&serde_json::json!({"item": 2}));
    customer.send(put).await;
    let list = format!("/lists/{}", new_list(&shop, "frontend").await);
    let wide =
        ["/", "/topics/novels", "/find?q=the", "/books/1", "/cart", "/checkout", "/orders", "/sign-in", "/sign-up"];
    let more = ["/about", "/offline", "/nothing/here", "/lists", "/lists/shell", &list, &order];
    let mut wrong = Vec::new();
    for path in wide.into_iter().chain(more) {
        let weight = weighed(&customer, path).await;
        let kind = path.split('/').nth(1).unwrap_or_default();
        let scripts = if kind == "lists" { SCRIPTS_OF_LISTS } else { SCRIPTS };
        let parts = [
            ("HTML", weight.html, HTML),
            ("styles", weight.styles, STYLES),
            ("scripts", weight.scripts, scripts),
            ("all of it", weight.all(), ALL),
        ];
        let said = parts.map(|(what, is, _)| format!("{what} {is}")).join(", ");
        println!("{path}: {said}, {} pictures {}", weight.pictures.len(), weight.pictures());
        let over = parts.into_iter().filter(|(_, is, most)| is > most);
        wrong.extend(over.map(|(what, is, most)| format!("{path}: {what} {is} bytes, at most {most}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_page_with_24_books_and_their_covers_weighs_what_it_may() {
    let stock = tests::seed::books((1..=24).map(|id| (id * 10, 5)));
    let shop = Cluster::builder().carts(3).stock(stock).start().await;
    let customer = shop.customer();
    for path in ["/", "/topics/topic%200", "/find?q=title"] {
        let weight = weighed(&customer, path).await;
        let page = customer.opens(path).await;
        let covers: Vec<&str> = page.text.split("<img ").skip(1).filter_map(|tag| tag.split('>').next()).collect();
        let without_size: Vec<_> = covers.iter().filter(|tag| !tag.contains(" width=\"240\" height=\"360\"")).collect();
        assert_eq!(without_size, [&""; 0], "{path}: what comes late would move what is there");
        let at_once = covers.iter().filter(|tag| !tag.contains(" loading=\"lazy\"")).count();
        assert!(at_once <= 4, "{path}: {at_once} covers are not waited with");
        assert_eq!(weight.pictures.len(), 24, "{path}: {:?}", weight.pictures);
        assert!(weight.all() <= ALL && weight.html <= HTML, "{path}: {} bytes of {weight:?}", weight.all());
    }
}

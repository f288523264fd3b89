//! A part of the catalogue as OPDS 2.0 has it: JSON, with publications as the Readium Web Publication Manifest describes
//! them. Pure.

use super::shelf::{Feed, Place, Setting, Version, Way, picture};
use crate::cache::Book;
use crate::pages::{cover_href, preview};
use crate::say::ENGLISH;
use crate::words::Moment;
use serde_json::{Map, Value, json};
use wire::ItemState;

/// The media type of a part of the catalogue.
pub(super) const FEED: &str = "application/opds+json";
/// The media type of one book.
pub(super) const PUBLICATION: &str = "application/opds-publication+json";

/// What buys something, as OPDS names it.
pub(super) const BUY: &str = "http://opds-spec.org/acquisition/buy";

/// A feed.
pub(super) fn feed(feed: &Feed, set: Setting<'_>) -> Value {
    let mut metadata = json!({"title": feed.title});
    if let Some(total) = feed.total {
        metadata["numberOfItems"] = total.into();
    }
    let link = |rel: &str, to: &Place| json!({"rel": rel, "href": href(to, set), "type": FEED});
    let search = json!({"rel": "search", "href": format!("{}/opds/find{{?query}}", set.origin), "type": FEED,
        "templated": true});
    let mut links = vec![link("self", &feed.here), link("start", &Place::Start), search];
    links.extend(feed.next.as_ref().map(|next| link("next", next)));
    let mut whole = json!({"metadata": metadata, "links": links});
    if !feed.ways.is_empty() {
        whole["navigation"] = feed.ways.iter().map(|way| navigation(way, set)).collect();
    }
    // A feed has one of them at least.
    if !feed.books.is_empty() || feed.ways.is_empty() {
        whole["publications"] = feed.books.iter().map(|book| publication(book, set, Extent::Row)).collect();
    }
    whole
}

fn navigation(way: &Way, set: Setting<'_>) -> Value {
    let rel = if way.to == Place::New { "http://opds-spec.org/sort/new" } else { "subsection" };
    let mut link = json!({"href": href(&way.to, set), "title": way.title, "type": FEED, "rel": rel});
    if let Some(titles) = way.titles {
        link["properties"] = json!({"numberOfItems": titles});
    }
    link
}

/// How much of a book is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// As one of many: the beginning of what it is about.
    Row,
    /// By itself: all of it.
    Whole,
}

/// A book.
pub(super) fn publication(book: &Book, set: Setting<'_>, extent: Extent) -> Value {
    let state = book.state();
    let page = format!("{}/books/{}", set.origin, state.id);
    let mut buy = json!({"rel": BUY, "href": page, "type": "text/html"});
    let available = if state.count() > 0 { "available" } else { "unavailable" };
    buy["properties"] = json!({"availability": {"state": available}});
    if let Some(currency) = set.currency {
        buy["properties"]["price"] = json!({"value": state.cost.value, "currency": currency});
    }
    let itself = json!({"rel": "self", "href": href(&Place::Book(state.id), set), "type": PUBLICATION});
    let (media, width, height) = picture(book);
    let cover = json!({"href": format!("{}{}", set.origin, cover_href(book)), "type": media, "width": width,
        "height": height});
    json!({"metadata": metadata(state, &page, set, extent), "links": [itself, buy], "images": [cover]})
}

fn metadata(state: &ItemState, page: &str, set: Setting<'_>, extent: Extent) -> Map<String, Value> {
    let text = |text: &String| (!text.is_empty()).then(|| json!(text));
    let people: Vec<Value> = state.author_names().map(|name| json!({"name": name})).collect();
    let identifier = state.isbn.value.map_or_else(|| page.to_owned(), |isbn| format!("urn:isbn:{isbn}"));
    let topic = &state.topic.value;
    let subject =
        || json!([{"name": topic, "links": [{"href": href(&Place::Topic(topic.clone(), None), set), "type": FEED}]}]);
    let described = !state.description.value.is_empty();
    let description = match extent {
        Extent::Row => described.then(|| json!(preview(&ENGLISH, state))),
        Extent::Whole => text(&state.description.value),
    };
    // A date there is a whole one: a year alone would not be read.
    let published = state.published.value.filter(|date| date.day().is_some());
    let known = [
        ("@type", Some(json!("http://schema.org/Book"))),
        ("identifier", Some(json!(identifier))),
        ("title", Some(json!(state.title.value))),
        ("author", (!people.is_empty()).then(|| json!(people))),
        ("language", text(&state.language.value)),
        ("publisher", text(&state.publisher.value)),
        ("published", published.map(|date| json!(date))),
        ("modified", Some(json!(Moment::of(state.latest()).machine))),
        ("description", description),
        ("subject", (!topic.is_empty()).then(subject)),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn href(to: &Place, set: Setting<'_>) -> String {
    format!("{}{}", set.origin, to.path(Version::V2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{register, state};
    use std::sync::Arc;

    const SET: Setting<'_> = Setting { origin: "https://shop.example", currency: Some("EUR") };

    fn book() -> Book {
        Book::new(ItemState {
            isbn: register("9780306406157".parse().ok(), 3),
            published: register("2024-05-17".parse().ok(), 1),
            description: register("word ".repeat(100), 1),
            authors: register("Ada; Ben".into(), 1),
            ..state(7, &[(1, 1, 3)])
        })
    }

    #[test]
    fn a_publication_says_what_is_known_how_it_is_bought_and_for_what() {
        let told = publication(&book(), SET, Extent::Whole);
        let about = &told["metadata"];
        assert_eq!(about["@type"], "http://schema.org/Book");
        assert_eq!(
            (&about["identifier"], &about["published"]),
            (&json!("urn:isbn:9780306406157"), &json!("2024-05-17"))
        );
        assert_eq!((&about["author"][1]["name"], &about["language"]), (&json!("Ben"), &json!("en")));
        assert_eq!(
            (&about["subject"][0]["name"], &about["modified"]),
            (&json!("novels"), &json!("1970-01-01T00:00:00Z"))
        );
        let buy = &told["links"][1];
        assert_eq!((&buy["rel"], &buy["href"]), (&json!(BUY), &json!("https://shop.example/books/7")));
        assert_eq!(buy["properties"]["price"], json!({"value": 12.5, "currency": "EUR"}));
        assert_eq!(buy["properties"]["availability"]["state"], "available");
        assert!(
            told["images"][0]["href"].as_str().is_some_and(|cover| cover.starts_with("https://shop.example/covers/7"))
        );
        let row = publication(&book(), SET, Extent::Row);
        let length = |told: &Value| told["metadata"]["description"].as_str().map(str::len);
        assert!(length(&row) < length(&told), "one of many is told of shortly");
    }

    #[test]
    fn what_is_not_known_is_not_mentioned() {
        let mut state = state(1, &[]);
        state.published = register("2024-05".parse().ok(), 1);
        state.topic = register(String::new(), 1);
        state.authors = register(String::new(), 1);
        let told = publication(&Book::new(state), Setting { currency: None, ..SET }, Extent::Whole);
        for absent in ["published", "publisher", "description", "subject", "author"] {
            assert!(told["metadata"].get(absent).is_none(), "{absent}: {told}");
        }
        assert_eq!(told["metadata"]["identifier"], "https://shop.example/books/1");
        assert!(told["links"][1]["properties"].get("price").is_none(), "a price without a currency is none");
        assert_eq!(told["links"][1]["properties"]["availability"]["state"], "unavailable");
    }

    #[test]
    fn a_feed_leads_to_itself_to_the_start_to_a_search_and_on() {
        let next = Some(Place::Find("a b".into(), Some("xyz".into())));
        let here = Place::Find("a b".into(), None);
        let part =
            Feed { here, title: "a b".into(), ways: vec![], books: vec![Arc::new(book())], total: Some(99), next };
        let told = feed(&part, SET);
        let rels: Vec<&str> =
            told["links"].as_array().expect("links").iter().filter_map(|link| link["rel"].as_str()).collect();
        assert_eq!(rels, ["self", "start", "search", "next"]);
        assert_eq!(told["links"][2]["href"], "https://shop.example/opds/find{?query}");
        assert_eq!(told["links"][3]["href"], "https://shop.example/opds/find?query=a%20b&cursor=xyz");
        assert_eq!(
            (&told["metadata"]["numberOfItems"], told["publications"].as_array().map(Vec::len)),
            (&json!(99), Some(1))
        );
        assert!(told.get("navigation").is_none());
    }
}

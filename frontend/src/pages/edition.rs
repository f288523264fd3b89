//! What a book's page says of its edition, to people and to machines: facts in words, Open Graph, schema.org.

use super::card::cover_href;
use crate::cache::Book;
use crate::say::Say;
use crate::words::StockWords;
use serde_json::{Value, json};
use wire::ItemState;

/// Letters of a description that a preview shows.
const PREVIEW: usize = 200;

/// A line of the table of what is known: `Publisher`, `Lantern & Quay`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
}

/// A property of Open Graph: `og:title`, `Emma`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) value: String,
}

/// What is known of the edition, in the order in which it is shown.
pub(super) fn facts(say: &Say, state: &ItemState) -> Vec<Fact> {
    let known = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let facts = [
        (say.book.format, state.format.value.map(|format| say.format(format).to_owned())),
        (say.book.publisher, known(&state.publisher.value)),
        (say.book.published, state.published.value.map(|date| say.date(date))),
        (say.book.language, known(&state.language.value).map(|code| say.language(&code))),
        (say.book.isbn, state.isbn.value.map(|isbn| isbn.to_string())),
    ];
    facts.into_iter().filter_map(|(name, value)| value.map(|value| Fact { name, value })).collect()
}

/// The paragraphs of the description.
pub(crate) fn paragraphs(state: &ItemState) -> Vec<String> {
    state.description.value.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// What a preview of the page says: the beginning of the description, or who wrote the book.
pub(crate) fn preview(say: &Say, state: &ItemState) -> String {
    let whole = paragraphs(state).join(" ");
    if whole.is_empty() {
        let by = say.authors(&state.authors.value);
        return if by.is_empty() { state.title.value.clone() } else { (say.book.by)(&state.title.value, &by) };
    }
    match whole.char_indices().nth(PREVIEW) {
        // At a word, where there is one.
        Some((end, _)) => format!("{} …", whole[..end].rsplit_once(' ').map_or(&whole[..end], |(words, _)| words)),
        None => whole,
    }
}

/// What others show of the page when somebody links to it. `origin` is where the shop is, such as `https://shop.example`;
/// without it nothing is said of addresses.
pub(super) fn open_graph(say: &Say, book: &Book, origin: Option<&str>) -> Vec<Property> {
    let state = book.state();
    let mut properties = vec![
        Property { name: "og:type", value: "book".into() },
        Property { name: "og:site_name", value: "Bookend".into() },
        Property { name: "og:title", value: state.title.value.clone() },
        Property { name: "og:description", value: preview(say, state) },
    ];
    if let Some(origin) = origin {
        properties.push(Property { name: "og:url", value: format!("{origin}/books/{}", state.id) });
        properties.push(Property { name: "og:image", value: format!("{origin}{}", cover_href(book)) });
    }
    properties.extend(state.author_names().map(|name| Property { name: "book:author", value: name.to_owned() }));
    properties.extend(state.isbn.value.map(|isbn| Property { name: "book:isbn", value: isbn.to_string() }));
    let date = state.published.value.map(|date| date.to_string());
    properties.extend(date.map(|value| Property { name: "book:release_date", value }));
    properties
}

/// The book and what it costs as schema.org has it, to stand in a script element: without a character that could end one.
pub(super) fn linked_data(state: &ItemState, stock: StockWords, currency: &str, origin: Option<&str>) -> String {
    let people: Vec<Value> = state.author_names().map(|name| json!({"@type": "Person", "name": name})).collect();
    let available = match stock {
        StockWords::SoldOut => "SoldOut",
        StockWords::LastCopy | StockWords::Few(_) | StockWords::HeldElsewhere => "LimitedAvailability",
        StockWords::InStock => "InStock",
    };
    let mut offer = json!({
        "@type": "Offer",
        "price": state.cost.value.to_string(),
        "availability": format!("https://schema.org/{available}"),
        "itemCondition": "https://schema.org/NewCondition",
    });
    if let Some(code) = currency_code(currency) {
        offer["priceCurrency"] = code.into();
    }
    let mut book =
        json!({"@context": "https://schema.org", "@type": "Book", "name": state.title.value, "offers": offer});
    let text = |text: &String| Some(json!(text)).filter(|_| !text.is_empty());
    let more = [
        ("author", Some(json!(people)).filter(|_| !people.is_empty())),
        ("isbn", state.isbn.value.map(|isbn| json!(isbn))),
        ("publisher", text(&state.publisher.value).map(|name| json!({"@type": "Organization", "name": name}))),
        ("datePublished", state.published.value.map(|date| json!(date))),
        ("inLanguage", text(&state.language.value)),
        ("genre", text(&state.topic.value)),
        ("description", text(&state.description.value)),
        ("bookFormat", state.format.value.and_then(book_format).map(|form| json!(form))),
        ("url", origin.map(|origin| json!(format!("{origin}/books/{}", state.id)))),
    ];
    for (name, value) in more {
        if let Some(value) = value {
            book[name] = value;
        }
    }
    // In JSON a letter may be written by its number wherever it stands.
    let escape = |text: String, letter: char| text.replace(letter, &format!("\\u{:04x}", u32::from(letter)));
    ['<', '>', '&', '\u{2028}', '\u{2029}'].into_iter().fold(book.to_string(), escape)
}

/// The code of ISO 4217 for what stands behind a price; none where it is not known.
pub(crate) fn currency_code(currency: &str) -> Option<&str> {
    match currency {
        "€" => Some("EUR"),
        "£" => Some("GBP"),
        "$" => Some("USD"),
        "¥" => Some("JPY"),
        code if code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase()) => Some(code),
        _ => None,
    }
}

fn book_format(format: wire::Format) -> Option<&'static str> {
    match format {
        wire::Format::Hardback | wire::Format::BoardBook => Some("https://schema.org/Hardcover"),
        wire::Format::Paperback => Some("https://schema.org/Paperback"),
        wire::Format::EBook => Some("https://schema.org/EBook"),
        wire::Format::Audio => Some("https://schema.org/AudiobookFormat"),
        wire::Format::Map | wire::Format::SheetMusic | wire::Format::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::say::{ENGLISH, GERMAN};
    use crate::testing::{register, state};

    fn complete() -> ItemState {
        ItemState {
            isbn: register("9780306406157".parse().ok(), 1),
            publisher: register("Lantern & Quay".into(), 1),
            published: register("2024-05".parse().ok(), 1),
            format: register(Some(wire::Format::EBook), 1),
            description: register("One </script> line.\n\nAnother <!-- one.".into(), 1),
            authors: register("Ada; Ben".into(), 1),
            ..state(7, &[(1, 1, 3)])
        }
    }

    #[test]
    fn what_is_not_known_is_not_mentioned() {
        let names = |state: &ItemState| facts(&ENGLISH, state).iter().map(|fact| fact.name).collect::<Vec<_>>();
        assert_eq!(names(&complete()), ["Format", "Publisher", "Published", "Language", "ISBN"]);
        assert_eq!(names(&state(1, &[])), ["Language"]);
        assert_eq!(paragraphs(&state(1, &[])), Vec::<String>::new());
        assert_eq!(paragraphs(&complete()).len(), 2);
    }

    #[test]
    fn linked_data_is_json_that_nothing_in_a_book_can_end() {
        let mut book = complete();
        book.title = register("<!--<script>\u{2028}&amp;".into(), 1);
        let text = linked_data(&book, StockWords::LastCopy, "€", Some("https://shop.example"));
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        let data: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((&data["@type"], &data["name"]), (&json!("Book"), &json!(book.title.value)));
        assert_eq!(data["offers"]["availability"], "https://schema.org/LimitedAvailability");
        assert_eq!((&data["offers"]["price"], &data["offers"]["priceCurrency"]), (&json!("12.50"), &json!("EUR")));
        assert_eq!((&data["isbn"], &data["author"][1]["name"]), (&json!("9780306406157"), &json!("Ben")));
        assert_eq!(data["url"], "https://shop.example/books/7");
        let bare = linked_data(&state(1, &[]), StockWords::SoldOut, "kr", None);
        let bare: Value = serde_json::from_str(&bare).expect("JSON");
        assert!(bare.get("isbn").is_none() && bare["offers"].get("priceCurrency").is_none(), "{bare}");
    }

    #[test]
    fn a_preview_ends_at_a_word() {
        let mut book = complete();
        assert_eq!(preview(&ENGLISH, &book), "One </script> line. Another <!-- one.");
        book.description = register("word ".repeat(100), 1);
        assert!(preview(&ENGLISH, &book).ends_with("word …") && preview(&ENGLISH, &book).chars().count() < 203);
        book.description = register(String::new(), 1);
        assert_eq!(preview(&ENGLISH, &book), "Book 7, by Ada and Ben");
        assert_eq!(preview(&GERMAN, &book), "Book 7, von Ada und Ben");
    }

    #[test]
    fn addresses_are_only_told_where_the_shop_is_known() {
        let book = Book::new(complete());
        let names =
            |origin| open_graph(&ENGLISH, &book, origin).iter().map(|property| property.name).collect::<Vec<_>>();
        assert!(names(Some("https://shop.example")).contains(&"og:url"));
        assert!(!names(None).contains(&"og:url") && names(None).contains(&"book:isbn"));
    }
}

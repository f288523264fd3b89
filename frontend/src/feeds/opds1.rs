//! A part of the catalogue as OPDS 1.2 has it: Atom (RFC 4287), so that the feed of new titles is one that any reader of
//! feeds can follow. Pure.

use super::opds2::BUY;
use super::shelf::{Feed, Place, Setting, Version, Way, picture};
use crate::cache::Book;
use crate::pages::{cover_href, paragraphs, preview};
use crate::say::ENGLISH;
use crate::words::Moment;
use quick_xml::escape::escape;
use std::fmt::{self, Write as _};
use wire::ItemState;

/// The media type of a feed that leads to others.
pub(super) const NAVIGATION: &str = "application/atom+xml;profile=opds-catalog;kind=navigation";
/// The media type of a feed of books.
pub(super) const ACQUISITION: &str = "application/atom+xml;profile=opds-catalog;kind=acquisition";
/// The media type of one book.
pub(super) const ENTRY: &str = "application/atom+xml;type=entry;profile=opds-catalog";

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const SPACES: &str = "xmlns=\"http://www.w3.org/2005/Atom\" xmlns:dc=\"http://purl.org/dc/terms/\" \
                      xmlns:opds=\"http://opds-spec.org/2010/catalog\" xmlns:thr=\"http://purl.org/syndication/thread/1.0\"";

/// A feed. Where it has no book whose change could date it, it is as of `now_ms`.
pub(super) fn feed(feed: &Feed, set: Setting<'_>, now_ms: u64) -> String {
    let changed = feed.books.iter().map(|book| book.state().latest()).max();
    let updated = Moment::of(changed.unwrap_or(now_ms)).machine;
    let kind = |place: &Place| if *place == Place::Start { NAVIGATION } else { ACQUISITION };
    let mut to = format!("{DECLARATION}<feed {SPACES}>\n");
    // An id stays whatever is added behind it.
    leaf(&mut to, "id", &href(&first_of(&feed.here), set));
    leaf(&mut to, "title", &feed.title);
    leaf(&mut to, "updated", &updated);
    to.push_str("<author><name>Bookend</name></author>\n");
    link(&mut to, "self", kind(&feed.here), &href(&feed.here, set));
    link(&mut to, "start", NAVIGATION, &href(&Place::Start, set));
    link(&mut to, "search", "application/opensearchdescription+xml", &format!("{}/opensearch.xml", set.origin));
    if let Some(next) = &feed.next {
        link(&mut to, "next", ACQUISITION, &href(next, set));
    }
    if feed.here == Place::Start {
        feed.ways.iter().for_each(|way| navigation(&mut to, way, set, &updated));
    } else {
        // Ways of a feed of books are its facets: in Atom an entry of such a feed is a book.
        feed.ways.iter().for_each(|way| facet(&mut to, way, set));
    }
    for book in &feed.books {
        to.push_str("<entry>\n");
        inside(&mut to, book, set, &preview(&ENGLISH, book.state()));
        to.push_str("</entry>\n");
    }
    to.push_str("</feed>\n");
    to
}

/// One book by itself.
pub(super) fn entry(book: &Book, set: Setting<'_>) -> String {
    let mut to = format!("{DECLARATION}<entry {SPACES}>\n");
    inside(&mut to, book, set, &paragraphs(book.state()).join("\n\n"));
    to.push_str("</entry>\n");
    to
}

fn inside(to: &mut String, book: &Book, set: Setting<'_>, about: &str) {
    let state = book.state();
    let page = format!("{}/books/{}", set.origin, state.id);
    leaf(to, "id", &page);
    leaf(to, "title", &state.title.value);
    leaf(to, "updated", &Moment::of(state.latest()).machine);
    for name in state.author_names() {
        to.push_str("<author>");
        leaf(to, "name", name);
        to.push_str("</author>\n");
    }
    known(to, state);
    if !about.is_empty() {
        leaf(to, "content", about);
    }
    let cover = format!("{}{}", set.origin, cover_href(book));
    link(to, "http://opds-spec.org/image", picture(book).0, &cover);
    link(to, "alternate", ENTRY, &href(&Place::Book(state.id), set));
    link(to, "alternate", "text/html", &page);
    put(to, format_args!("<link rel=\"{BUY}\" type=\"text/html\" href=\"{}\">", clean(&page)));
    if let Some(currency) = set.currency {
        put(to, format_args!("<opds:price currencycode=\"{currency}\">{}</opds:price>", state.cost.value));
    }
    let available = if state.count() > 0 { "available" } else { "unavailable" };
    put(to, format_args!("<opds:availability status=\"{available}\"/></link>\n"));
}

/// What is known of the edition.
fn known(to: &mut String, state: &ItemState) {
    let known = [
        ("dc:identifier", state.isbn.value.map(|isbn| format!("urn:isbn:{isbn}"))),
        ("dc:language", Some(state.language.value.clone())),
        ("dc:publisher", Some(state.publisher.value.clone())),
        ("dc:issued", state.published.value.map(|date| date.to_string())),
    ];
    for (name, text) in known.into_iter().filter_map(|(name, text)| Some((name, text.filter(|text| !text.is_empty())?)))
    {
        leaf(to, name, &text);
    }
    if !state.topic.value.is_empty() {
        let topic = clean(&state.topic.value);
        put(to, format_args!("<category term=\"{topic}\" label=\"{topic}\"/>\n"));
    }
}

fn navigation(to: &mut String, way: &Way, set: Setting<'_>, updated: &str) {
    let rel = if way.to == Place::New { "http://opds-spec.org/sort/new" } else { "subsection" };
    let href = href(&way.to, set);
    to.push_str("<entry>\n");
    leaf(to, "id", &href);
    leaf(to, "title", &way.title);
    leaf(to, "updated", updated);
    let titles = way.titles.map(|titles| crate::words::counted(titles, "title", "titles")).unwrap_or_default();
    leaf(to, "content", &titles);
    link(to, rel, ACQUISITION, &href);
    to.push_str("</entry>\n");
}

fn facet(to: &mut String, way: &Way, set: Setting<'_>) {
    let (title, href) = (clean(&way.title), href(&way.to, set));
    let count = way.titles.map(|titles| format!(" thr:count=\"{titles}\"")).unwrap_or_default();
    put(
        to,
        format_args!(
            "<link rel=\"http://opds-spec.org/facet\" type=\"{ACQUISITION}\" href=\"{}\" title=\"{title}\" \
         opds:facetGroup=\"Topics\"{count}/>\n",
            clean(&href)
        ),
    );
}

fn first_of(place: &Place) -> Place {
    match place {
        Place::All(_) => Place::All(None),
        Place::Topic(topic, _) => Place::Topic(topic.clone(), None),
        Place::Find(words, _) => Place::Find(words.clone(), None),
        place => place.clone(),
    }
}

fn put(to: &mut String, text: fmt::Arguments<'_>) {
    to.write_fmt(text).expect("a text takes everything");
}

fn leaf(to: &mut String, name: &str, text: &str) {
    put(to, format_args!("<{name}>{}</{name}>\n", clean(text)));
}

fn link(to: &mut String, rel: &str, media: &str, href: &str) {
    put(to, format_args!("<link rel=\"{rel}\" type=\"{media}\" href=\"{}\"/>\n", clean(href)));
}

/// A text as it may stand in XML, also within quotes: XML 1.0 has no place for most control characters, however written.
fn clean(text: &str) -> String {
    let allowed: String = text.chars().filter(|letter| !is_forbidden(*letter)).collect();
    escape(allowed).into_owned()
}

fn is_forbidden(letter: char) -> bool {
    matches!(letter, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

fn href(to: &Place, set: Setting<'_>) -> String {
    format!("{}{}", set.origin, to.path(Version::V1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{register, state};
    use quick_xml::Reader;
    use quick_xml::events::Event;
    use std::sync::Arc;

    const SET: Setting<'_> = Setting { origin: "https://shop.example", currency: Some("EUR") };

    /// The names of the elements that begin in a document that is well formed.
    fn elements(xml: &str) -> Vec<String> {
        let (mut reader, mut names, mut open) = (Reader::from_str(xml), Vec::new(), 0);
        loop {
            match reader.read_event().unwrap_or_else(|error| panic!("{error}: {xml}")) {
                Event::Start(start) => {
                    open += 1;
                    names.push(start.name().as_ref().to_owned());
                }
                Event::Empty(empty) => names.push(empty.name().as_ref().to_owned()),
                Event::End(_) => open -= 1,
                Event::Eof => break,
                _ => (),
            }
        }
        assert_eq!(open, 0, "{xml}");
        names
    }

    fn hostile() -> Book {
        Book::new(ItemState {
            title: register("]]></title><script>\u{0}\u{1b}\u{ffff}&amp;".into(), 5_000),
            topic: register("a\"/><x y='".into(), 1),
            authors: register("<b>Ada</b>; Ben & Co".into(), 1),
            isbn: register("9780306406157".parse().ok(), 1),
            description: register("One <i>.\n\nTwo.".into(), 1),
            ..state(7, &[(1, 1, 3)])
        })
    }

    #[test]
    fn nothing_in_a_book_is_taken_for_a_part_of_the_document() {
        let way = Way { to: Place::Topic("<x>".into(), None), title: "<x>".into(), titles: Some(2) };
        let here = Place::Topic("\"".into(), None);
        let part = Feed {
            here,
            title: "<".into(),
            ways: vec![way],
            books: vec![Arc::new(hostile())],
            total: None,
            next: None,
        };
        let (many, one) = (feed(&part, SET, 0), entry(&hostile(), SET));
        for xml in [&many, &one] {
            let names = elements(xml);
            assert!(!names.iter().any(|name| matches!(name.as_str(), "script" | "b" | "x" | "i")), "{names:?}");
            assert!(!xml.contains(is_forbidden), "{xml}");
            assert_eq!(names.iter().filter(|name| *name == "name").count(), if xml == &one { 2 } else { 3 });
        }
        assert!(many.contains("<updated>1970-01-01T00:00:05Z</updated>"), "{many}");
        assert!(one.contains("<opds:price currencycode=\"EUR\">12.50</opds:price>"), "{one}");
        assert!(one.contains("<dc:identifier>urn:isbn:9780306406157</dc:identifier>"), "{one}");
    }

    #[test]
    fn the_start_leads_on_by_entries_and_a_topic_by_facets() {
        let way = || Way { to: Place::Topic("novels".into(), None), title: "novels".into(), titles: Some(12) };
        let feed_of =
            |here| Feed { here, title: "T".into(), ways: vec![way()], books: vec![], total: None, next: None };
        let start = feed(&feed_of(Place::Start), SET, 1_800_000_000_000);
        assert!(start.contains("rel=\"subsection\"") && start.contains("<content>12 titles</content>"), "{start}");
        assert!(start.contains("<updated>2027-01-15T08:00:00Z</updated>"), "{start}");
        let topic = feed(&feed_of(Place::Topic("fiction".into(), None)), SET, 0);
        assert!(topic.contains("opds:facetGroup=\"Topics\" thr:count=\"12\"") && !topic.contains("<entry>"), "{topic}");
        elements(&start);
        elements(&topic);
    }
}

//! The index finds what the oracle finds, in the same order and with the same numbers; and what becomes of it on disk.

use proptest::prelude::*;
use search::{Ask, Cursor, Document, Filters, Found, Index, NotOpened, Query, Sort, Writer, meant, oracle};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use wire::{ItemId, Money};

fn book(id: u32, title: &str, authors: &str) -> Document {
    Document {
        id: ItemId(id),
        title: title.into(),
        authors: authors.into(),
        isbn: String::new(),
        topic: "novels".into(),
        language: "en".into(),
        price: Money::from_cents(1_000 + u64::from(id)).expect("a price"),
        available: true,
        year: Some(1900),
    }
}

fn ask(typed: &str) -> Ask {
    Ask { query: Query::parse(typed).expect("understood"), limit: 100, ..Ask::default() }
}

/// An index of these books, in two commits, so that it has more than one segment.
fn index(books: &[Document]) -> (Index, Writer) {
    let (index, mut writer) = Index::in_memory().expect("makes");
    let (first, second) = books.split_at(books.len() / 2);
    for books in [first, second] {
        for book in books {
            writer.put(book).expect("puts");
        }
        writer.commit("here").expect("commits");
    }
    (index, writer)
}

fn found(index: &Index, typed: &str) -> Vec<u32> {
    index.search(&ask(typed)).expect("answers").ids.into_iter().map(|id| id.0).collect()
}

const WORDS: [&str; 14] = [
    "tolstoy", "tolstoi", "toltsoy", "tolstoys", "war", "wars", "the", "thé", "peace", "Œuvre", "猫", "1984",
    "o'brien", "brontë",
];

prop_compose! {
    fn text(most: usize)(words in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..=most)) -> String {
        words.join(" ")
    }
}

prop_compose! {
    fn document()(
        id in 0_u32..40, title in text(4), authors in text(2), topic in prop::sample::select(&["war", "war / at sea", "war / at sea / alone", "sea", ""][..]),
        language in prop::sample::select(&["en", "fr", ""][..]), price in 0_u64..6, available: bool,
        year in prop::option::of(prop::sample::select(&[-800_i16, 1869, 1870][..])),
        isbn in prop::sample::select(&["", "978-0-14-143951-8", "0141439513", "9780804429573"][..]),
    ) -> Document {
        Document {
            id: ItemId(id), title, authors, isbn: isbn.into(), topic: topic.into(), language: language.into(),
            price: Money::from_cents(price * 1_000 - price.min(1)).expect("a price"), available, year,
        }
    }
}

prop_compose! {
    fn typed()(
        words in prop::collection::vec(prop::sample::select(&[
            "tolstoy", "tolstio", "tols", "war", "-war", "\"the", "peace", "peac", "th", "978-0-14-143951-8", "9780141439519",
            "ouvre", "猫", "1985", "obrien", "bronté", "zzzz", "-", "", "sea",
        ][..]), 0..4),
        end in prop::sample::select(&["", " ", "\"", "!"][..]),
    ) -> String {
        words.join(" ") + end
    }
}

prop_compose! {
    fn filters()(
        topic in prop::option::of(prop::sample::select(&["war", "war / at sea", "sea", "wa", "nowhere"][..])),
        language in prop::option::of(prop::sample::select(&["en", ""][..])),
        prices in prop::option::of((0_u64..6_000, 0_u64..6_000)), available in prop::option::of(any::<bool>()),
    ) -> Filters {
        let money = |cents| Money::from_cents(cents).ok();
        Filters {
            topic: topic.map(Into::into), language: language.map(Into::into),
            min_price: prices.and_then(|(from, _)| money(from)), max_price: prices.and_then(|(_, to)| money(to)), available,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_index_finds_what_looking_at_every_book_finds(
        written in prop::collection::vec(document(), 0..40),
        asked in prop::collection::vec((typed(), filters(), prop::sample::select(&Sort::ALL[..]), 1_usize..8), 24),
    ) {
        let (index, _writer) = index(&written);
        // The last of one id stays.
        let books: BTreeMap<ItemId, Document> = written.into_iter().map(|book| (book.id, book)).collect();
        let books: Vec<Document> = books.into_values().collect();
        prop_assert_eq!(index.books(), books.len() as u64);
        for (typed, filters, sort, limit) in asked {
            let query = Query::parse(&typed).expect("understood");
            let mut ask = Ask { query, filters, sort, limit, after: None };
            // Part after part, to the end.
            loop {
                let (told, true_one) = (index.search(&ask).expect("answers"), oracle::search(&books, &ask));
                prop_assert_eq!(&told, &true_one, "{:?}: {:?}", typed, ask);
                // What the address carries is what was meant.
                ask.after = told.next.map(|next| next.to_string().parse().expect("a cursor"));
                if ask.after.is_none() {
                    break;
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    /// What a thousand books of a segment have is read into sets, what fewer have is sought.
    #[test]
    fn among_many_books_the_index_finds_what_looking_at_every_book_finds(
        kinds in prop::collection::vec(document(), 20..40), rare in prop::collection::vec(document(), 0..4),
        asked in prop::collection::vec((typed(), filters(), prop::sample::select(&Sort::ALL[..])), 8),
    ) {
        let copies = kinds.iter().cycle().take(10_000).chain(&rare);
        let books: Vec<Document> = (0..).zip(copies).map(|(id, book)| Document { id: ItemId(id), ..book.clone() }).collect();
        let (index, _writer) = index(&books);
        for (typed, filters, sort) in asked {
            let query = Query::parse(&typed).expect("understood");
            let mut ask = Ask { query, filters, sort, limit: 24, after: None };
            for _ in 0..2 {
                let (told, true_one) = (index.search(&ask).expect("answers"), oracle::search(&books, &ask));
                prop_assert_eq!(&told, &true_one, "{:?}: {:?}", typed, ask);
                ask.after = told.next;
            }
        }
    }
}

#[test]
fn a_book_is_found_by_title_author_topic_and_isbn_however_they_are_written() {
    let mut emma = book(1, "Emma", "Jane Austen");
    emma.isbn = "978-0-14-143958-7".into();
    let mut wuthering = book(2, "Wuthering Heights", "Emily Brontë");
    wuthering.topic = "moorland".into();
    let (index, _writer) = index(&[emma, wuthering, book(3, "War and Peace", "Leo Tolstoy")]);
    for (typed, wanted) in [
        ("EMMA", 1),
        ("emm", 1),
        ("austen jane", 1),
        ("9780141439587", 1),
        ("978-0-14-143958-7", 1),
        ("0-14-143958-0", 1),
        ("9780141439588", 1),
        ("bronte", 2),
        ("moorland heights", 2),
        ("tolstoi", 3),
        ("taolstoy", 3),
        ("war and paece", 3),
    ] {
        assert_eq!(found(&index, typed), [wanted], "{typed}");
    }
    for nothing in ["tolstay peac0 x", "\"tolstoi\"", "emma -austen", "!!!", "😀", "zzzz"] {
        assert!(found(&index, nothing).is_empty(), "{nothing}");
    }
    let nothing = index.search(&ask("emma zzzzz")).expect("answers");
    assert_eq!((nothing.total, nothing.unknown), (0, vec!["zzzzz".to_owned()]));
}

#[test]
fn the_better_answer_comes_first() {
    let mut about = book(1, "Whaling", "Somebody");
    about.topic = "emma".into();
    let (index, _writer) = index(&[
        about,
        book(2, "Emma Brown, a long tale of other things", "C. Savery"),
        book(3, "Emmanuel", "S. Weil"),
        book(4, "Emma", "Jane Austen"),
    ]);
    assert_eq!(
        found(&index, "emma"),
        [4, 2, 1, 3],
        "whole words in the title, little else, then the topic, then begun"
    );
}

#[test]
fn what_was_meant_is_said_in_the_words_of_the_book_that_was_found() {
    let book = book(1, "Anna Karénina", "Leo Tolstoy");
    for (typed, said) in
        [("tolstoi ana", Some("tolstoy anna")), ("tolstoy karenin", None), ("leo tolsoty", Some("leo tolstoy"))]
    {
        assert_eq!(meant(&Query::parse(typed).expect("understood"), &book).as_deref(), said, "{typed}");
    }
}

/// All parts of an answer, with what `between` does between them.
fn every_part(index: &Index, mut ask: Ask, mut between: impl FnMut()) -> Vec<u32> {
    let mut all = Vec::new();
    loop {
        let Found { ids, next, .. } = index.search(&ask).expect("answers");
        all.extend(ids.into_iter().map(|id| id.0));
        let Some(next) = next else { return all };
        ask.after = Some(next);
        between();
    }
}

#[test]
fn paging_shows_every_book_once_while_others_are_added() {
    let books: Vec<Document> = (0..30).map(|id| book(id * 10, &format!("The book {}", id % 7), "A")).collect();
    for sort in Sort::ALL {
        let (index, mut writer) = index(&books);
        let mut added = 1000;
        let shown = every_part(&index, Ask { sort, limit: 4, ..ask("the boo") }, || {
            for title in ["The book", "The book 3", "The book of the books 9"] {
                added += 1;
                writer.put(&book(added, title, "A")).expect("puts");
            }
            writer.commit("there").expect("commits");
        });
        let old: Vec<u32> = shown.iter().copied().filter(|id| *id < 1000).collect();
        assert_eq!(old.iter().collect::<BTreeSet<_>>().len(), old.len(), "{sort:?}: once");
        assert_eq!(old.len(), books.len(), "{sort:?}: every one");
    }
}

#[test]
fn a_cursor_of_another_question_leads_nowhere() {
    let (index, _writer) = index(&[book(1, "a b", ""), book(2, "a c", ""), book(3, "a d", "")]);
    let next = index.search(&Ask { limit: 1, ..ask("a") }).expect("answers").next;
    assert_eq!(index.search(&Ask { after: next, ..ask("b") }).expect("answers"), Found::default());
}

#[test]
fn the_numbers_of_each_facet_add_up_to_the_books_that_its_other_filters_leave() {
    let books: Vec<Document> = (0..200)
        .map(|id| Document {
            topic: ["novels", "sea", "war"][id as usize % 3].into(),
            language: ["en", "de"][id as usize % 2].into(),
            price: Money::from_cents(u64::from(id) * 40).expect("a price"),
            available: id % 5 != 0,
            ..book(id, "The book", "")
        })
        .collect();
    let (index, _writer) = index(&books);
    let all = index.search(&ask("book")).expect("answers");
    let sum = |counted: &[(String, u64)]| counted.iter().map(|(_, books)| books).sum::<u64>();
    assert_eq!(all.total, 200);
    assert_eq!((sum(&all.facets.topics), sum(&all.facets.languages)), (200, 200));
    assert_eq!(all.facets.prices.iter().map(|band| band.books).sum::<u64>(), 200);
    assert_eq!((all.facets.available, all.facets.sold_out), (160, 40));

    for (topic, books) in &all.facets.topics {
        let filters = Filters { topic: Some(topic.clone()), ..Filters::default() };
        let one = index.search(&Ask { filters, ..ask("book") }).expect("answers");
        assert_eq!(one.total, *books, "choosing {topic} brings the number beside it");
        assert_eq!(one.facets.topics, all.facets.topics, "and what the other choices would bring still stands there");
        assert_eq!(sum(&one.facets.languages), *books);
    }
}

#[test]
fn a_topic_holds_those_below_it_and_the_number_beside_it_says_so() {
    let of = |id, topic: &str| Document { topic: topic.into(), ..book(id, "The book", "") };
    let books = [of(1, "war / at sea"), of(2, "war / at sea / alone"), of(3, "war"), of(4, "warfare")];
    let (index, _writer) = index(&books);
    let all = index.search(&ask("book")).expect("answers");
    let named = |topic: &str| all.facets.topics.iter().find(|(name, _)| name == topic).map(|(_, books)| *books);
    let wanted = [("war", 3), ("war / at sea", 2), ("war / at sea / alone", 1), ("warfare", 1)];
    for (topic, books) in wanted {
        let filters = Filters { topic: Some(topic.into()), ..Filters::default() };
        let one = index.search(&Ask { filters, ..ask("book") }).expect("answers");
        assert_eq!((one.total, named(topic)), (books, Some(books)), "{topic}");
        assert_eq!(one.facets.topics, all.facets.topics);
    }
    // A topic that has no book of its own is there for those below it.
    let (index, _writer) = self::index(&books[..1]);
    let found = index.search(&ask("book")).expect("answers");
    assert_eq!(found.facets.topics, [("war".to_owned(), 1), ("war / at sea".to_owned(), 1)]);
}

#[test]
fn what_is_put_again_is_there_once_as_it_is_now() {
    let (index, mut writer) = index(&[book(1, "Old name", ""), book(2, "Other", "")]);
    assert_eq!(index.available(ItemId(1)).expect("answers"), Some(true));
    writer.put(&Document { available: false, ..book(1, "New name", "") }).expect("puts");
    writer.commit("there").expect("commits");
    assert!(found(&index, "old").is_empty());
    assert_eq!(found(&index, "name"), [1]);
    assert_eq!(index.available(ItemId(1)).expect("answers"), Some(false));
    assert_eq!(index.available(ItemId(9)).expect("answers"), None);
    assert_eq!(index.books(), 2);
}

fn reopened(directory: &Path) -> Result<(u64, String), NotOpened> {
    Index::open(directory).map(|(index, _, position)| (index.books(), position))
}

#[test]
fn an_index_is_opened_again_where_it_was_left_and_is_none_before_its_first_commit() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("search");
    assert!(matches!(reopened(&path), Err(NotOpened::Absent)));
    let (_, mut writer) = Index::create(&path).expect("creates");
    writer.add(&book(1, "Emma", "Jane Austen")).expect("adds");
    writer.finish().expect("ends without a commit");
    assert!(matches!(reopened(&path), Err(NotOpened::Absent)));

    let (_, mut writer) = Index::create(&path).expect("creates");
    writer.add(&book(1, "Emma", "Jane Austen")).expect("adds");
    writer.commit("as far as 7").expect("commits");
    drop(writer);
    assert_eq!(reopened(&path).expect("opens"), (1, "as far as 7".to_owned()));
}

#[test]
fn damage_is_noticed_whatever_file_it_is_in() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("search");
    let make = || {
        let (_, mut writer) = Index::create(&path).expect("creates");
        (0..50).for_each(|id| writer.add(&book(id, "Emma", "Jane Austen")).expect("adds"));
        writer.commit("x").expect("commits");
        writer.finish().expect("ends");
    };
    make();
    let names = std::fs::read_dir(&path).expect("lists").map(|entry| entry.expect("an entry").file_name());
    let kinds: BTreeSet<String> = names
        .filter_map(|name| Some(Path::new(&name).extension()?.to_str()?.to_owned()))
        .filter(|kind| !matches!(kind.as_str(), "lock" | "json"))
        .collect();
    assert!(kinds.len() >= 3, "{kinds:?}");
    for kind in kinds.iter().map(String::as_str).chain(["meta.json"]) {
        make();
        let entries = std::fs::read_dir(&path).expect("lists").map(|entry| entry.expect("an entry").path());
        let file = entries.into_iter().find(|file| file.to_string_lossy().ends_with(kind)).expect("such a file");
        let mut bytes = std::fs::read(&file).expect("reads");
        bytes[0] ^= 0x55;
        // What tantivy has written is read-only.
        std::fs::remove_file(&file).expect("removes");
        std::fs::write(&file, bytes).expect("writes");
        assert!(matches!(reopened(&path), Err(NotOpened::Damaged(_))), "{kind}");
    }
    assert!("x".parse::<Cursor>().is_err());
}

//! The same answers by looking at every document: slow, short, and easy to believe.

use crate::ask::{Ask, MOST_HITS, Sort};
use crate::cursor::{Cursor, Key};
use crate::document::Document;
use crate::facets::{BOUNDS, Facets, Fails, band, bands, sorted};
use crate::index::Found;
use crate::query::{Query, Word};
use crate::rank::{Fit, Numbers, number, score};
use crate::spelling::is_close;
use std::collections::BTreeMap;
use wire::topic;

/// What is found among these books, each of another id.
pub fn search(books: &[Document], ask: &Ask) -> Found {
    if ask.after.as_ref().is_some_and(|after| after.question != ask.fingerprint()) {
        return Found::default();
    }
    let as_typed = || answer(books, ask, false);
    let lenient = ask.after.as_ref().map(|after| after.lenient);
    match lenient {
        Some(true) => answer(books, ask, true),
        Some(false) => as_typed(),
        None => Some(as_typed()).filter(|found| found.unfiltered > 0).unwrap_or_else(|| answer(books, ask, true)),
    }
}

fn answer(books: &[Document], ask: &Ask, lenient: bool) -> Found {
    let matching = books.iter().filter_map(|book| Some((book, points(&ask.query, book, lenient)?)));
    let matching: Vec<(&Document, u32)> = matching.collect();
    let wanted = matching.iter().filter(|(book, _)| fails(ask, book).count() == 0);
    let mut hits: Vec<_> = wanted.map(|(book, points)| (key(ask, book, *points), book.id)).collect();
    hits.sort();
    let total = hits.len() as u64;
    if let Some(after) = &ask.after {
        hits.retain(|hit| *hit > (after.key.clone(), after.id));
    }
    let more = hits.len() > ask.limit.min(MOST_HITS);
    hits.truncate(ask.limit.min(MOST_HITS));
    let cursor = |(key, id): &(Key, _)| Cursor { question: ask.fingerprint(), key: key.clone(), id: *id, lenient };
    let unfiltered = matching.len() as u64;
    let nobody_has = |word: &&Word| !books.iter().any(|book| fit(word, book, lenient).is_some());
    let unknown = ask.query.words.iter().filter(nobody_has).map(|word| word.text.clone());
    Found {
        ids: hits.iter().map(|(_, id)| *id).collect(),
        total,
        unfiltered,
        facets: facets(ask, &matching),
        next: hits.last().filter(|_| more).map(cursor),
        lenient: lenient && unfiltered > 0,
        unknown: if unfiltered == 0 { unknown.collect() } else { Vec::new() },
    }
}

fn points(query: &Query, book: &Document, lenient: bool) -> Option<u32> {
    let there = book.words();
    if query.meaningless || query.without.iter().any(|word| there.contains_key(word)) {
        return None;
    }
    query.words.iter().map(|word| fit(word, book, lenient).map(Fit::points)).sum()
}

fn fit(word: &Word, book: &Document, lenient: bool) -> Option<Fit> {
    let there = book.words();
    let fit = |(other, place): (&String, &_)| {
        if *other == word.text {
            Some(Fit::Whole(*place))
        } else if word.open && other.starts_with(&word.text) {
            Some(Fit::Begun)
        } else if lenient && word.may_be_misspelt() && is_close(other, &word.text) {
            Some(Fit::Misspelt)
        } else {
            None
        }
    };
    there.iter().filter_map(fit).max()
}

fn key(ask: &Ask, book: &Document, points: u32) -> Key {
    match ask.sort {
        Sort::Title => Key::Title(book.title_key()),
        Sort::Relevance if ask.query.words.is_empty() => Key::Number(0),
        sort => Key::Number(number(sort, score(points, book.title_words()), || numbers(book))),
    }
}

fn numbers(book: &Document) -> Numbers {
    Numbers { price: book.price.cents(), year: book.year, id: book.id }
}

fn fails(ask: &Ask, book: &Document) -> Fails {
    let filters = &ask.filters;
    Fails {
        topic: filters.topic.as_ref().is_some_and(|topic| !topic::holds(topic, &book.topic)),
        language: filters.language.as_ref().is_some_and(|language| *language != book.language),
        price: Fails::price_of(filters, || book.price.cents()),
        available: filters.available.is_some_and(|available| available != book.available),
    }
}

fn facets(ask: &Ask, matching: &[(&Document, u32)]) -> Facets {
    let among = |ignored: fn(&Fails) -> bool| {
        let kept = move |book: &Document| {
            let fails = fails(ask, book);
            fails.count() == 0 || fails.count() == 1 && ignored(&fails)
        };
        matching.iter().map(|(book, _)| *book).filter(move |book| kept(book))
    };
    let mut facets = Facets::default();
    let (mut topics, mut languages) = (BTreeMap::new(), BTreeMap::new());
    for book in among(|fails| fails.topic) {
        for topic in topic::above(&book.topic).chain([book.topic.as_str()]) {
            *topics.entry(topic.to_owned()).or_default() += 1;
        }
    }
    among(|fails| fails.language).for_each(|book| *languages.entry(book.language.clone()).or_default() += 1);
    let mut prices = [0; BOUNDS.len() + 1];
    among(|fails| fails.price).for_each(|book| prices[band(book.price.cents())] += 1);
    for book in among(|fails| fails.available) {
        *(if book.available { &mut facets.available } else { &mut facets.sold_out }) += 1;
    }
    Facets {
        topics: sorted(topics.into_iter().collect()),
        languages: sorted(languages.into_iter().collect()),
        prices: bands(&prices),
        ..facets
    }
}

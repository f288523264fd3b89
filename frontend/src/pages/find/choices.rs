//! What is chosen on the page of a search, read from its address, and the links that choose something else.
//!
//! Pure: a question in, addresses and words out.

use crate::say::Say;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serve::input::parse_pairs;
use wire::search::{Facets, Wanted};
use wire::{Money, Problem};

/// Choices of one kind that are shown; the rest is found with more words.
const SHOWN: usize = 12;

/// A question as the address has it. What is empty is not chosen: a form sends all its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) q: String,
    topic: Option<String>,
    language: Option<String>,
    min_price: Option<Money>,
    max_price: Option<Money>,
    available: bool,
    sort: Option<String>,
    pub(super) cursor: Option<String>,
}

/// What books can be narrowed to by one property.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Facet {
    pub(super) name: &'static str,
    pub(super) choices: Vec<Choice>,
}

/// One of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) label: String,
    pub(super) books: u64,
    /// Where it leads: to what it chooses, or back from it when it is chosen.
    pub(super) href: String,
    pub(super) chosen: bool,
}

/// An order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sorting {
    pub(super) label: &'static str,
    pub(super) href: String,
    pub(super) chosen: bool,
}

impl Chosen {
    /// Reads an address.
    pub(super) fn read(address: &str) -> Result<Self, Problem> {
        let pairs: Vec<(String, String)> = parse_pairs(address.as_bytes())?;
        let mut chosen = Self::default();
        for (name, value) in pairs {
            let given = (!value.is_empty()).then(|| value.clone());
            match name.as_str() {
                "q" => chosen.q = value,
                "topic" => chosen.topic = given,
                "language" => chosen.language = Some(value),
                "min_price" => chosen.min_price = price("min_price", given)?,
                "max_price" => chosen.max_price = price("max_price", given)?,
                "available" => chosen.available = value == "true",
                "sort" => chosen.sort = given,
                "cursor" => chosen.cursor = given,
                // A link from elsewhere may carry marks of its own.
                _ => (),
            }
        }
        Ok(chosen)
    }

    /// Whether nothing is looked for.
    pub(super) fn is_empty(&self) -> bool {
        self.q.trim().is_empty()
            && Self { q: String::new(), sort: None, cursor: None, ..self.clone() } == Self::default()
    }

    /// The question.
    pub(super) fn wanted(&self) -> Result<Wanted, Problem> {
        if let (Some(least), Some(most)) = (self.min_price, self.max_price)
            && least > most
        {
            return Err(Problem::invalid("max_price", "The highest price is below the lowest."));
        }
        Ok(Wanted {
            q: self.q.clone(),
            topic: self.topic.clone(),
            language: self.language.clone(),
            min_price: self.min_price,
            max_price: self.max_price,
            available: self.available.then_some(true),
            sort: self.sort.clone(),
            limit: 0,
            cursor: self.cursor.clone(),
        })
    }

    /// The same question from its beginning.
    pub(super) fn first_page(&self) -> Self {
        Self { cursor: None, ..self.clone() }
    }

    /// The same filters and order for other words.
    pub(super) fn asking(&self, words: &str) -> Self {
        Self { q: words.to_owned(), ..self.first_page() }
    }

    /// The same question behind `cursor`.
    pub(super) fn going_on(&self, cursor: &str) -> Self {
        Self { cursor: Some(cursor.to_owned()), ..self.clone() }
    }

    /// The same words, and nothing else.
    pub(super) fn unfiltered(&self) -> Self {
        Self { q: self.q.clone(), sort: self.sort.clone(), ..Self::default() }
    }

    /// Its parts, by name, without the words and the place.
    fn kept(&self) -> Vec<(&'static str, String)> {
        let mut kept = Vec::new();
        kept.extend(self.topic.clone().map(|topic| ("topic", topic)));
        kept.extend(self.language.clone().map(|language| ("language", language)));
        kept.extend(self.min_price.map(|price| ("min_price", price.to_string())));
        kept.extend(self.max_price.map(|price| ("max_price", price.to_string())));
        kept.extend(self.available.then(|| ("available", "true".to_owned())));
        kept.extend(self.sort.clone().map(|sort| ("sort", sort)));
        kept
    }

    /// Its address.
    pub(super) fn href(&self) -> String {
        let query = Some(("q", self.q.trim().to_owned())).filter(|(_, words)| !words.is_empty());
        let cursor = self.cursor.clone().map(|cursor| ("cursor", cursor));
        let parts = query.into_iter().chain(self.kept()).chain(cursor);
        let parts: Vec<String> =
            parts.map(|(name, value)| format!("{name}={}", utf8_percent_encode(&value, NON_ALPHANUMERIC))).collect();
        format!("/find?{}", parts.join("&"))
    }
}

fn price(field: &str, given: Option<String>) -> Result<Option<Money>, Problem> {
    let wrong = |why: wire::NotValid| Problem::invalid(field, format!("{field} is wrong: {why}."));
    given.map(|text| text.parse()).transpose().map_err(wrong)
}

/// The orders there are, and which one this is.
pub(super) fn sorting(say: &Say, chosen: &Chosen) -> Vec<Sorting> {
    let orders = [
        (None, say.find.best),
        (Some("price"), say.find.cheapest),
        (Some("-price"), say.find.dearest),
        (Some("title"), say.find.by_title),
        (Some("newest"), say.find.newest),
    ];
    let now = chosen.sort.as_deref().filter(|sort| *sort != "relevance");
    let sorting = |(sort, label): (Option<&str>, &'static str)| Sorting {
        label,
        href: Chosen { sort: sort.map(str::to_owned), ..chosen.first_page() }.href(),
        chosen: now == sort,
    };
    orders.into_iter().map(sorting).collect()
}

/// What there is to choose from; a property with one value only is no choice, unless it is chosen.
pub(super) fn facets(say: &Say, chosen: &Chosen, counted: &Facets, currency: &str) -> Vec<Facet> {
    let facets = [
        Facet { name: say.find.availability, choices: availability(say, chosen, counted) },
        Facet { name: say.find.topic, choices: topics(chosen, counted) },
        Facet { name: say.find.language, choices: languages(say, chosen, counted) },
        Facet { name: say.find.price, choices: prices(say, chosen, counted, currency) },
    ];
    let is_choice = |facet: &Facet| facet.choices.len() > 1 || facet.choices.iter().any(|choice| choice.chosen);
    facets.into_iter().filter(is_choice).collect()
}

fn availability(say: &Say, chosen: &Chosen, counted: &Facets) -> Vec<Choice> {
    if counted.sold_out == 0 && !chosen.available {
        return Vec::new();
    }
    let choice = |label: &str, available: bool, books: u64| Choice {
        label: label.to_owned(),
        books,
        href: Chosen { available, ..chosen.first_page() }.href(),
        chosen: chosen.available == available,
    };
    vec![
        choice(say.find.all, false, counted.available + counted.sold_out),
        choice(say.stock.plenty, true, counted.available),
    ]
}

fn topics(chosen: &Chosen, counted: &Facets) -> Vec<Choice> {
    let choice = |one: &wire::search::Choice| {
        let is_chosen = chosen.topic.as_ref() == Some(&one.value);
        let topic = (!is_chosen).then(|| one.value.clone());
        let href = Chosen { topic, ..chosen.first_page() }.href();
        Choice { label: one.value.clone(), books: one.books, href, chosen: is_chosen }
    };
    let named = counted.topics.iter().filter(|one| !one.value.is_empty());
    shown(named.map(choice).collect())
}

fn languages(say: &Say, chosen: &Chosen, counted: &Facets) -> Vec<Choice> {
    let choice = |one: &wire::search::Choice| {
        let is_chosen = chosen.language.as_ref() == Some(&one.value);
        let language = (!is_chosen).then(|| one.value.clone());
        let href = Chosen { language, ..chosen.first_page() }.href();
        Choice {
            label: if one.value.is_empty() { say.reads.unknown.to_owned() } else { say.language(&one.value) },
            books: one.books,
            href,
            chosen: is_chosen,
        }
    };
    shown(counted.languages.iter().map(choice).collect())
}

fn prices(say: &Say, chosen: &Chosen, counted: &Facets, currency: &str) -> Vec<Choice> {
    let choice = |band: &wire::search::PriceBand| {
        let (least, most) = (cents(band.min_cents), band.max_cents.and_then(cents));
        let is_chosen = (chosen.min_price, chosen.max_price) == (least, most);
        let (min_price, max_price) = if is_chosen { (None, None) } else { (least, most) };
        Choice {
            label: band_label(say, band.min_cents, band.max_cents, currency),
            books: band.books,
            href: Chosen { min_price, max_price, ..chosen.first_page() }.href(),
            chosen: is_chosen,
        }
    };
    let worth_a_look = |choice: &Choice| choice.books > 0 || choice.chosen;
    counted.prices.iter().map(choice).filter(worth_a_look).collect()
}

fn cents(cents: u32) -> Option<Money> {
    Money::from_cents(cents.into()).ok()
}

fn band_label(say: &Say, least: u32, most: Option<u32>, currency: &str) -> String {
    match (least, most) {
        (0, Some(most)) => (say.find.under)(&say.money(u64::from(most) + 1, currency)),
        (least, Some(most)) => {
            (say.find.from_to)(&say.money(least.into(), currency), &say.money(most.into(), currency))
        }
        (least, None) => (say.find.and_more)(&say.money(least.into(), currency)),
    }
}

/// The first choices, and the one that is chosen wherever it stands.
fn shown(choices: Vec<Choice>) -> Vec<Choice> {
    let stays = |(place, choice): &(usize, Choice)| *place < SHOWN || choice.chosen;
    choices.into_iter().enumerate().filter(stays).map(|(_, choice)| choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::say::ENGLISH;
    use wire::search::PriceBand;

    fn one(value: &str, books: u64) -> wire::search::Choice {
        wire::search::Choice { value: value.into(), books }
    }

    fn counted() -> Facets {
        Facets {
            topics: vec![one("novels & tales", 3), one("war", 1)],
            languages: vec![one("en", 4)],
            prices: vec![
                PriceBand { min_cents: 0, max_cents: Some(999), books: 2 },
                PriceBand { min_cents: 1_000, max_cents: Some(1_999), books: 0 },
                PriceBand { min_cents: 5_000, max_cents: None, books: 2 },
            ],
            available: 3,
            sold_out: 1,
        }
    }

    #[test]
    fn an_address_reads_back_as_the_question_that_it_is_of() {
        let address = "q=war+%26+peace&topic=novels%20%26%20tales&language=&min_price=10&max_price=19.99&available=true\
                       &sort=-price&cursor=abc";
        let chosen = Chosen::read(address).expect("readable");
        assert_eq!((chosen.q.as_str(), chosen.language.as_deref()), ("war & peace", Some("")));
        let again = chosen.href();
        assert_eq!(Chosen::read(again.trim_start_matches("/find?")).expect("readable"), chosen);
        assert!(!again.contains(' ') && !again.contains('"'), "{again}");
    }

    #[test]
    fn a_form_with_empty_fields_asks_for_nothing() {
        for address in ["", "q=", "q=%20&topic=&min_price=&sort=price", "utm_source=x"] {
            assert!(Chosen::read(address).expect("readable").is_empty(), "{address}");
        }
        assert_eq!(Chosen::read("min_price=x").expect_err("no price").field.as_deref(), Some("min_price"));
        let reversed = Chosen::read("min_price=20&max_price=10").expect("readable").wanted();
        assert_eq!(reversed.expect_err("reversed").field.as_deref(), Some("max_price"));
    }

    #[test]
    fn every_choice_leads_to_the_first_page_of_what_it_says_and_the_chosen_one_back() {
        let chosen = Chosen::read("q=war&topic=war&cursor=abc").expect("readable");
        let facets = facets(&ENGLISH, &chosen, &counted(), "€");
        let names: Vec<_> = facets.iter().map(|facet| (facet.name, facet.choices.len())).collect();
        assert_eq!(names, [("Availability", 2), ("Topic", 2), ("Price", 2)], "one language is no choice");
        let topic = |place: usize| (&facets[1].choices[place].href, facets[1].choices[place].chosen);
        assert_eq!(topic(0), (&"/find?q=war&topic=novels%20%26%20tales".to_owned(), false));
        assert_eq!(topic(1), (&"/find?q=war".to_owned(), true));
        assert_eq!(facets[2].choices[0].label, "Under 10.00\u{a0}€");
        assert_eq!(facets[2].choices[1].href, "/find?q=war&topic=war&min_price=50%2E00");
    }

    #[test]
    fn the_order_in_use_is_marked_and_each_begins_at_the_first_page() {
        let sorting = sorting(&ENGLISH, &Chosen::read("q=war&sort=title&cursor=abc").expect("readable"));
        let marked: Vec<_> = sorting.iter().filter(|one| one.chosen).map(|one| one.label).collect();
        assert_eq!(marked, ["Title"]);
        assert!(sorting.iter().all(|one| !one.href.contains("cursor")));
        assert_eq!(sorting[0].href, "/find?q=war");
    }
}

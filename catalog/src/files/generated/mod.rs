//! Books that nobody wrote, for trying a shop out: as many as are wanted, and the same ones for the same seed.
//!
//! Each is made of the seed and its number alone, so that a file of any length is written as it is made. The random numbers
//! are written out here (`SplitMix64`, Steele, Lea and Flood, 2014), since no crate promises the same ones for ever.

mod names;
mod words;

use super::FiledBook;
use names::{FAMILIES, GIVEN, PLACES};
use std::fmt::Write as _;
use stock::Fields;
use wire::{Format, Isbn, Money, Published};
use words::{ADJECTIVES, LANGUAGES, NOUNS, PUBLISHERS, SENTENCES, TITLES, TOPICS};

/// The most books: each has its own ISBN, of 979-9 and eight digits.
pub(crate) const MOST: u64 = 100_000_000;

/// The first twelve digits of the first ISBN. No publisher has a number of 979-9: that group of ISBNs has not been given to
/// any country.
const FIRST_BODY: u64 = 979_900_000_000;

/// Units of the title that sells best; the second one has half of them, the third a third.
const BEST_SELLER: u64 = 1000;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// One of the numbers below `end`; each nearly as likely as the others, since `end` is small.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap_or(0)]
    }
}

/// The books of a seed.
pub(crate) struct Generated {
    seed: u64,
    number: u64,
    next: u64,
    /// How far apart in the file the ranks of two neighbours are: shares no divisor with the number of books, so that each
    /// has another rank.
    stride: u64,
}

impl Generated {
    /// `number` books, at most [`MOST`].
    pub(crate) fn new(number: u64, seed: u64) -> Self {
        let number = number.min(MOST);
        let from = Random(seed).next() % number.max(1);
        let stride = (from..from + number).find(|stride| divisor(*stride, number) == 1).unwrap_or(1);
        Self { seed, number, next: 0, stride }
    }

    /// How many customers ask for a title compared with others, 1 for the best seller.
    fn rank(&self, index: u64) -> u64 {
        // Neither factor is above a hundred million.
        index * self.stride % self.number + 1
    }

    fn book(&self, index: u64) -> FiledBook {
        let mut random = Random(self.seed ^ (index + 1).wrapping_mul(0xd6e8_feb8_6659_fd93));
        let (topic, format) = (random.pick(&TOPICS), format(&mut random));
        let published = date(&mut random);
        let year = published.map(|date| i16::try_from(u64::from(date.year()) - random.below(4) * random.below(15)));
        let fields = Fields {
            title: Some(title(&mut random)),
            authors: Some(authors(&mut random)),
            year: year.and_then(Result::ok),
            language: Some(random.pick(&LANGUAGES).to_owned()),
            topic: Some(topic.to_owned()),
            cost: Some(price(&mut random, format)),
            isbn: Isbn::of_body(FIRST_BODY + index).ok(),
            publisher: Some(random.pick(&PUBLISHERS).to_owned()),
            published,
            format: Some(format),
            description: Some(description(&mut random, topic)),
            cover: None,
        };
        // Zipf's law. Most titles are single copies.
        FiledBook { id: None, fields, units: Some((BEST_SELLER / self.rank(index)).max(1)), cover: None }
    }
}

fn divisor(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { divisor(other, one % other) }
}

impl Iterator for Generated {
    type Item = FiledBook;

    fn next(&mut self) -> Option<FiledBook> {
        let index = Some(self.next).filter(|next| *next < self.number)?;
        self.next += 1;
        Some(self.book(index))
    }
}

fn title(random: &mut Random) -> String {
    let pattern = random.pick(&TITLES);
    let mut title = filled(random, pattern, str::to_owned);
    // One in some is a volume of a series.
    if random.below(12) == 0 {
        let _ = write!(title, ", Volume {}", random.below(9) + 1);
    }
    title
}

/// The pattern with a word for each of its places: 1 an adjective and 2 a noun, in the given `case`, 3 a place, 4 a given name
/// and 5 a family's.
fn filled(random: &mut Random, pattern: &str, case: fn(&str) -> String) -> String {
    let mut text = String::with_capacity(64);
    for letter in pattern.chars() {
        match letter {
            '1' => text.push_str(&case(random.pick(&ADJECTIVES))),
            '2' => text.push_str(&case(random.pick(&NOUNS))),
            '3' => text.push_str(&PLACES.any(random)),
            '4' => text.push_str(&GIVEN.any(random)),
            '5' => text.push_str(&FAMILIES.any(random)),
            letter => text.push(letter),
        }
    }
    text
}

fn authors(random: &mut Random) -> String {
    let several = if random.below(6) == 0 { 2 } else { 1 };
    let names = (0..several).map(|_| format!("{} {}", GIVEN.any(random), FAMILIES.any(random)));
    names.collect::<Vec<_>>().join("; ")
}

fn date(random: &mut Random) -> Option<Published> {
    let year = 1960 + u16::try_from(random.below(66)).unwrap_or(0);
    let part = |most: u64, random: &mut Random| u8::try_from(random.below(most) + 1).unwrap_or(1);
    // Of old books one knows less.
    let month = if random.below(4) == 0 { 0 } else { part(12, random) };
    let day = if month == 0 || random.below(3) == 0 { 0 } else { part(28, random) };
    Published::new(year, month, day).ok()
}

fn format(random: &mut Random) -> Format {
    match random.below(100) {
        0..52 => Format::Paperback,
        52..80 => Format::Hardback,
        80..92 => Format::EBook,
        92..97 => Format::Audio,
        97..99 => Format::BoardBook,
        _ => Format::Other,
    }
}

fn price(random: &mut Random, format: Format) -> Money {
    let (least, range) = match format {
        Format::Hardback => (18, 30),
        Format::Audio => (12, 14),
        Format::EBook => (4, 11),
        _ => (6, 14),
    };
    let cents = (least + random.below(range)) * 100 + random.pick(&[0, 50, 90, 95, 99]);
    Money::from_cents(cents).unwrap_or_default()
}

fn description(random: &mut Random, topic: &str) -> String {
    let sentences = random.below(3) + 1;
    let mut text = String::with_capacity(256);
    for _ in 0..sentences {
        let pattern = random.pick(&SENTENCES);
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&filled(random, pattern, str::to_lowercase));
    }
    let _ = write!(text, "\nFiled under {}; not a real book.", wire::topic::name(topic));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_same_seed_makes_the_same_books_and_another_one_others() {
        let books = |seed| Generated::new(50, seed).collect::<Vec<_>>();
        assert_eq!(books(7), books(7));
        assert_ne!(books(7), books(8));
        // Pinned, so that a file of today can be made again tomorrow.
        let first = &books(7)[0].fields;
        assert_eq!(first.isbn.map(|isbn| isbn.to_string()).as_deref(), Some("9799000000004"));
        let told = format!("{} by {}", first.title.as_deref().unwrap_or(""), first.authors.as_deref().unwrap_or(""));
        assert_eq!(told, "A Short History of the Sparrow by Magnus Lockwood");
    }

    #[test]
    fn every_book_has_another_isbn_is_complete_and_fits() {
        let books: Vec<_> = Generated::new(3000, 1).collect();
        let isbns: BTreeSet<_> = books.iter().map(|book| book.fields.isbn).collect();
        assert_eq!(isbns.len(), 3000);
        for book in &books {
            let fields = &book.fields;
            fields.check().expect("it fits");
            assert!(wire::topic::is_whole(fields.topic.as_deref().unwrap_or_default()), "{fields:?}");
            assert!(fields.cost.is_some() && fields.year.is_some() && fields.published.is_some(), "{fields:?}");
        }
        let topics: BTreeSet<_> = books.iter().filter_map(|book| book.fields.topic.as_deref()).collect();
        assert!(topics.iter().any(|topic| wire::topic::above(topic).count() == 2), "{topics:?}");
    }

    #[test]
    fn units_follow_zipfs_law_and_most_titles_are_single_copies() {
        for number in [1, 2, 12, 997, 2000] {
            let mut units: Vec<_> = Generated::new(number, 3).filter_map(|book| book.units).collect();
            units.sort_unstable_by_key(|units| std::cmp::Reverse(*units));
            let expected: Vec<_> = (1..=number).map(|rank| (BEST_SELLER / rank).max(1)).collect();
            assert_eq!(units, expected);
        }
        let single = Generated::new(5000, 3).filter(|book| book.units == Some(1)).count();
        assert_eq!(single, 4500);
        assert_eq!(Generated::new(0, 3).count(), 0);
    }
}

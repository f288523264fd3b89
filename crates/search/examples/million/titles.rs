//! A shop whose titles and names are made of words that are as unevenly common as real ones, and what is typed into its box.

use crate::PAGE;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use search::{Ask, Document, Filters, Query, Sort};
use wire::{ItemId, Money};

/// Words by how common they are: the n-th is as common as 1/n.
struct Words(Vec<String>);

impl Words {
    fn new(number: usize, random: &mut SmallRng) -> Self {
        const SYLLABLES: [&str; 24] = [
            "the", "an", "of", "in", "er", "ra", "to", "mi", "lo", "ka", "ne", "si", "du", "ba", "ve", "or", "al",
            "tin", "mar", "son", "gre", "vil", "hou", "sta",
        ];
        let mut seen = std::collections::BTreeSet::new();
        let mut words = Vec::new();
        while words.len() < number {
            let syllables = 1 + words.len().ilog2_or_zero() / 5 + random.random_range(0..2);
            let word: String = (0..syllables).map(|_| SYLLABLES[random.random_range(0..SYLLABLES.len())]).collect();
            if seen.insert(word.clone()) || syllables > 4 {
                words.push(word);
            }
        }
        Self(words)
    }

    fn any(&self, random: &mut SmallRng) -> &str {
        // The inverse of a Zipf distribution with exponent one, near enough.
        let most = f64::from(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
        let place = most.powf(random.random::<f64>()) - 1.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the number of words"
        )]
        let place = place as usize;
        &self.0[place.min(self.0.len() - 1)]
    }
}

trait Logarithm {
    fn ilog2_or_zero(self) -> usize;
}

impl Logarithm for usize {
    fn ilog2_or_zero(self) -> usize {
        self.checked_ilog2().map_or(0, |log| log as usize)
    }
}

/// The shop: books made of words, always the same for a seed.
pub(crate) struct Shop {
    titles: Words,
    names: Words,
    random: SmallRng,
}

impl Shop {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = SmallRng::seed_from_u64(seed);
        let (titles, names) = (Words::new(150_000, &mut random), Words::new(80_000, &mut random));
        Self { titles, names, random }
    }

    fn text(&mut self, of_titles: bool, words: usize) -> String {
        let list = if of_titles { &self.titles } else { &self.names };
        (0..words).map(|_| list.any(&mut self.random)).collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn book(&mut self, id: u32) -> Document {
        let (title_words, topic) = (self.random.random_range(2..9), self.random.random_range(0..60_u32));
        Document {
            id: ItemId(id),
            title: self.text(true, title_words),
            authors: self.text(false, 2),
            isbn: format!("978{:010}", self.random.random_range(0..10_000_000_000_u64)),
            topic: format!("topic{}", topic * topic / 60),
            language: ["en", "en", "en", "fr", "de", "es"][self.random.random_range(0..6)].into(),
            price: Money::from_cents(self.random.random_range(100..9_000)).unwrap_or_default(),
            available: self.random.random_range(0..10) > 0,
            year: Some(self.random.random_range(1800..2026)),
        }
    }

    /// What somebody types who looks for something: often a book that exists, sometimes not finished or misspelt.
    pub(crate) fn question(&mut self) -> Ask {
        let words = self.random.random_range(1..4);
        let typed = match self.random.random_range(0..10) {
            0..5 => self.text(true, words),
            5..8 => self.text(false, words.min(2)),
            8 => self.unfinished(),
            _ => self.misspelt(),
        };
        let filters = if self.random.random_range(0..4) == 0 {
            Filters { language: Some("fr".into()), available: Some(true), ..Filters::default() }
        } else {
            Filters::default()
        };
        let sort = if self.random.random_range(0..8) == 0 { Sort::PriceUp } else { Sort::Relevance };
        Ask { query: Query::parse(&typed).unwrap_or_default(), filters, sort, limit: PAGE, after: None }
    }

    fn unfinished(&mut self) -> String {
        let mut text = self.text(true, 2);
        text.truncate(text.len().saturating_sub(2).max(3));
        text
    }

    fn misspelt(&mut self) -> String {
        let mut letters: Vec<char> = self.text(false, 1).chars().collect();
        let place = self.random.random_range(0..letters.len());
        letters[place] = 'q';
        letters.into_iter().collect()
    }
}

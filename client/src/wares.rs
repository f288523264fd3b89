//! What there is to ask for: the titles of the shop, in the order of their popularity.
//!
//! Pure. Popularity is the run's own idea: a shuffle by the seed, so that the same seed wants the same books.

use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Zipf};
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::ItemId;
use wire::v1::Book;

/// How much more popular a title is than the next: 1 is Zipf's law as it was found for words.
const EXPONENT: f64 = 1.0;

/// Units left, by title.
pub(crate) type Stock = BTreeMap<ItemId, u64>;

/// Units left of each of these books.
pub(crate) fn stock(books: &[Book]) -> Stock {
    books.iter().map(|book| (book.id, book.available)).collect()
}

/// A title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Title {
    pub(crate) id: ItemId,
    /// `None` where it has none: then nobody searches for it.
    pub(crate) topic: Option<Arc<str>>,
    pub(crate) available: u64,
}

/// The titles of a shop; there is at least one.
#[derive(Clone, Debug)]
pub(crate) struct Wares {
    titles: Vec<Title>,
    ranks: Zipf<f64>,
}

impl Wares {
    /// The wares that are these books; `None` where there are none.
    pub(crate) fn of(books: &[Book], seed: u64) -> Option<Self> {
        let mut topics: BTreeMap<&str, Arc<str>> = BTreeMap::new();
        let mut title = |book| {
            let Book { id, topic, available, .. }: &Book = book;
            let topic = topic.as_deref().map(|name| Arc::clone(topics.entry(name).or_insert_with(|| name.into())));
            Title { id: *id, topic, available: *available }
        };
        let mut titles: Vec<Title> = books.iter().map(&mut title).collect();
        titles.shuffle(&mut SmallRng::seed_from_u64(seed));
        #[expect(clippy::cast_precision_loss, reason = "no shop has 2^52 titles")]
        let ranks = Zipf::new(titles.len() as f64, EXPONENT).ok()?;
        Some(Self { titles, ranks })
    }

    /// All titles, the most popular one first.
    pub(crate) fn titles(&self) -> &[Title] {
        &self.titles
    }

    /// One of them, by popularity.
    pub(crate) fn popular(&self, rng: &mut SmallRng) -> &Title {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank is 1 to the number of titles"
        )]
        let rank = self.ranks.sample(rng) as usize;
        &self.titles[rank.clamp(1, self.titles.len()) - 1]
    }

    /// One of them, all alike.
    pub(crate) fn any(&self, rng: &mut SmallRng) -> &Title {
        &self.titles[rng.random_range(0..self.titles.len())]
    }

    /// The one of which there is most.
    pub(crate) fn fullest(&self) -> &Title {
        self.titles.iter().max_by_key(|title| title.available).unwrap_or(&self.titles[0])
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn book(id: u32, topic: Option<&str>, available: u64) -> Book {
        Book {
            title: format!("Book {id}"),
            topic: topic.map(str::to_owned),
            price_cents: 1250,
            available,
            ..Book::from(&wire::ItemState::unknown(ItemId(id)))
        }
    }

    fn shelf() -> Vec<Book> {
        (1..=100).map(|id| book(id, Some("measuring"), u64::from(id % 7))).collect()
    }

    #[test]
    fn the_same_seed_wants_the_same_books_and_another_seed_others() {
        let order = |seed| Wares::of(&shelf(), seed).expect("there are books").titles().to_vec();
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
        assert_eq!(order(2).len(), 100);
    }

    #[test]
    fn the_most_popular_title_is_wanted_about_twice_as_often_as_the_next() {
        let wares = Wares::of(&shelf(), 1).expect("there are books");
        let mut rng = SmallRng::seed_from_u64(1);
        let mut wanted = BTreeMap::<ItemId, u32>::new();
        for _ in 0..20_000 {
            *wanted.entry(wares.popular(&mut rng).id).or_default() += 1;
        }
        let of = |rank: usize| f64::from(wanted.get(&wares.titles()[rank].id).copied().unwrap_or(0));
        let ratio = of(0) / of(1);
        assert!((1.7..2.4).contains(&ratio), "{ratio}");
        assert!(of(0) > 20.0 * of(90), "{} {}", of(0), of(90));
    }

    #[test]
    fn the_fullest_title_has_the_most_units_and_no_books_are_no_wares() {
        assert_eq!(Wares::of(&shelf(), 1).expect("there are books").fullest().available, 6);
        assert!(Wares::of(&[], 1).is_none());
    }
}

//! A whole question: words, filters, order, how many, and behind which book it goes on.

use crate::cursor::Cursor;
use crate::query::Query;
use std::str::FromStr;
use wire::search::Wanted;
use wire::{Money, NotValid, Problem};

/// The most books in one answer.
pub const MOST_HITS: usize = 100;

/// What books must be like, beside having the words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filters {
    /// Of this topic, or of one below it.
    pub topic: Option<String>,
    /// In this language; the empty one is of books whose language nobody knows.
    pub language: Option<String>,
    /// At least this price.
    pub min_price: Option<Money>,
    /// At most this price.
    pub max_price: Option<Money>,
    /// To be had, or sold out.
    pub available: Option<bool>,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// The best answer first; without words by id.
    #[default]
    Relevance,
    /// The cheapest first.
    PriceUp,
    /// The dearest first.
    PriceDown,
    /// By title.
    Title,
    /// The youngest first, by year of publication; those of one year by id, downwards; last those without a year.
    Newest,
}

impl Sort {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Relevance, Self::PriceUp, Self::PriceDown, Self::Title, Self::Newest];

    /// Its name in an address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::PriceUp => "price",
            Self::PriceDown => "-price",
            Self::Title => "title",
            Self::Newest => "newest",
        }
    }
}

impl FromStr for Sort {
    type Err = NotValid;

    fn from_str(text: &str) -> Result<Self, NotValid> {
        let named = Self::ALL.into_iter().find(|sort| sort.name() == text);
        named.ok_or(NotValid("a sort is relevance, price, -price, title or newest"))
    }
}

/// A question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ask {
    /// The words.
    pub query: Query,
    /// What the books must be like.
    pub filters: Filters,
    /// In which order.
    pub sort: Sort,
    /// How many at most; [`MOST_HITS`] where it is more.
    pub limit: usize,
    /// Where the last part ended.
    pub after: Option<Cursor>,
}

impl TryFrom<&Wanted> for Ask {
    type Error = Problem;

    /// Reads a question as it travels.
    fn try_from(wanted: &Wanted) -> Result<Self, Problem> {
        let query = Query::parse(&wanted.q).map_err(|why| Problem::invalid("q", format!("q is wrong: {why}.")))?;
        if !(1..=MOST_HITS).contains(&wanted.limit) {
            return Err(Problem::invalid("limit", format!("limit is a whole number from 1 to {MOST_HITS}.")));
        }
        let wrong = |field: &str, why: NotValid| Problem::invalid(field, format!("{field} is wrong: {why}."));
        let sort = wanted.sort.as_deref().map(str::parse::<Sort>).transpose().map_err(|why| wrong("sort", why))?;
        let after = wanted.cursor.as_deref().map(str::parse::<Cursor>).transpose();
        let filters = Filters {
            topic: wanted.topic.clone(),
            language: wanted.language.clone(),
            min_price: wanted.min_price,
            max_price: wanted.max_price,
            available: wanted.available,
        };
        let (sort, after) = (sort.unwrap_or_default(), after.map_err(|why| wrong("cursor", why))?);
        Ok(Self { query, filters, sort, limit: wanted.limit, after })
    }
}

impl Ask {
    /// What tells this question from others, wherever it goes on: a cursor of another one leads nowhere.
    pub(crate) fn fingerprint(&self) -> u32 {
        let Filters { topic, language, min_price, max_price, available } = &self.filters;
        let filters = format!("{topic:?} {language:?} {min_price:?} {max_price:?} {available:?}");
        let text = format!("{:?} {filters} {}", self.query, self.sort.name());
        let hash = *blake3::hash(text.as_bytes()).as_bytes();
        u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
    }
}

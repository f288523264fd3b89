//! A book as it is found: what is looked at, what is filtered by, what is sorted by.

use crate::text::{folded, isbn, words};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use wire::{ItemId, Money};

/// Letters of a title that it is sorted by.
const SORTED_BY: usize = 48;

/// What is indexed of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Which book.
    pub id: ItemId,
    /// Title.
    pub title: String,
    /// Authors, in any form; empty where unknown.
    pub authors: String,
    /// ISBN, with or without hyphens; empty where there is none.
    pub isbn: String,
    /// Topic.
    pub topic: String,
    /// ISO 639-1 code of the language; empty where unknown.
    pub language: String,
    /// Price of one unit.
    pub price: Money,
    /// Whether there is a unit to buy.
    pub available: bool,
    /// Year of first publication.
    pub year: Option<i16>,
}

/// Where in a book a word stands; the later, the more it says about the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// In its topic, or it is its ISBN.
    Beside,
    /// In its title or the names of its authors.
    Named,
}

/// How long what words begin with is, in letters, where it is indexed by itself: many words begin with so few letters,
/// and few with more.
const BEGINNINGS: RangeInclusive<usize> = 2..=4;

/// Whether what begins so is indexed by itself.
pub(crate) fn is_beginning(text: &str) -> bool {
    BEGINNINGS.contains(&text.chars().count())
}

/// What the word begins with and goes on behind.
pub(crate) fn beginnings(word: &str) -> impl Iterator<Item = &str> {
    // The place of a letter is the end of those before it.
    let ends = word.char_indices().map(|(place, _)| place).enumerate();
    ends.filter(|(letters, _)| BEGINNINGS.contains(letters)).map(|(_, place)| &word[..place])
}

impl Document {
    /// Each word that finds the book, with the best place where it stands.
    pub(crate) fn words(&self) -> BTreeMap<String, Place> {
        let number = isbn(&self.isbn).map_or_else(|| words(&self.isbn), |isbn| vec![isbn]);
        let beside = words(&self.topic).into_iter().chain(number).map(|word| (word, Place::Beside));
        let named = words(&self.title).into_iter().chain(words(&self.authors)).map(|word| (word, Place::Named));
        // Later ones replace earlier ones.
        beside.chain(named).collect()
    }

    /// What it is sorted by where that is its title.
    pub(crate) fn title_key(&self) -> String {
        folded(&self.title).chars().take(SORTED_BY).collect()
    }

    /// How many words its title has, up to 15: of two books that have what is looked for, the one with less else is it.
    pub(crate) fn title_words(&self) -> u8 {
        u8::try_from(words(&self.title).len()).unwrap_or(u8::MAX).min(15)
    }
}

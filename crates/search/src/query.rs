//! What people type into the box, understood: words, words in quotes, words with a minus, an ISBN.
//!
//! Pure. There is no way to type something wrong, only too much of it.

use crate::text::{isbn, words};
use std::collections::BTreeSet;

/// The longest text that is looked for, in bytes.
pub const LONGEST: usize = 2_048;
/// The most words that are looked for at once.
pub const MOST_WORDS: usize = 32;
/// From this many letters on a word may be the beginning of another.
const OPEN: usize = 2;
/// From this many letters on a word may be misspelt.
const MISSPELT: usize = 4;
/// A number of fewer digits than this is a year or a volume: the next one is another.
const LONG_NUMBER: usize = 10;

/// Why a text is not looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotUnderstood {
    /// It is too long.
    #[error("that is longer than {LONGEST} bytes: try a few words of it")]
    TooLong,
    /// It has too many words.
    #[error("that is more than {MOST_WORDS} words: try a few of them")]
    TooManyWords,
}

/// A word that is looked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word {
    /// It, folded.
    pub text: String,
    /// Whether it may be the beginning of a word: it is the last one, and whoever types it may not have finished.
    pub open: bool,
    /// Whether it was in quotes: it means itself and nothing like it.
    pub exact: bool,
}

/// What is looked for: books that have every word of [`Query::words`] and none of [`Query::without`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Query {
    /// The words, each once.
    pub words: Vec<Word>,
    /// What a book must not have. Only ever beside words.
    pub without: Vec<String>,
    /// Whether something was typed that has no words at all: it finds nothing, while nothing typed finds everything.
    pub meaningless: bool,
}

impl Query {
    /// Reads what somebody typed.
    ///
    /// # Errors
    /// [`NotUnderstood`] when it is too much.
    pub fn parse(typed: &str) -> Result<Self, NotUnderstood> {
        if typed.len() > LONGEST {
            return Err(NotUnderstood::TooLong);
        }
        if let Some(isbn) = isbn(typed.trim()) {
            return Ok(Self { words: vec![Word { text: isbn, open: false, exact: false }], ..Self::default() });
        }
        let mut query = Self::default();
        let last = typed.rsplit(char::is_whitespace).next().unwrap_or_default();
        let unfinished = last.ends_with(char::is_alphanumeric) && !last.starts_with('-');
        // Every second piece is in quotes; of quotes that nobody closed the rest is.
        for (number, piece) in typed.split(['"', '“', '”', '„', '«', '»']).enumerate() {
            query.take(piece, number % 2 == 1);
        }
        if let Some(last) = query.words.last_mut().filter(|_| unfinished) {
            last.open = !last.exact && last.text.chars().count() >= OPEN;
        }
        let mut seen = BTreeSet::new();
        // The last one stays, since it may be open.
        query.words.reverse();
        query.words.retain(|word| seen.insert(word.text.clone()));
        query.words.reverse();
        if query.words.is_empty() {
            query.without.clear();
        }
        query.meaningless = query.words.is_empty() && !typed.trim().is_empty();
        if query.words.len() + query.without.len() > MOST_WORDS {
            return Err(NotUnderstood::TooManyWords);
        }
        Ok(query)
    }

    fn take(&mut self, piece: &str, exact: bool) {
        for part in piece.split_whitespace() {
            match part.strip_prefix('-').filter(|_| !exact).map(words) {
                Some(without) if !without.is_empty() => self.without.extend(without),
                _ => self.words.extend(words(part).into_iter().map(|text| Word { text, open: false, exact })),
            }
        }
    }

    /// Whether it finds every book.
    pub fn is_everything(&self) -> bool {
        self.words.is_empty() && !self.meaningless
    }
}

impl Word {
    /// Whether a book that has no such word may have meant it with one that is a letter different.
    pub fn may_be_misspelt(&self) -> bool {
        let letters = self.text.chars().count();
        let number = self.text.chars().all(char::is_numeric);
        !self.exact && letters >= if number { LONG_NUMBER } else { MISSPELT }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str) -> (Vec<String>, Vec<String>) {
        let query = Query::parse(typed).expect("understood");
        let shown = |word: Word| {
            let (quote, open) = (if word.exact { "\"" } else { "" }, if word.open { "*" } else { "" });
            format!("{quote}{}{open}{quote}", word.text)
        };
        (query.words.into_iter().map(shown).collect(), query.without)
    }

    #[test]
    fn the_last_word_may_be_unfinished_and_words_in_quotes_are_not() {
        for (typed, words) in [
            ("War and pea", vec!["war", "and", "pea*"]),
            ("war and peace ", vec!["war", "and", "peace"]),
            ("c", vec!["c"]),
            ("\"War and\" peace", vec!["\"war\"", "\"and\"", "peace*"]),
            ("\"war and peace", vec!["\"war\"", "\"and\"", "\"peace\""]),
            ("the war of the the", vec!["war", "of", "the*"]),
            ("978-0-14-143951-8", vec!["9780141439518"]),
        ] {
            assert_eq!(read(typed).0, words, "{typed}");
        }
    }

    #[test]
    fn a_minus_before_a_word_takes_books_away_and_one_inside_does_not() {
        assert_eq!(read("war -peace"), (vec!["war".into()], vec!["peace".into()]));
        assert_eq!(read("Saint-Exupéry"), (vec!["saint".into(), "exupery*".into()], vec![]));
        assert_eq!(read("-peace"), (vec![], vec![]));
        assert_eq!(read("war - peace"), (vec!["war".into(), "peace*".into()], vec![]));
    }

    #[test]
    fn what_has_no_words_finds_nothing_and_nothing_finds_everything() {
        for typed in ["!!!", "😀", "\"\"", "-", "\u{0}\u{7f}"] {
            let query = Query::parse(typed).expect("understood");
            assert!(query.meaningless && query.words.is_empty(), "{typed}");
        }
        for typed in ["", "  \t"] {
            assert!(Query::parse(typed).expect("understood").is_everything(), "{typed:?}");
        }
    }

    #[test]
    fn too_much_is_refused() {
        assert_eq!(Query::parse(&"x".repeat(10_240)), Err(NotUnderstood::TooLong));
        let many: Vec<String> = (0..=MOST_WORDS).map(|number| format!("w{number}")).collect();
        assert_eq!(Query::parse(&many.join(" ")), Err(NotUnderstood::TooManyWords));
        assert!(Query::parse(&many[1..].join(" ")).is_ok());
    }
}

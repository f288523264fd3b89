//! One typing mistake: which words are that close, and what somebody may have meant.

use crate::document::Document;
use crate::query::Query;

/// Whether one becomes the other by changing, adding or leaving out one letter, or by swapping two neighbours.
pub(crate) fn is_close(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let (short, long) = if one.len() <= other.len() { (&one, &other) } else { (&other, &one) };
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let (short, long) = (&short[same..], &long[same..]);
    match long.len() - short.len() {
        0 if short.is_empty() => true,
        0 => {
            let swapped = short.len() > 1 && short[0] == long[1] && short[1] == long[0] && short[2..] == long[2..];
            short[1..] == long[1..] || swapped
        }
        1 => short == &long[1..],
        _ => false,
    }
}

/// The words of `query` as they are written in a book that was found for it though none has them all as they were typed.
///
/// `None` when the book has them as they were typed.
pub fn meant(query: &Query, found: &Document) -> Option<String> {
    let there = found.words();
    let mut changed = false;
    let mut said = Vec::with_capacity(query.words.len());
    for word in &query.words {
        let as_typed = there.contains_key(&word.text)
            || word.open
                && there.range(word.text.clone()..).next().is_some_and(|(next, _)| next.starts_with(&word.text));
        let close = || there.keys().find(|other| is_close(&word.text, other));
        match (as_typed, close()) {
            (false, Some(other)) => {
                changed = true;
                said.push(other.clone());
            }
            _ => said.push(word.text.clone()),
        }
    }
    changed.then(|| said.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_mistake_is_close_and_two_are_not() {
        for (typed, meant) in [
            ("tolstoi", "tolstoy"),
            ("tolsoy", "tolstoy"),
            ("tollstoy", "tolstoy"),
            ("totlsoy", "toltsoy"),
            ("otlstoy", "tolstoy"),
            ("tolsto", "tolstoy"),
            ("", "a"),
            ("same", "same"),
        ] {
            assert!(is_close(typed, meant) && is_close(meant, typed), "{typed} {meant}");
        }
        for (typed, other) in [("tolstoi", "tolsty"), ("totlsyo", "tolstoy"), ("ab", "ba1"), ("", "ab")] {
            assert!(!is_close(typed, other) && !is_close(other, typed), "{typed} {other}");
        }
    }

    /// The textbook's table (optimal string alignment), to compare with.
    fn distance(one: &[char], other: &[char]) -> usize {
        let mut table = vec![vec![0; other.len() + 1]; one.len() + 1];
        for (i, row) in table.iter_mut().enumerate() {
            row[0] = i;
        }
        for (j, cell) in table[0].iter_mut().enumerate() {
            *cell = j;
        }
        for i in 1..=one.len() {
            for j in 1..=other.len() {
                let change = usize::from(one[i - 1] != other[j - 1]);
                let mut least = (table[i - 1][j] + 1).min(table[i][j - 1] + 1).min(table[i - 1][j - 1] + change);
                if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                    least = least.min(table[i - 2][j - 2] + 1);
                }
                table[i][j] = least;
            }
        }
        table[one.len()][other.len()]
    }

    proptest! {
        #[test]
        fn close_is_what_the_textbook_calls_a_distance_of_at_most_one(one in "[ab]{0,5}", other in "[ab]{0,5}") {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(is_close(&one, &other), distance(&letters(&one), &letters(&other)) <= 1);
        }
    }
}

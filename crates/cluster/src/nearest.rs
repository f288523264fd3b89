//! Which key somebody meant who wrote one that does not exist.

use crate::membership::{MEMBERSHIP, ZOOKEEPER};
use crate::name::ReplicaName;

/// More changes than this and a proposal would be a guess.
const MOST_CHANGES: usize = 3;

/// The known key that takes the fewest changes to get to from `key`, if there is one close enough.
///
/// Letter case weighs least: `CATALOGB_PORT` is `catalogB_port` and nothing else.
pub(crate) fn known_key(key: &str) -> Option<String> {
    // Longer than any key and its changes: comparing it would cost time and find nothing.
    if key.len() > 64 {
        return None;
    }
    let folded = key.to_lowercase();
    ReplicaName::all()
        .flat_map(|name| [format!("{name}_ip"), format!("{name}_port")])
        .chain([MEMBERSHIP.to_owned(), ZOOKEEPER.to_owned()])
        .map(|known| (changes(&folded, &known.to_lowercase()), changes(key, &known), known))
        .min_by_key(|(folded, exact, _)| (*folded, *exact))
        .filter(|(folded, _, _)| *folded <= MOST_CHANGES)
        .map(|(_, _, known)| known)
}

/// How many characters have to be put in, left out or exchanged to make `to` of `from` (Levenshtein).
fn changes(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in to.iter().enumerate() {
            let exchanged = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = exchanged.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_insertions_deletions_and_exchanges() {
        for (from, to, expected) in [("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("same", "same", 0)] {
            assert_eq!(changes(from, to), expected, "{from} to {to}");
        }
    }

    #[test]
    fn a_slip_of_the_finger_finds_the_key_that_was_meant() {
        for (written, meant) in [
            ("ctalogB_port", "catalogB_port"),
            ("catalogA_prot", "catalogA_port"),
            ("CATALOGC_PORT", "catalogC_port"),
            ("catalog_ip", "catalogA_ip"),
            ("order_B_ip", "orderB_ip"),
            ("frontendA_port", "frontend_port"),
            ("memebrship", "membership"),
            ("ZooKeeper", "zookeeper"),
        ] {
            assert_eq!(known_key(written).as_deref(), Some(meant), "{written}");
        }
    }

    #[test]
    fn a_word_that_resembles_no_key_finds_none() {
        assert_eq!(known_key("database_url"), None);
        assert_eq!(known_key(&"catalogA_port".repeat(10)), None);
    }
}

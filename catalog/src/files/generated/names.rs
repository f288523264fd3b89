//! Names by how common they are: a few that many have, and many that hardly anybody has, as in any large shop.
//!
//! How common they are follows Zipf's law nearly: of the ranks from 16 to 31, from 32 to 63 and so on, each such group is as
//! likely as any other. The first names are listed; the others are put together from syllables by their number.

use super::Random;
use super::words::{FAMILY_NAMES, GIVEN_NAMES, PLACE_NAMES};

/// Names of one kind.
pub(super) struct Names {
    listed: &'static [&'static str],
    ends: [&'static str; 16],
    /// The first rank is two to the power of the first, and there are as many groups as the second says.
    groups: (u32, u64),
}

/// Given names: about two thousand.
pub(super) const GIVEN: Names = Names {
    listed: &GIVEN_NAMES,
    ends: ["a", "o", "in", "ela", "ar", "is", "ine", "us", "ika", "en", "ia", "mir", "ette", "wyn", "ro", "li"],
    groups: (4, 7),
};

/// Names of families: about 130,000.
pub(super) const FAMILIES: Names = Names {
    listed: &FAMILY_NAMES,
    ends: [
        "sen", "mann", "ley", "ov", "ini", "berg", "ton", "eau", "ez", "ström", "wright", "aki", "ide", "escu", "by",
        "ga",
    ],
    groups: (5, 12),
};

/// Names of places: about 16,000.
pub(super) const PLACES: Names = Names {
    listed: &PLACE_NAMES,
    ends: [
        "ford", "by", "haven", "mouth", "stad", "ville", "grad", "thorpe", "burg", "mere", "wick", "dale", "ora",
        "heim", "bridge", "minster",
    ],
    groups: (4, 10),
};

const BEGINNINGS: [&str; 32] = [
    "Al", "Bar", "Bel", "Cor", "Dan", "Dor", "El", "Fal", "Fen", "Gar", "Gol", "Hal", "Hol", "Ir", "Jor", "Kal", "Kes",
    "Lan", "Lor", "Mal", "Mor", "Nor", "Os", "Pel", "Ral", "Ros", "Sal", "Ster", "Tal", "Tor", "Ul", "Wes",
];
const MIDDLES: [&str; 32] = [
    "a", "e", "i", "o", "u", "an", "en", "in", "on", "un", "ar", "er", "ir", "or", "ur", "al", "el", "il", "ol", "ul",
    "am", "em", "im", "om", "um", "as", "es", "is", "os", "us", "eth", "oph",
];

impl Names {
    /// One of them.
    pub(super) fn any(&self, random: &mut Random) -> String {
        let (first, groups) = self.groups;
        let group = 1 << (u64::from(first) + random.below(groups));
        self.name(group + random.below(group) - (1 << first))
    }

    /// The name with this number, another one for each.
    fn name(&self, number: u64) -> String {
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        let Some(mut number) = number.checked_sub(self.listed.len()) else { return self.listed[number].to_owned() };
        let mut next = |from: &[&'static str]| {
            let part = from[number % from.len()];
            number /= from.len();
            (part, number)
        };
        let (begins, _) = next(&BEGINNINGS);
        let (ends, mut left) = next(&self.ends);
        let mut name = begins.to_owned();
        while left > 0 {
            let (middle, rest) = next(&MIDDLES);
            name.push_str(middle);
            left = rest;
        }
        name + ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_few_names_are_common_and_most_are_rare() {
        let (mut random, mut seen) = (Random(1), BTreeMap::new());
        for _ in 0..100_000 {
            *seen.entry(FAMILIES.any(&mut random)).or_insert(0_u32) += 1;
        }
        assert!(seen.len() > 30_000, "{} names", seen.len());
        assert!(seen["Abara"] > 150, "{}", seen["Abara"]);
        let once = seen.values().filter(|times| **times == 1).count();
        assert!(once * 2 > seen.len(), "{once} of {} once", seen.len());
    }

    #[test]
    fn a_name_is_that_of_its_number_and_listed_ones_come_first() {
        assert_eq!(PLACES.name(0), PLACE_NAMES[0]);
        assert_eq!(
            [0, 1, 32, 512, 512 * 33].map(|number| PLACES.name(30 + number)),
            ["Alford", "Barford", "Alby", "Aleford", "Aleeford"]
        );
    }
}

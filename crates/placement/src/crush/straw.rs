//! The arithmetic under CRUSH: hash, logarithm and the straws made of them, in whole numbers, so that every machine
//! gets the same bits. The map and the walk through it are not here.

use super::ln_table::{LOW_LOG, RECIPROCAL_AND_LOG};

/// The straw of an item, the smallest of which is the best: minus the logarithm of a random number over the weight, so
/// that the chance to have the best is as large as the weight.
pub(super) fn draw(input: u32, id: u32, number: u32, weight: u32) -> u64 {
    let random = hash3(input, id, number) & 0xffff;
    ((1 << 48) - log2(random)).checked_div(u64::from(weight)).unwrap_or(u64::MAX)
}

/// 2^44 · log₂(`random` + 1), for 16 bits, as two tables have it.
fn log2(random: u32) -> u64 {
    let x = random + 1;
    // To 2^15 … 2^16, as the tables want it.
    let shift = x.leading_zeros().saturating_sub(16);
    let (x, exponent) = (x << shift, u64::from(15 - shift));
    let [reciprocal, log] = RECIPROCAL_AND_LOG[(x >> 8) as usize - 128];
    let low = (u64::from(x) * reciprocal) >> 48 & 0xff;
    (exponent << 44) + ((log + LOW_LOG[low as usize]) >> 4)
}

/// Robert Jenkins' mix of three 32 bit words, each into the others.
fn mix(a: &mut u32, b: &mut u32, c: &mut u32) {
    fn turn(into: &mut u32, one: u32, other: u32, shifted: u32) {
        *into = into.wrapping_sub(one).wrapping_sub(other) ^ shifted;
    }
    for [right, left, last] in [[13, 8, 13], [12, 16, 5], [3, 10, 15]] {
        turn(a, *b, *c, *c >> right);
        turn(b, *c, *a, *a << left);
        turn(c, *a, *b, *b >> last);
    }
}

const SEED: u32 = 1_315_423_911;
/// What stands for words that a hash has too few of.
const PADDING: (u32, u32) = (231_232, 1232);

/// The hash of three words: `rjenkins1`.
pub(super) fn hash3(mut a: u32, mut b: u32, mut c: u32) -> u32 {
    let mut hash = SEED ^ a ^ b ^ c;
    let (mut left, mut right) = PADDING;
    mix(&mut a, &mut b, &mut hash);
    mix(&mut c, &mut left, &mut hash);
    mix(&mut right, &mut a, &mut hash);
    mix(&mut b, &mut left, &mut hash);
    mix(&mut right, &mut c, &mut hash);
    hash
}

/// The hash of two words.
pub(super) fn hash2(mut a: u32, mut b: u32) -> u32 {
    let mut hash = SEED ^ a ^ b;
    let (mut left, mut right) = PADDING;
    mix(&mut a, &mut b, &mut hash);
    mix(&mut left, &mut a, &mut hash);
    mix(&mut b, &mut right, &mut hash);
    hash
}

#[cfg(test)]
mod tests {
    use super::{LOW_LOG, RECIPROCAL_AND_LOG, draw, hash2, hash3, log2};
    use crate::Weight;
    use serde_json::Value;

    #[test]
    fn the_tables_are_the_figures_of_the_vectors() {
        let vectors: Value = serde_json::from_str(include_str!("../../tests/vectors/crush.json")).expect("JSON");
        let figures = |name: &str| {
            let list = vectors["straw2_ln"][name].as_array().expect("a list of figures");
            list.iter().map(|figure| figure.as_u64().expect("a figure")).collect::<Vec<_>>()
        };
        assert_eq!(RECIPROCAL_AND_LOG.as_flattened(), figures("rh_lh"));
        assert_eq!(LOW_LOG.as_slice(), figures("ll"));
    }

    #[test]
    fn the_logarithm_of_all_65_536_numbers_is_off_by_less_than_a_2_14th() {
        for random in 0..=0xffff_u32 {
            let real = f64::from(random + 1).log2();
            // In 2^24ths, so that it fits a float.
            let fixed = f64::from(u32::try_from(log2(random) >> 20).expect("at most 16 · 2^24")) / f64::from(1 << 24);
            assert!((fixed - real).abs() < 1.0 / f64::from(1 << 14), "{random}: {fixed}, not {real}");
        }
    }

    #[test]
    fn a_straw_without_weight_is_the_worst() {
        assert_eq!(draw(1, 2, 3, 0), u64::MAX);
        assert!(draw(1, 2, 3, 1) < u64::MAX);
        assert!(draw(1, 2, 3, Weight::ONE.fixed()) > draw(1, 2, 3, 2 * Weight::ONE.fixed()));
    }

    #[test]
    fn every_word_changes_the_hash() {
        assert_ne!(hash3(1, 2, 3), hash3(1, 2, 4));
        assert_ne!(hash3(1, 2, 3), hash3(1, 3, 3));
        assert_ne!(hash3(1, 2, 3), hash3(2, 2, 3));
        assert_ne!(hash2(1, 2), hash2(2, 1));
    }
}

//! How many of the books found there are of each topic, language and price, and how many can be had.

use crate::ask::Filters;

/// Where one price band ends and the next begins, in cents.
pub(crate) const BOUNDS: [u32; 3] = [1_000, 2_000, 5_000];

/// Books within some prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// The lowest price, in cents.
    pub from: u32,
    /// The highest price, in cents; `None` for any above.
    pub to: Option<u32>,
    /// How many books.
    pub books: u64,
}

/// Numbers of books: for each kind of filter, what there would be without that one and with the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// By topic, each with those below it, most first, then by name.
    pub topics: Vec<(String, u64)>,
    /// By language, most first, then by code; the empty one is of books whose language nobody knows.
    pub languages: Vec<(String, u64)>,
    /// By price, lowest first; every band, also the empty ones.
    pub prices: Vec<Band>,
    /// That can be had now.
    pub available: u64,
    /// That can't.
    pub sold_out: u64,
}

/// Which band a price is in.
pub(crate) fn band(cents: u32) -> usize {
    BOUNDS.iter().filter(|bound| cents >= **bound).count()
}

pub(crate) fn bands(books: &[u64; BOUNDS.len() + 1]) -> Vec<Band> {
    let band = |(number, books): (usize, &u64)| {
        let from = number.checked_sub(1).map_or(0, |before| BOUNDS[before]);
        Band { from, to: BOUNDS.get(number).map(|bound| bound - 1), books: *books }
    };
    books.iter().enumerate().map(band).collect()
}

/// Most first, then by name.
pub(crate) fn sorted(mut counted: Vec<(String, u64)>) -> Vec<(String, u64)> {
    counted.retain(|(_, books)| *books > 0);
    counted.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    counted
}

/// Which filters a book fails, of four.
#[expect(clippy::struct_excessive_bools, reason = "one for each filter")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fails {
    pub(crate) topic: bool,
    pub(crate) language: bool,
    pub(crate) price: bool,
    pub(crate) available: bool,
}

impl Fails {
    /// Whether a price, in cents, is outside of what is wanted; it is not asked for where any is.
    pub(crate) fn price_of(filters: &Filters, cents: impl Fn() -> u32) -> bool {
        filters.min_price.is_some_and(|least| cents() < least.cents())
            || filters.max_price.is_some_and(|most| cents() > most.cents())
    }

    /// How many.
    pub(crate) fn count(self) -> u8 {
        u8::from(self.topic) + u8::from(self.language) + u8::from(self.price) + u8::from(self.available)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bands_meet_without_gap_or_overlap() {
        let bands = bands(&[1, 2, 3, 4]);
        assert_eq!(bands[0].from, 0);
        for (lower, higher) in bands.iter().zip(&bands[1..]) {
            assert_eq!(lower.to.map(|to| to + 1), Some(higher.from));
        }
        assert_eq!(bands[3].to, None);
        for (number, one) in bands.iter().enumerate() {
            assert_eq!((band(one.from), band(one.to.unwrap_or(u32::MAX))), (number, number));
        }
    }
}

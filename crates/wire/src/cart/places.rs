//! Who holds which key: keys fall into buckets, and the objects of one bucket are at the same replicas.

use super::Key;
use crate::home;

/// On how many replicas an object is kept, if there are so many.
const COPIES: usize = 3;
/// How many buckets there are.
const BUCKETS: u16 = 1024;

/// The buckets of one shop, and who holds them; every replica and every gateway makes the same of the same names.
#[derive(Clone, Debug)]
pub struct Places {
    /// All names, by bucket, the first to be asked first.
    ranked: Vec<Vec<String>>,
}

impl Places {
    /// The places among the replicas of these names.
    pub fn among<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let ranked = |bucket: u16| {
            let mut names = names.clone();
            home::rank(&bucket.to_be_bytes(), &mut names, String::as_str);
            names
        };
        Self { ranked: (0..BUCKETS).map(ranked).collect() }
    }

    /// The bucket of a key.
    pub fn bucket_of(key: &Key) -> u16 {
        let hash = blake3::hash(key.as_str().as_bytes());
        u16::from_be_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]) % BUCKETS
    }

    /// All buckets.
    pub fn buckets(&self) -> impl Iterator<Item = u16> + use<> {
        0..BUCKETS
    }

    /// Who holds a bucket, the first to be asked first.
    pub fn holders(&self, bucket: u16) -> &[String] {
        let ranked = self.ranked(bucket);
        &ranked[..ranked.len().min(COPIES)]
    }

    /// Who comes after those: they keep copies for holders that are away.
    pub fn after(&self, bucket: u16) -> &[String] {
        let ranked = self.ranked(bucket);
        &ranked[ranked.len().min(COPIES)..]
    }

    /// Whether this replica holds the bucket.
    pub fn holds(&self, bucket: u16, name: &str) -> bool {
        self.holders(bucket).iter().any(|holder| holder == name)
    }

    /// Whether both hold the bucket.
    pub fn share(&self, bucket: u16, one: &str, other: &str) -> bool {
        self.holds(bucket, one) && self.holds(bucket, other)
    }

    fn ranked(&self, bucket: u16) -> &[String] {
        self.ranked.get(usize::from(bucket)).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bucket_is_held_by_three_and_the_others_come_after() {
        let places = Places::among(["cartA", "cartB", "cartC", "cartD", "cartE"]);
        for bucket in 0..BUCKETS {
            let all = [places.holders(bucket), places.after(bucket)].concat();
            assert_eq!((places.holders(bucket).len(), all.len()), (3, 5));
            assert!(["cartA", "cartE"].iter().all(|name| all.iter().any(|one| one == name)));
        }
        assert_eq!(Places::among(["cartA"]).holders(0), ["cartA"]);
    }
}

//! What replicas compare: a digest of each bucket, which two replicas have alike exactly if its objects are alike.
//!
//! A bucket's digest is the sum, without carry, of those of its objects, so that one object more or another state of it
//! costs two operations and no reading. The sum is of hashes nobody chooses: keys and states that cancel out would have
//! to be made on purpose, by somebody who holds the cluster's token.

use std::collections::BTreeMap;
use wire::cart::{BucketDigests, Digest, Held, Key};

/// The digests of all buckets that have objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Digests {
    buckets: BTreeMap<u16, Sum>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    sum: [u8; 32],
    objects: u64,
}

/// What an object adds to its bucket.
fn part(key: &Key, state: &Digest) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&state.0).update(key.as_str().as_bytes());
    hasher.finalize().into()
}

impl Digests {
    /// An object is there, in this state.
    pub(crate) fn add(&mut self, bucket: u16, key: &Key, state: &Digest) {
        let sum = self.buckets.entry(bucket).or_default();
        sum.turn(key, state);
        sum.objects += 1;
    }

    /// An object is no longer there, or not in this state.
    pub(crate) fn take_away(&mut self, bucket: u16, key: &Key, state: &Digest) {
        let Some(sum) = self.buckets.get_mut(&bucket) else { return };
        sum.turn(key, state);
        sum.objects -= 1;
        if sum.objects == 0 {
            self.buckets.remove(&bucket);
        }
    }

    /// How many objects there are.
    pub(crate) fn objects(&self) -> u64 {
        self.buckets.values().map(|sum| sum.objects).sum()
    }

    /// How many objects there are in each bucket.
    pub(crate) fn counts(&self) -> Held {
        self.buckets.iter().map(|(bucket, sum)| (*bucket, sum.objects)).collect()
    }

    /// The digests of the buckets for which `wanted` holds.
    pub(crate) fn of(&self, wanted: impl Fn(u16) -> bool) -> BucketDigests {
        let wanted = self.buckets.iter().filter(|(bucket, _)| wanted(**bucket));
        wanted.map(|(bucket, sum)| (*bucket, Digest(sum.sum))).collect()
    }
}

impl Sum {
    fn turn(&mut self, key: &Key, state: &Digest) {
        for (sum, byte) in self.sum.iter_mut().zip(part(key, state)) {
            *sum ^= byte;
        }
    }
}

/// One digest of many buckets: equal exactly if they are.
pub(crate) fn root(buckets: &BucketDigests) -> Digest {
    let mut hasher = blake3::Hasher::new();
    for (bucket, digest) in buckets {
        hasher.update(&bucket.to_be_bytes()).update(&digest.0);
    }
    Digest(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        Key::of("cart", name).expect("a key")
    }

    #[test]
    fn the_digest_of_a_bucket_does_not_depend_on_how_it_came_to_be() {
        let (mut one, mut other) = (Digests::default(), Digests::default());
        one.add(7, &key("a"), &Digest([1; 32]));
        one.add(7, &key("b"), &Digest([2; 32]));
        other.add(7, &key("b"), &Digest([3; 32]));
        other.add(7, &key("a"), &Digest([1; 32]));
        assert_ne!(one, other);
        other.take_away(7, &key("b"), &Digest([3; 32]));
        other.add(7, &key("b"), &Digest([2; 32]));
        assert_eq!(one, other);
        assert_eq!(root(&one.of(|_| true)), root(&other.of(|_| true)));
        assert_eq!(one.objects(), 2);
    }

    #[test]
    fn two_objects_that_change_places_are_not_alike() {
        let (mut one, mut other) = (Digests::default(), Digests::default());
        one.add(1, &key("a"), &Digest([1; 32]));
        one.add(1, &key("b"), &Digest([2; 32]));
        other.add(1, &key("a"), &Digest([2; 32]));
        other.add(1, &key("b"), &Digest([1; 32]));
        assert_ne!(one, other);
    }

    #[test]
    fn an_empty_bucket_is_no_bucket() {
        let mut digests = Digests::default();
        digests.add(1, &key("a"), &Digest([1; 32]));
        digests.take_away(1, &key("a"), &Digest([1; 32]));
        assert_eq!(digests, Digests::default());
    }
}

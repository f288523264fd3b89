//! Buckets: keys are placed, compared and moved by the thousandth part of all keys, not one by one.

use crate::Position;

/// One of the 1024 parts of all keys. All keys of a bucket have the same replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(u16);

impl Bucket {
    /// How many there are.
    pub const COUNT: usize = 1 << Self::BITS;
    const BITS: u32 = 10;

    /// The bucket of this number, if there is one: 0 to 1023.
    pub fn new(number: u16) -> Option<Self> {
        (usize::from(number) < Self::COUNT).then_some(Self(number))
    }

    /// All buckets, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..1 << Self::BITS).map(Self)
    }

    /// 0 to 1023.
    pub fn number(self) -> u16 {
        self.0
    }

    /// The first position of the ring whose keys are in this bucket.
    pub fn position(self) -> Position {
        Position(u128::from(self.0) << (u128::BITS - Self::BITS))
    }
}

/// The bucket of a key: the top ten bits of its MD5.
pub fn bucket_of(key: &str) -> Bucket {
    let top = Position::of(key).0 >> (u128::BITS - Bucket::BITS);
    Bucket(u16::try_from(top).expect("ten bits are left"))
}

#[cfg(test)]
mod tests {
    use super::{Bucket, Position, bucket_of};

    #[test]
    fn a_key_is_in_the_bucket_of_the_top_ten_bits_of_its_md5() {
        // RFC 1321, A.5: the MD5 of "" begins with d41d, that of "abc" with 9001.
        assert_eq!(bucket_of("").number(), 0xd41d >> 6);
        assert_eq!(bucket_of("abc").number(), 0x9001 >> 6);
    }

    #[test]
    fn a_buckets_position_is_the_first_of_its_keys() {
        for bucket in Bucket::all() {
            let Position(first) = bucket.position();
            assert_eq!(first >> 118, u128::from(bucket.number()));
            assert_eq!(first << 10, 0);
        }
        assert_eq!(Bucket::all().count(), Bucket::COUNT);
    }

    #[test]
    fn there_is_no_bucket_beyond_the_last() {
        assert_eq!(Bucket::new(1023).map(Bucket::number), Some(1023));
        assert_eq!(Bucket::new(1024), None);
    }
}

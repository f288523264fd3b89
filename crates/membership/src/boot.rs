//! Which start of a replica a node of the list belongs to.

use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Hexadecimal digits of a boot id.
pub(crate) const DIGITS: usize = 16;

/// 64 random bits that a replica draws at each start, written as 16 hexadecimal digits.
///
/// The node of the start before may live on until its session expires; by this nobody takes it for the new one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BootId(u64);

impl BootId {
    /// A new one.
    ///
    /// # Errors
    /// The operating system gives no random numbers.
    pub fn random() -> Result<Self, getrandom::Error> {
        getrandom::u64().map(Self)
    }

    /// The one with these bits.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

impl fmt::Display for BootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0DIGITS$x}", self.0)
    }
}

impl fmt::Debug for BootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BootId({self})")
    }
}

impl FromStr for BootId {
    type Err = NotABootId;

    fn from_str(text: &str) -> Result<Self, NotABootId> {
        // One spelling only, so that a node has one name; and the parser of integers would take a sign as well.
        let spelt = text.len() == DIGITS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if spelt { u64::from_str_radix(text, 16).map(Self).map_err(|_| NotABootId) } else { Err(NotABootId) }
    }
}

/// The text is not a boot id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a boot id is 16 hexadecimal digits in small letters")]
pub struct NotABootId;

#[cfg(test)]
mod tests {
    use super::BootId;

    #[test]
    fn a_boot_id_reads_back_as_it_was_written_and_has_one_spelling() {
        for bits in [0, 1, 0xfedc_ba98_7654_3210, u64::MAX] {
            let id = BootId::from_bits(bits);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for text in ["", "1", "000000000000000g", "FEDCBA9876543210", "+00000000000000f", "00000000000000001"] {
            assert!(text.parse::<BootId>().is_err(), "{text:?}");
        }
    }
}

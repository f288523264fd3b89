//! The digest of a state or of many, as replicas show it to each other.

use crate::NotValid;
use blake3::Hash;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A BLAKE3 digest; 64 hexadecimal digits as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hash::from_bytes(self.0).to_hex().fmt(to)
    }
}

impl FromStr for Digest {
    type Err = NotValid;
    fn from_str(text: &str) -> Result<Self, NotValid> {
        let digest = Hash::from_hex(text).map_err(|_| NotValid("a digest is 64 hexadecimal digits"))?;
        Ok(Self(digest.into()))
    }
}

impl TryFrom<String> for Digest {
    type Error = NotValid;
    fn try_from(text: String) -> Result<Self, NotValid> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn a_digest_reads_back_as_it_is_written_and_nothing_else_is_one() {
        let digest = Digest([0xa7; 32]);
        assert_eq!(digest.to_string().parse(), Ok(digest));
        for wrong in ["", "a7", &"g".repeat(64), &"a7".repeat(33)] {
            assert!(wrong.parse::<Digest>().is_err(), "{wrong:?}");
        }
    }
}

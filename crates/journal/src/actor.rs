//! Names of writers and of what they wrote: 128 random bits and 256 hashed ones, both hexadecimal in text.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A text that should have been hexadecimal of a fixed length.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {wanted} hexadecimal digits")]
pub struct BadHex {
    /// How many digits there should have been.
    pub wanted: usize,
}

fn parse<const N: usize>(text: &str) -> Result<[u8; N], BadHex> {
    let wrong = BadHex { wanted: 2 * N };
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return Err(wrong);
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16).ok_or_else(|| wrong.clone())?;
        let low = char::from(pair[1]).to_digit(16).ok_or_else(|| wrong.clone())?;
        *byte = u8::try_from(high * 16 + low).map_err(|_| wrong.clone())?;
    }
    Ok(bytes)
}

fn show(bytes: &[u8], to: &mut fmt::Formatter<'_>) -> fmt::Result {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    to.write_str(&text)
}

macro_rules! hex_text {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                show(&self.0, to)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                // The first digits tell two apart in a trace; all of them would drown it.
                show(&self.0[..4], to)
            }
        }
        impl FromStr for $name {
            type Err = BadHex;
            fn from_str(text: &str) -> Result<Self, BadHex> {
                parse(text).map(Self)
            }
        }
        impl TryFrom<String> for $name {
            type Error = BadHex;
            fn try_from(text: String) -> Result<Self, BadHex> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}

/// One incarnation of one replica's data: 128 random bits, the only writer of its journal.
///
/// The order is used to break ties (the larger actor gives way), so it must be the same everywhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ActorId([u8; 16]);

hex_text!(ActorId);

impl ActorId {
    /// The actor of these bits; whoever makes a new one draws them at random.
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits.to_be_bytes())
    }

    /// The bits, most significant byte first.
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// BLAKE3 of everything an actor wrote up to some entry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash([u8; 32]);

hex_text!(Hash);

impl Hash {
    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash itself.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_reads_back_what_it_shows() {
        let actor = ActorId::from_bits(0x0123_4567_89ab_cdef_0011_2233_4455_6677);
        assert_eq!(actor.to_string(), "0123456789abcdef0011223344556677");
        assert_eq!(actor.to_string().parse(), Ok(actor));
    }

    #[test]
    fn anything_but_the_right_number_of_hexadecimal_digits_is_refused() {
        let too_long = "0".repeat(33);
        for text in ["", "12", "é".repeat(16).as_str(), "zz23456789abcdef0011223344556677", too_long.as_str()] {
            assert_eq!(text.parse::<ActorId>(), Err(BadHex { wanted: 32 }), "{text:?}");
        }
    }
}

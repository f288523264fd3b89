//! Who writes, and the name of one edit. Where an actor's bits come from is the caller's business: nothing here is random.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A text that should have been an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an actor: 32 hexadecimal digits in lower case")]
pub struct BadActor;

/// A writer: 128 random bits, drawn by one incarnation of one process and never stored or shared.
///
/// Two that write under one actor would reuse each other's dots, and edits would be lost; whoever is in doubt draws a
/// new one. The order breaks ties between fields, so it is the same everywhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Actor(u128);

impl Actor {
    /// The actor of these bits.
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The bits, most significant byte first.
    pub const fn bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:032x}", self.0)
    }
}

impl fmt::Debug for Actor {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Short ones are what tests use; of random ones the last digits tell two apart as well as the first.
        write!(to, "{:x}", self.0)
    }
}

impl FromStr for Actor {
    type Err = BadActor;
    fn from_str(text: &str) -> Result<Self, BadActor> {
        // One text for one actor: no capitals, no sign, no shorter form.
        let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if text.len() != 32 || !digits {
            return Err(BadActor);
        }
        u128::from_str_radix(text, 16).map(Self).map_err(|_| BadActor)
    }
}

impl TryFrom<String> for Actor {
    type Error = BadActor;
    fn try_from(text: String) -> Result<Self, BadActor> {
        text.parse()
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> Self {
        actor.to_string()
    }
}

/// The name of one edit of one object: its actor, and the number that the actor gave it, dense from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dot {
    /// Who made the edit.
    pub actor: Actor,
    /// The how-manieth edit of this object by that actor it is: 1 to [`MOST`](crate::MOST).
    pub n: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_reads_back_what_it_shows() {
        let actor = Actor::from_bits(0x0123_4567_89ab_cdef_0011_2233_4455_6677);
        assert_eq!(actor.to_string(), "0123456789abcdef0011223344556677");
        assert_eq!(actor.to_string().parse(), Ok(actor));
        assert_eq!(Actor::from_bits(10).to_string().parse(), Ok(Actor::from_bits(10)));
    }

    #[test]
    fn anything_but_32_hexadecimal_digits_in_lower_case_is_refused() {
        let wrong = ["", "12", &"0".repeat(33), &"é".repeat(16), &"A".repeat(32), &format!("+{}", "0".repeat(31))];
        for text in wrong {
            assert_eq!(text.parse::<Actor>(), Err(BadActor), "{text:?}");
        }
    }
}

//! What a reader had seen, as a text that it gives back when it writes. Opaque to the reader; nothing is trusted that
//! does not parse, and whoever could write the object could have forged one, so it is a checksum and no signature.

use crate::{Actor, Dot, MOST, MOST_ACTORS, VersionVector};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::{fmt, str::FromStr};

const VERSION: &str = "1.";
const CHECKSUM_DIGITS: usize = 8;
/// 32 digits, a hyphen, a number of at most 16 digits, and what parts it from the next one.
const LONGEST: usize = VERSION.len() + MOST_ACTORS * (32 + 1 + 16 + 1) + 1 + CHECKSUM_DIGITS;

/// Why a text is no context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadContext {
    /// More than any context takes.
    #[error("context: longer than {LONGEST} bytes, or more than {MOST_ACTORS} writers")]
    TooLong,
    /// Written by a later version, or no context at all.
    #[error("context: not one of this version")]
    Version,
    /// Not in the form that contexts have.
    #[error("context: malformed; give back exactly what was read")]
    Malformed,
    /// Changed or cut on the way.
    #[error("context: its checksum is wrong; give back exactly what was read")]
    Checksum,
}

/// What somebody had seen of an object when they read it.
///
/// As text `1.<actor>-<n>_<actor>-<n>.<checksum>`, actors in order and in full, which can stand in a URL as it is; one
/// context has one text. Of a [`CounterMap`](crate::CounterMap) the numbers are those of edits, of an
/// [`ElementSet`](crate::ElementSet) they are stamps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Context(VersionVector);

impl Context {
    /// The context of someone who has seen this.
    pub const fn of(seen: VersionVector) -> Self {
        Self(seen)
    }

    /// What had been seen.
    pub const fn seen(&self) -> &VersionVector {
        &self.0
    }
}

fn checksum(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..CHECKSUM_DIGITS].to_owned()
}

impl fmt::Display for Context {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::from(VERSION);
        for (at, dot) in self.0.iter().enumerate() {
            let parted = if at == 0 { "" } else { "_" };
            write!(text, "{parted}{}-{}", dot.actor, dot.n)?;
        }
        write!(to, "{text}.{}", checksum(&text))
    }
}

/// One `<actor>-<n>`, in the only way it is written.
fn part(text: &str) -> Option<Dot> {
    let (actor, number) = text.split_once('-')?;
    let actor: Actor = actor.parse().ok()?;
    let digits = !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit());
    let n: u64 = number.parse().ok().filter(|n| digits && *n <= MOST)?;
    Some(Dot { actor, n })
}

impl FromStr for Context {
    type Err = BadContext;
    fn from_str(text: &str) -> Result<Self, BadContext> {
        if text.len() > LONGEST {
            return Err(BadContext::TooLong);
        }
        if !text.starts_with(VERSION) {
            return Err(BadContext::Version);
        }
        let (signed, sum) = text.rsplit_once('.').ok_or(BadContext::Malformed)?;
        let parts = signed.strip_prefix(VERSION).ok_or(BadContext::Malformed)?;
        if sum != checksum(signed) {
            return Err(BadContext::Checksum);
        }
        let mut seen = VersionVector::new();
        let mut last = None;
        for text in parts.split('_').filter(|_| !parts.is_empty()) {
            let dot = part(text).filter(|dot| last < Some(dot.actor)).ok_or(BadContext::Malformed)?;
            last = Some(dot.actor);
            seen.observe(dot);
        }
        if seen.len() > MOST_ACTORS { Err(BadContext::TooLong) } else { Ok(Self(seen)) }
    }
}

impl TryFrom<String> for Context {
    type Error = BadContext;
    fn try_from(text: String) -> Result<Self, BadContext> {
        text.parse()
    }
}

impl From<Context> for String {
    fn from(context: Context) -> Self {
        context.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop, proptest};

    fn context(dots: &[(u128, u64)]) -> Context {
        let mut seen = VersionVector::new();
        for (bits, n) in dots {
            seen.observe(Dot { actor: Actor::from_bits(*bits), n: *n });
        }
        Context(seen)
    }

    #[test]
    fn a_context_reads_back_what_it_shows() {
        for context in [context(&[]), context(&[(1, 7)]), context(&[(1, 1), (u128::MAX, MOST)])] {
            assert_eq!(context.to_string().parse(), Ok(context));
        }
    }

    #[test]
    fn the_largest_context_is_read() {
        let dots: Vec<_> = (0..MOST_ACTORS as u128).map(|bits| (u128::MAX - bits, MOST)).collect();
        let context = context(&dots);
        assert!(context.to_string().len() <= LONGEST);
        assert_eq!(context.to_string().parse(), Ok(context));
    }

    #[test]
    fn a_context_that_was_changed_or_cut_is_an_error() {
        let text = context(&[(1, 7), (2, 3)]).to_string();
        for cut in 0..text.len() {
            assert!(text[..cut].parse::<Context>().is_err(), "{}", &text[..cut]);
        }
        assert_eq!(text.replace("-7", "-8").parse::<Context>(), Err(BadContext::Checksum));
        assert_eq!(text.replacen('1', "2", 1).parse::<Context>(), Err(BadContext::Version));
        assert_eq!("1.".repeat(LONGEST).parse::<Context>(), Err(BadContext::TooLong));
    }

    #[test]
    fn a_context_has_only_one_text() {
        let (a, b) = (Actor::from_bits(1), Actor::from_bits(2));
        let forged = [
            format!("1.{b}-1_{a}-1"),
            format!("1.{a}-1_{a}-2"),
            format!("1.{a}-01"),
            format!("1.{a}-+1"),
            format!("1.{a}-0"),
            format!("1.{a}-9007199254740992"),
            format!("1.{a}-1_"),
            format!("1.{a}-"),
            "1.x".to_owned(),
        ];
        for text in forged {
            let text = format!("{text}.{}", checksum(&text));
            assert_eq!(text.parse::<Context>(), Err(BadContext::Malformed), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_context_panic(text in ".{0,80}", tail in prop::collection::vec(any::<char>(), 0..8)) {
            let tail: String = tail.into_iter().collect();
            let _ = text.parse::<Context>();
            let _ = format!("1.{text}.{tail}").parse::<Context>();
            let signed = format!("1.{text}");
            let _ = format!("{signed}.{}", checksum(&signed)).parse::<Context>();
        }
    }
}

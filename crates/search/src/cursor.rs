//! Where a list of answers goes on: behind the last book shown, by what it was sorted by.
//!
//! So it goes on there also when books came or went before it. Opaque, with a check of the whole, and only good for the
//! question that it was given out for.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use wire::{ItemId, NotValid};

/// Bytes of the check.
const CHECK: usize = 4;
/// The longest one that is read; a title is in it.
const LONGEST: usize = 1_024;

/// The place behind a book, in one order of the answers to one question.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cursor {
    #[serde(rename = "q")]
    pub(crate) question: u32,
    #[serde(rename = "k")]
    pub(crate) key: Key,
    #[serde(rename = "i")]
    pub(crate) id: ItemId,
    /// Whether words that are a letter different count, since nothing else was found.
    #[serde(rename = "l")]
    pub(crate) lenient: bool,
}

/// What books are sorted by, before their ids; the lowest comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Key {
    /// A number.
    Number(u64),
    /// A title.
    Title(String),
}

impl Cursor {
    fn check(bytes: &[u8]) -> [u8; CHECK] {
        let hash = *blake3::hash(bytes).as_bytes();
        [hash[0], hash[1], hash[2], hash[3]]
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = serde_json::to_vec(self).map_err(|_| fmt::Error)?;
        bytes.extend(Self::check(&bytes));
        to.write_str(&BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Cursor {
    type Err = NotValid;

    fn from_str(text: &str) -> Result<Self, NotValid> {
        const WRONG: NotValid = NotValid("cursor must be one that this shop gave out");
        if text.len() > LONGEST {
            return Err(WRONG);
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| WRONG)?;
        let (cursor, check) = bytes.split_last_chunk::<CHECK>().ok_or(WRONG)?;
        if Self::check(cursor) != *check {
            return Err(WRONG);
        }
        serde_json::from_slice(cursor).map_err(|_| WRONG)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_what_it_was() {
        for key in [Key::Number(u64::MAX), Key::Title("œ \"\\ 日本".repeat(8))] {
            let cursor = Cursor { question: 7, key, id: ItemId(u32::MAX), lenient: true };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }

    #[test]
    fn a_cursor_somebody_made_up_or_changed_is_refused() {
        let cursor = Cursor { question: 7, key: Key::Number(1), id: ItemId(1), lenient: false }.to_string();
        let changed = cursor.replacen('e', "f", 1);
        for text in ["", "0000000130", "é", "====", &changed, &cursor[1..], &"A".repeat(5_000)] {
            assert!(text.parse::<Cursor>().is_err(), "{text:?}");
        }
    }
}

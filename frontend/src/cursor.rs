//! Where a list goes on: an opaque text that holds the id of the last book shown.
//!
//! Opaque so that nobody builds on its inside; with a check, so that a number typed by hand is refused
//! instead of quietly showing some page.

use std::{fmt, str::FromStr};
use wire::{ItemId, NotValid};

/// The place after a book, in the order of ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(pub ItemId);

impl Cursor {
    fn check(self) -> u8 {
        blake3::hash(&self.0.key()).as_bytes()[0]
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:08x}{:02x}", self.0.0, self.check())
    }
}

impl FromStr for Cursor {
    type Err = NotValid;

    fn from_str(text: &str) -> Result<Self, NotValid> {
        const WRONG: NotValid = NotValid("cursor must be one that this shop gave out");
        if text.len() != 10 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(WRONG);
        }
        let cursor = Self(ItemId(u32::from_str_radix(&text[..8], 16).map_err(|_| WRONG)?));
        if cursor.to_string() == text { Ok(cursor) } else { Err(WRONG) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_the_place_it_was_made_for() {
        for id in [0, 1, 48, u32::MAX] {
            let cursor = Cursor(ItemId(id));
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }

    #[test]
    fn a_cursor_somebody_made_up_is_refused() {
        for text in ["", "48", "0000003000", "+000000100", "é000000100", "0000000000000000000000000"] {
            assert!(text.parse::<Cursor>().is_err(), "{text:?}");
        }
    }
}

//! Where a list goes on: an opaque text that holds the place of the last book, order or change shown.
//!
//! Opaque so that nobody builds on its inside; with a check, so that a number typed by hand is refused
//! instead of quietly showing some page.

use std::{fmt, str::FromStr};
use uuid::Uuid;
use wire::change::ChangePlace;
use wire::order::Place;
use wire::{ItemId, NotValid, OrderId, range};

const WRONG: NotValid = NotValid("cursor must be one that this shop gave out");

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
        if text.len() != 10 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(WRONG);
        }
        let cursor = Self(ItemId(u32::from_str_radix(&text[..8], 16).map_err(|_| WRONG)?));
        if cursor.to_string() == text { Ok(cursor) } else { Err(WRONG) }
    }
}

/// The place after an order, in the orders of its buyer: twelve digits of its moment and those of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderCursor(pub Place);

impl fmt::Display for OrderCursor {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place(ms, OrderId(id)) = self.0;
        write!(to, "{ms:012x}{}", id.simple())
    }
}

impl FromStr for OrderCursor {
    type Err = NotValid;

    fn from_str(text: &str) -> Result<Self, NotValid> {
        let (ms, id) = text.split_at_checked(12).ok_or(WRONG)?;
        let ms = u64::from_str_radix(ms, 16).map_err(|_| WRONG)?;
        let cursor = Self(Place(ms, OrderId(Uuid::try_parse(id).map_err(|_| WRONG)?)));
        if cursor.to_string() == text { Ok(cursor) } else { Err(WRONG) }
    }
}

/// The place after a change in the record: twelve digits of its moment, those of its writer, and those of its entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeCursor(pub ChangePlace);

impl fmt::Display for ChangeCursor {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ChangePlace { at_ms, actor, seq } = self.0;
        write!(to, "{at_ms:012x}{actor}{seq:014x}")
    }
}

impl FromStr for ChangeCursor {
    type Err = NotValid;

    fn from_str(text: &str) -> Result<Self, NotValid> {
        let (ms, rest) = text.split_at_checked(12).ok_or(WRONG)?;
        let (actor, seq) = rest.split_at_checked(32).ok_or(WRONG)?;
        let number = |digits| u64::from_str_radix(digits, 16).map_err(|_| WRONG);
        let place = ChangePlace { at_ms: number(ms)?, actor: actor.parse().map_err(|_| WRONG)?, seq: number(seq)? };
        if place.at_ms > range::LAST_MS || place.seq > range::MOST {
            return Err(WRONG);
        }
        let cursor = Self(place);
        if cursor.to_string() == text { Ok(cursor) } else { Err(WRONG) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_changes_reads_back_as_the_place_it_was_made_for_and_nothing_else_does() {
        let actor = "000102030405060708090a0b0c0d0e0f".parse().expect("an actor");
        let cursor = ChangeCursor(ChangePlace { at_ms: range::LAST_MS, actor, seq: range::MOST });
        let text = cursor.to_string();
        assert_eq!((text.parse(), text.len()), (Ok(cursor), 58));
        for wrong in ["", "é", &text[1..], &text.to_uppercase(), &format!("{text}0"), &"f".repeat(58)] {
            assert!(wrong.parse::<ChangeCursor>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_cursor_of_orders_reads_back_as_the_place_it_was_made_for_and_nothing_else_does() {
        let cursor = OrderCursor(Place(1_763_695_929_123, OrderId(Uuid::from_u128(0x5e1f))));
        let text = cursor.to_string();
        assert_eq!((text.parse(), text.len()), (Ok(cursor), 44));
        for wrong in ["", "é", &text[1..], &text.to_uppercase(), &format!("{text}0"), &text.replace('0', "-")] {
            assert!(wrong.parse::<OrderCursor>().is_err(), "{wrong:?}");
        }
    }

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

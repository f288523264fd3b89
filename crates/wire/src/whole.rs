//! Whole numbers as callers write them: in JSON `2.0` is the number 2, and some programs have no other way to say it.
//!
//! For `#[serde(deserialize_with = "…")]` on what comes from outside the shop; what is too large for its type is refused
//! by the type.

use crate::{ItemId, NotValid, Quantity};
use serde::{Deserializer, de};
use std::fmt;

struct Whole;

impl de::Visitor<'_> for Whole {
    type Value = u64;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a whole number")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<u64, E> {
        Ok(number)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<u64, E> {
        number.try_into().map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &"a whole number from 0"))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<u64, E> {
        // Between these a float counts every whole number, and only those have no fraction.
        if number.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(&number) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is whole and in range")]
            return Ok(number as u64);
        }
        Err(E::invalid_value(de::Unexpected::Float(number), &self))
    }
}

pub(crate) fn item<'de, D: Deserializer<'de>>(from: D) -> Result<ItemId, D::Error> {
    let number = from.deserialize_u64(Whole)?;
    let item = u32::try_from(number).map(ItemId);
    item.map_err(|_| de::Error::custom(NotValid("an item's id is a whole number from 0 to 4294967295")))
}

pub(crate) fn quantity<'de, D: Deserializer<'de>>(from: D) -> Result<Quantity, D::Error> {
    from.deserialize_u64(Whole)?.try_into().map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use crate::ItemId;
    use crate::sale::Line;

    fn read(item: &str, quantity: &str) -> Option<(ItemId, u32)> {
        let line: Line = serde_json::from_str(&format!(r#"{{"item": {item}, "quantity": {quantity}}}"#)).ok()?;
        Some((line.item, line.quantity.units()))
    }

    #[test]
    fn a_whole_number_may_be_written_in_any_way_that_json_has_and_nothing_else_is_one() {
        for (item, quantity) in [("7", "2"), ("7.0", "2.0"), ("0.7e1", "200e-2")] {
            assert_eq!(read(item, quantity), Some((ItemId(7), 2)), "{item} {quantity}");
        }
        for wrong in ["1.5", "-1", "-1.0", "\"7\"", "null", "true", "[]", "1e300", "4294967296", "4294967296.0"] {
            assert_eq!(read(wrong, "2"), None, "{wrong}");
            assert_eq!(read("7", wrong), None, "{wrong}");
        }
        assert_eq!((read("7", "0"), read("7", "101"), read("7", "101.0")), (None, None, None));
    }
}

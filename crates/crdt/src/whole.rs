//! Whole numbers as callers write them: in JSON `2.0` is the number 2, and some programs have no other way to say it.
//!
//! Here because whoever reads an object from outside the shop reads counts, and `wire` reads those of orders with the same
//! words. The numbers of states and deltas are the shop's own, and written one way.

use serde::{Deserializer, de};
use std::fmt;

struct Whole;

impl de::Visitor<'_> for Whole {
    type Value = i64;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a whole number")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<i64, E> {
        number.try_into().map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<i64, E> {
        // Between these a float counts every whole number, and only those have no fraction.
        if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_991.0 {
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and exact in both types")]
            return Ok(number as i64);
        }
        Err(E::invalid_value(de::Unexpected::Float(number), &self))
    }
}

/// A whole number, however it is written; for `#[serde(deserialize_with = "…")]` on what comes from outside the shop.
///
/// # Errors
/// That it is none, or beyond what its type holds.
pub fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    // Not as an integer: inside of a tagged enum that would refuse floats before anybody looks at them.
    from.deserialize_any(Whole)
}

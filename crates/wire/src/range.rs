//! How large the numbers may be that replicas take from each other, checked where they are read.
//!
//! An entry of a journal is the same text everywhere, so every replica takes it or none does: the bounds are constants,
//! never a clock or a setting. They lie far above what a shop ever writes and far below what a signed column, a sum or
//! a date can hold, so nothing behind this edge has to ask again. For `#[serde(deserialize_with = "…")]`.

use crate::sale::{Basket, SoldLine};
use crate::{OrderNumber, Shortfall};
use serde::de::IntoDeserializer as _;
use serde::{Deserialize, Deserializer, de};

/// The largest count, number or stamp: 2^53 − 1, the last one that every reader of JSON keeps exact.
///
/// A thousand of them can be added up in the signed 64 bits of a database's column.
pub const MOST: u64 = (1 << 53) - 1;

/// The last millisecond of the year 9999, beyond which RFC 3339 has no date.
pub const LAST_MS: u64 = 253_402_300_799_999;

/// Reads a count of at most [`MOST`].
///
/// # Errors
/// Where it is none.
pub fn count<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    match u64::deserialize(from)? {
        count @ 0..=MOST => Ok(count),
        count => Err(de::Error::custom(format!("{count} is too large: at most {MOST}"))),
    }
}

/// Reads a count, or `null` where there is nothing to count.
///
/// # Errors
/// Where it is neither.
pub fn count_if_any<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    match Option::<u64>::deserialize(from)? {
        Some(count) => self::count(count.into_deserializer()).map(Some),
        None => Ok(None),
    }
}

pub(crate) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<OrderNumber, D::Error> {
    count(from).map(OrderNumber)
}

/// Reads a moment in Unix milliseconds that has a date.
///
/// # Errors
/// Where it is none.
pub fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    match u64::deserialize(from)? {
        moment @ 0..=LAST_MS => Ok(moment),
        moment => Err(de::Error::custom(format!("{moment} ms is too late: at most {LAST_MS}, the end of year 9999"))),
    }
}

/// Lines as a sale has them: those of a basket, in its order.
pub(crate) fn lines<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<SoldLine>, D::Error> {
    let lines = Vec::<SoldLine>::deserialize(from)?;
    if lines.is_empty() || lines.len() > Basket::MOST_LINES {
        return Err(de::Error::custom("a sale has 1 to 100 lines"));
    }
    if !lines.is_sorted_by(|one, next| one.item < next.item) {
        return Err(de::Error::custom("a sale names each item once, in the order of their ids"));
    }
    Ok(lines)
}

/// What a basket falls short of: no more lines than it can have.
pub(crate) fn shortfalls<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Shortfall>, D::Error> {
    let lines = Vec::<Shortfall>::deserialize(from)?;
    if lines.is_empty() || lines.len() > Basket::MOST_LINES {
        return Err(de::Error::custom("a basket falls short of 1 to 100 lines"));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn taken(change: impl FnOnce(&mut Value)) -> bool {
        let line = |item: u32| json!({"item": item, "quantity": 1, "cost": 10});
        let mut sale = json!({"order": uuid::Uuid::from_u128(1), "number": 26, "buyer": "", "at_ms": 1,
            "lines": [line(1), line(2)]});
        change(&mut sale);
        serde_json::from_value::<crate::sale::Sale>(sale).is_ok()
    }

    #[test]
    fn a_sale_with_numbers_that_no_column_or_date_can_hold_is_not_read() {
        assert!(taken(|_| ()));
        assert!(taken(|sale| sale["number"] = json!(MOST)));
        assert!(!taken(|sale| sale["number"] = json!(MOST + 1)));
        assert!(!taken(|sale| sale["number"] = json!(u64::MAX)));
        assert!(taken(|sale| sale["at_ms"] = json!(LAST_MS)));
        assert!(!taken(|sale| sale["at_ms"] = json!(LAST_MS + 1)));
    }

    #[test]
    fn a_sale_has_the_lines_of_a_basket() {
        assert!(!taken(|sale| sale["lines"] = json!([])));
        assert!(!taken(|sale| sale["lines"][1] = sale["lines"][0].clone()));
        assert!(!taken(|sale| sale["lines"].as_array_mut().expect("lines").reverse()));
        assert!(!taken(|sale| sale["lines"][0]["quantity"] = json!(101)));
    }
}

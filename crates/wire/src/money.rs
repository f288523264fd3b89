//! Money: whole minor units, never a float, shown as the classic API shows it.

use crate::NotValid;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

const EXPECTED: &str = "a price is a number from 0 to 10000000 with at most two decimals";

/// An amount in the minor unit of the shop's currency (cents), 0 to 1,000,000,000.
///
/// In JSON it is a number in the major unit: 1250 cents are `12.5`, 1000 cents are `10`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(u32);

impl Money {
    /// The highest price, in cents.
    pub const MOST_CENTS: u32 = 1_000_000_000;

    /// The amount of this many cents.
    ///
    /// # Errors
    /// Above [`Money::MOST_CENTS`].
    pub fn from_cents(cents: u64) -> Result<Self, NotValid> {
        match u32::try_from(cents) {
            Ok(cents @ 0..=Self::MOST_CENTS) => Ok(Self(cents)),
            _ => Err(NotValid(EXPECTED)),
        }
    }

    /// The amount in cents.
    pub const fn cents(self) -> u32 {
        self.0
    }

    /// `units` times this amount, in cents: a sum may be larger than any price.
    pub fn times(self, units: u32) -> u64 {
        u64::from(self.0) * u64::from(units)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl FromStr for Money {
    type Err = NotValid;

    /// Reads `12`, `12.5` or `12.50`.
    fn from_str(text: &str) -> Result<Self, NotValid> {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        if !digits(major) || !digits(minor) || major.len() > 9 || minor.len() > 2 {
            return Err(NotValid(EXPECTED));
        }
        let tens = if minor.len() == 1 { 10 } else { 1 };
        let major: u64 = major.parse().map_err(|_| NotValid(EXPECTED))?;
        let minor: u64 = minor.parse().map_err(|_| NotValid(EXPECTED))?;
        Self::from_cents(major * 100 + minor * tens)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(100) {
            to.serialize_u32(self.0 / 100)
        } else {
            // Every amount in range has an exact shortest form with two decimals.
            to.serialize_f64(f64::from(self.0) / 100.0)
        }
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(from).map_err(|_| de::Error::custom(EXPECTED))?;
        number.to_string().parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_shows_whole_amounts_without_and_others_with_decimals() {
        for (cents, json) in [(1000, "10"), (1250, "12.5"), (1255, "12.55"), (5, "0.05"), (0, "0")] {
            let money = Money::from_cents(cents).expect("in range");
            assert_eq!(serde_json::to_string(&money).expect("a number"), json);
            assert_eq!(serde_json::from_str::<Money>(json).expect("a price"), money);
        }
    }

    #[test]
    fn every_amount_survives_json() {
        for cents in (0..2_000_000).step_by(7).chain(999_999_000..=1_000_000_000) {
            let money = Money::from_cents(cents).expect("in range");
            let json = serde_json::to_string(&money).expect("a number");
            assert_eq!(serde_json::from_str::<Money>(&json).expect("a price"), money, "{json}");
        }
    }

    #[test]
    fn what_is_no_price_is_refused() {
        for json in ["-1", "0.001", "1e300", "\"10\"", "null", "10000001", "true"] {
            assert!(serde_json::from_str::<Money>(json).is_err(), "{json}");
        }
    }
}

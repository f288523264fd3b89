//! Members: who can hold copies, on which host, and how many compared with the others. Ring and CRUSH read the same
//! list.

use serde::{Deserialize, Deserializer, de};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// How much a member holds compared with others: 16.16 fixed point, so 65 536 is 1.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weight(u32);

impl Weight {
    /// Holds nothing: it is being emptied.
    pub const ZERO: Self = Self(0);
    /// The usual weight.
    pub const ONE: Self = Self(1 << 16);

    /// A weight in 65 536ths.
    pub const fn from_fixed(fixed: u32) -> Self {
        Self(fixed)
    }

    /// A weight in units, rounded to the nearest 65 536th.
    ///
    /// # Errors
    /// If it is negative, not a number, or beyond what 16.16 bits hold.
    pub fn from_units(units: f64) -> Result<Self, BadWeight> {
        let fixed = (units * f64::from(Self::ONE.0)).round();
        if !(0.0..=f64::from(u32::MAX)).contains(&fixed) {
            return Err(BadWeight(units.to_string()));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked above")]
        Ok(Self(fixed as u32))
    }

    /// In 65 536ths.
    pub const fn fixed(self) -> u32 {
        self.0
    }

    /// In units.
    pub fn units(self) -> f64 {
        f64::from(self.0) / f64::from(Self::ONE.0)
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.units().fmt(f)
    }
}

impl FromStr for Weight {
    type Err = BadWeight;

    /// Reads units, as people write them: `1`, `0.5`.
    fn from_str(text: &str) -> Result<Self, BadWeight> {
        text.parse().map_err(|_| BadWeight(text.to_owned())).and_then(Self::from_units)
    }
}

impl<'de> Deserialize<'de> for Weight {
    /// As CRUSH maps have it: a whole number is in 65 536ths, one with a point in units.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(from)?;
        let fixed = || Some(Self(u32::try_from(number.as_u64()?).ok()?));
        let units = || number.as_f64().filter(|_| number.is_f64()).and_then(|units| Self::from_units(units).ok());
        fixed().or_else(units).ok_or_else(|| de::Error::custom(BadWeight(number.to_string())))
    }
}

/// A weight that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no weight: from 0 to 65535.99")]
pub struct BadWeight(String);

/// Someone who can hold copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// What it is called, everywhere and for good: its place depends on it.
    pub name: String,
    /// What fails together: two copies go to two hosts as long as there are two.
    pub host: String,
    /// How much it holds compared with the others.
    pub weight: Weight,
}

/// A member of a [`Placement`](crate::Placement): its index among the members sorted by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberIndex(pub(crate) u16);

impl MemberIndex {
    /// For indexing [`Placement::members`](crate::Placement::members).
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

/// Why there is no placement for a list of members.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMembers {
    /// There would be nobody to hold anything.
    #[error("members: at least one must have a weight above 0")]
    Nobody,
    /// More than an index can tell apart.
    #[error("members: {0} are too many: at most {most}", most = Member::MOST)]
    TooMany(usize),
    /// A member without a name.
    #[error("members: a name is empty")]
    Nameless,
    /// One name for two members.
    #[error("members: `{0}` is there twice")]
    Twice(String),
    /// The tokens of a ring, weights included, are none or too many.
    #[error("tokens: {0} for a member of weight 1 make {1} in all: from 1 to {most}", most = crate::Ring::MOST_TOKENS)]
    Tokens(u32, u64),
    /// A member that the map does not know, so that it could hold nothing.
    #[error("map: there is no device `{0}`, but it is a member")]
    NotInMap(String),
    /// A device of the map that is no member, so that its copies would be nowhere.
    #[error("map: the device `{0}` is no member")]
    NotAMember(String),
    /// The map has no such rule, or cannot be made.
    #[error("map: {0}")]
    Map(#[from] crate::BadMap),
    /// The rule ends at hosts or racks, which hold nothing themselves.
    #[error("map: the rule `{0}` does not end at devices")]
    NoDevices(String),
}

impl Member {
    /// The most members of one list.
    pub const MOST: usize = 4096;

    /// Sorts a list by name and checks it.
    pub(crate) fn sorted(mut members: Vec<Self>) -> Result<Vec<Self>, BadMembers> {
        if members.len() > Self::MOST {
            return Err(BadMembers::TooMany(members.len()));
        }
        members.sort_by(|one, other| one.name.cmp(&other.name));
        if members.first().is_some_and(|member| member.name.is_empty()) {
            return Err(BadMembers::Nameless);
        }
        if let Some(pair) = members.windows(2).find(|pair| pair[0].name == pair[1].name) {
            return Err(BadMembers::Twice(pair[0].name.clone()));
        }
        Ok(members)
    }

    /// Each member's host as a number, the same for members that share one.
    pub(crate) fn hosts(members: &[Self]) -> Vec<u16> {
        let mut numbers = BTreeMap::new();
        let mut number = |host| {
            let next = u16::try_from(numbers.len()).expect("there are no more hosts than members");
            *numbers.entry(host).or_insert(next)
        };
        members.iter().map(|member| number(member.host.as_str())).collect()
    }
}

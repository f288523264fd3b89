//! The names of tiers and replicas. Another tier is another variant of [`Tier`] and its place in the
//! order of start: the keys of `env.cfg`, the names and the messages follow from these.
//!
//! A name is a tier and a letter. The first frontend is plain `frontend`, because that is the name
//! people type; there is no second spelling of it, so that a name is also an identity.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A kind of process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Pages and the JSON API; keeps no data.
    Frontend,
    /// Books and stock.
    Catalog,
    /// Orders.
    Order,
    /// Carts, lists and accounts; a shop may do without.
    Cart,
}

impl Tier {
    /// Every tier, in the order in which a cluster starts: whoever is asked comes before whoever asks.
    pub const START_ORDER: [Self; 4] = [Self::Catalog, Self::Order, Self::Cart, Self::Frontend];

    /// The word used in `env.cfg`, in file names and for the binary: `frontend`, `catalog`, `order`, `cart`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Frontend => "frontend",
            Self::Catalog => "catalog",
            Self::Order => "order",
            Self::Cart => "cart",
        }
    }

    /// Whether the first replica carries no letter.
    const fn first_is_plain(self) -> bool {
        match self {
            Self::Frontend => true,
            Self::Catalog | Self::Order | Self::Cart => false,
        }
    }

    /// Whether a shop sells without it.
    pub(crate) const fn is_optional(self) -> bool {
        match self {
            Self::Cart => true,
            Self::Frontend | Self::Catalog | Self::Order => false,
        }
    }

    /// The name of this tier's first replica, the one that a message proposes.
    pub(crate) fn first(self) -> ReplicaName {
        ReplicaName::new(self, 'A')
    }

    /// The names that replicas of this tier may have, as people write a range.
    fn accepted(self) -> String {
        let tier = self.as_str();
        if self.first_is_plain() {
            format!("`{tier}`, `{tier}B` to `{tier}Z`")
        } else {
            format!("`{tier}A` to `{tier}Z`")
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The name of one replica: `catalogA`, `orderB`, `frontend`, `frontendB`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplicaName {
    tier: Tier,
    letter: char,
    text: String,
}

impl ReplicaName {
    /// The name of the replica of `tier` with this letter, `A` to `Z`.
    pub(crate) fn new(tier: Tier, letter: char) -> Self {
        let text = if letter == 'A' && tier.first_is_plain() {
            tier.as_str().to_owned()
        } else {
            format!("{}{letter}", tier.as_str())
        };
        Self { tier, letter, text }
    }

    /// Every name there could be, in the order of start.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Tier::START_ORDER.into_iter().flat_map(|tier| ('A'..='Z').map(move |letter| Self::new(tier, letter)))
    }

    /// The name as it is written in `env.cfg`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The tier this replica belongs to.
    pub fn tier(&self) -> Tier {
        self.tier
    }

    /// The letter, `A` to `Z`; `A` for the plain `frontend`.
    pub fn letter(&self) -> char {
        self.letter
    }
}

impl fmt::Display for ReplicaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl FromStr for ReplicaName {
    type Err = NotAReplica;

    fn from_str(text: &str) -> Result<Self, NotAReplica> {
        let of_tier = |tier: Tier| {
            let letter = match text.strip_prefix(tier.as_str())?.as_bytes() {
                [] => 'A',
                [letter @ b'A'..=b'Z'] => char::from(*letter),
                _ => return None,
            };
            // Of a tier whose first replica goes without its letter, and of one where it does not, one way is wrong.
            Some(Self::new(tier, letter)).filter(|name| name.text == text)
        };
        Tier::START_ORDER.into_iter().find_map(of_tier).ok_or_else(|| NotAReplica(text.to_owned()))
    }
}

/// The text is not the name of a replica; the message lists the names that are.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not the name of a replica: write {forms}", forms = accepted_names())]
pub struct NotAReplica(String);

/// The names of all tiers, as they are listed in messages.
pub(crate) fn accepted_names() -> String {
    let [first, middle @ .., last] = Tier::START_ORDER.map(Tier::accepted);
    format!("{}, or {last}", [&[first], middle.as_slice()].concat().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_as_the_replica_it_was_written_for() {
        for name in ReplicaName::all() {
            let read: ReplicaName = name.as_str().parse().expect("a name that was just written");
            assert_eq!((read.tier(), read.letter()), (name.tier(), name.letter()));
        }
        assert_eq!(ReplicaName::all().count(), 104);
    }

    #[test]
    fn the_first_frontend_is_plain_and_has_no_second_name() {
        let first: ReplicaName = "frontend".parse().expect("the plain frontend");
        assert_eq!((first.tier(), first.letter()), (Tier::Frontend, 'A'));
        assert!("frontendA".parse::<ReplicaName>().is_err());
    }

    #[test]
    fn anything_else_is_refused_with_the_names_that_would_do() {
        for text in ["", "catalog", "catalogAA", "cataloga", "CatalogA", "order1", "catalogA ", "frontendÄ", "stockA"]
        {
            let refusal = text.parse::<ReplicaName>().expect_err(text).to_string();
            assert_eq!(
                refusal,
                format!(
                    "{text:?} is not the name of a replica: write `catalogA` to `catalogZ`, `orderA` to `orderZ`, \
                     `cartA` to `cartZ`, or `frontend`, `frontendB` to `frontendZ`"
                )
            );
        }
    }

    #[test]
    fn a_name_is_padded_like_any_text() {
        assert_eq!(format!("{:<10}|{:>8}|", Tier::Order.first(), Tier::Order), "orderA    |   order|");
    }
}

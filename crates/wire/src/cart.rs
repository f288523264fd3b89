//! Objects of the cart tier: what they are called, and what gateways and replicas say to each other.
//!
//! What an object is and how two copies become one is `crdt`'s business.

mod difference;
mod digest;
mod layout;
mod places;

use crate::NotValid;
use crdt::{Actor, Content, Context, Object};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

pub use difference::{Difference, NotDifferent};
pub use digest::Digest;
pub use layout::{Epoch, Holder, Layout, Layouts, NotChanged, PlacedBy, Wanted};
pub use places::{COPIES, Places};

/// The most keys, or objects, in one question between tiers.
pub const MOST_KEYS: usize = 1024;

/// The most keys that a replica lists in one answer.
pub const MOST_LISTED: u32 = 500;

/// The field of an item that says which category its book belongs to: what the index of categories is made of.
pub const CATEGORY: &str = "category";

/// The field of an item that has the price at which its book was put into the cart last, in whole cents.
pub const PRICE_CENTS: &str = "price_cents";

/// The name of an object: its kind, a slash, and what it is called among those, such as `cart/7d0c…`.
///
/// 1 to 200 bytes of visible ASCII; a kind has 1 to 16 small letters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Key(String);

impl Key {
    /// The most bytes in a key.
    pub const MOST: usize = 200;

    /// The object of this `kind` called `name`.
    ///
    /// # Errors
    /// [`NotValid`] where that is no key.
    pub fn of(kind: &str, name: impl fmt::Display) -> Result<Self, NotValid> {
        format!("{kind}/{name}").try_into()
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What kind of object it is: `cart`, `list`, `account`, `lookup`.
    pub fn kind(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// What it is called among those of its kind.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }
}

impl TryFrom<String> for Key {
    type Error = NotValid;
    fn try_from(text: String) -> Result<Self, NotValid> {
        let wrong =
            NotValid("a key is a kind in small letters, a slash and a name, up to 200 visible ASCII characters");
        let (kind, name) = text.split_once('/').ok_or(wrong.clone())?;
        let kind_fits = (1..=16).contains(&kind.len()) && kind.bytes().all(|byte| byte.is_ascii_lowercase());
        let name_fits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
        if kind_fits && name_fits && text.len() <= Self::MOST { Ok(Self(text)) } else { Err(wrong) }
    }
}

impl FromStr for Key {
    type Err = NotValid;
    fn from_str(text: &str) -> Result<Self, NotValid> {
        text.to_owned().try_into()
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(to)
    }
}

/// "What have you of this?"
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Which object.
    pub key: Key,
    /// The layouts that the asker knows; left out by replicas, which are told of them otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
}

/// A part of what a replica holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// The keys, in their order.
    pub keys: Vec<Key>,
    /// Whether no write that met its quorum is missing of what it holds under the first of its layouts.
    pub whole: bool,
    /// The layouts that it knows.
    pub layouts: Layouts,
}

/// What a replica has of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Had {
    /// This.
    Copy {
        /// `None` where it has nothing.
        object: Option<Object>,
        /// Whether it counts towards a quorum: a replica that is still being filled may have missed what a quorum had
        /// stored.
        counts: bool,
    },
    /// The asker is behind: it has to ask again, under these layouts.
    Behind(Box<Layouts>),
}

/// Who writes for the shop, made of random bits.
pub const fn actor_of_the_shop(random: u128) -> Actor {
    Actor::from_bits(random & !BROWSERS)
}

/// Whether an actor can be that of a browser, which writes to a copy of its own. No browser can pass for a part of the
/// shop, since those have the other half of all numbers.
pub const fn is_browsers(actor: Actor) -> bool {
    u128::from_be_bytes(actor.bytes()) & BROWSERS != 0
}

const BROWSERS: u128 = 1 << 127;

/// "Join this with what you have": idempotent, in any order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merge {
    /// Which object.
    pub key: Key,
    /// A state of it.
    pub object: Object,
    /// Replicas that have not got it, by name: the receiver sends it to them when they are up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owed: Vec<String>,
    /// The layouts that the writer knows; left out by replicas, which are told of them otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
}

impl Merge {
    /// A state that nobody else is owed, of a writer who does not say which layouts it knows.
    pub fn of(key: Key, object: Object) -> Self {
        Self { key, object, owed: Vec::new(), epoch: None }
    }
}

/// What became of a [`Merge`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Merged {
    /// It is on this replica's disk.
    Stored,
    /// It can't be taken, now or ever; nothing changed. Why, in a sentence that names the field.
    Refused(String),
    /// The writer is behind: it has to write again, under these layouts.
    Behind(Box<Layouts>),
}

/// "Forget this, if it is still in that state."
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forget {
    /// Which object.
    pub key: Key,
    /// The digest of the state.
    pub digest: Digest,
}

/// What a replica knows of the layouts; what it is told in return is what the other knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// `None` where it has heard of none yet.
    pub layouts: Option<Layouts>,
    /// The version of the latest layout under which it lacks nothing; 0 for none.
    pub whole: u32,
    /// The random number of its process. While it has heard of no layout, it takes no writes, and nobody counts on what is
    /// on its disk.
    pub birth: String,
}

/// Where a replica stands, as an operator is shown it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stands {
    /// The layouts that it knows.
    pub layouts: Layouts,
    /// The version of the latest layout under which it lacks nothing.
    pub whole: u32,
}

/// How many objects a replica has in each bucket; a bucket without is left out.
pub type Held = BTreeMap<u16, u64>;

/// An object as it is shown, and what its reader has seen of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// What it holds; `None` where there is no such object.
    pub object: Option<Content>,
    /// To be given back with the next [`Put`].
    pub context: Context,
}

/// "Put this in the place of exactly what I had seen."
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// What had been seen; nothing where it is left out.
    #[serde(default)]
    pub context: Context,
    /// What shall be there.
    pub object: Content,
}

/// What became of a [`Put`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// What its writer has now seen.
    pub context: Context,
    /// On how many replicas it is, so far.
    pub acks: usize,
}

/// The digests of buckets; a bucket without objects is left out.
pub type BucketDigests = BTreeMap<u16, Digest>;

/// The digests of one bucket's objects.
pub type ObjectDigests = BTreeMap<Key, Digest>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_browser_can_pass_for_a_part_of_the_shop() {
        for random in [0, 7, u128::MAX] {
            assert!(!is_browsers(actor_of_the_shop(random)));
        }
        assert!(is_browsers(Actor::from_bits(u128::MAX)) && is_browsers(Actor::from_bits(1 << 127)));
    }

    #[test]
    fn a_key_is_a_kind_and_a_name_and_nothing_else() {
        let key: Key = "cart/7d0c".parse().expect("a key");
        assert_eq!((key.kind(), key.name(), key.to_string().as_str()), ("cart", "7d0c", "cart/7d0c"));
        assert_eq!(Key::of("list", "a/b").expect("a name may have slashes").name(), "a/b");
        let long = format!("cart/{}", "x".repeat(Key::MOST));
        for wrong in
            ["", "cart", "cart/", "/x", "Cart/x", "cart/a b", "cart/ä", "averyveryverylongkind/x", long.as_str()]
        {
            assert!(wrong.parse::<Key>().is_err(), "{wrong:?}");
        }
    }
}

//! Ids and counts, each a type of its own, so that an order can't be looked up by an item.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// A text or number that is not what it should be; the message names what it should have been.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotValid(pub &'static str);

/// A book's number in the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemId(pub u32);

impl ItemId {
    /// The id as the key of its [home](crate::home).
    pub const fn key(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(to)
    }
}

impl FromStr for ItemId {
    type Err = NotValid;
    fn from_str(text: &str) -> Result<Self, NotValid> {
        text.parse().map(Self).map_err(|_| NotValid("an item's id is a whole number from 0 to 4294967295"))
    }
}

/// How many units a buyer asks for on one line: 1 to 100.
///
/// The upper bound is the shop's rule, not the database's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Quantity(u32);

impl Quantity {
    /// One unit: what a buyer means who names no number.
    pub const ONE: Self = Self(1);
    /// The most units on one line.
    pub const MOST: u32 = 100;

    /// The number of units.
    pub const fn units(self) -> u32 {
        self.0
    }
}

impl TryFrom<u64> for Quantity {
    type Error = NotValid;
    fn try_from(units: u64) -> Result<Self, NotValid> {
        match u32::try_from(units) {
            Ok(units @ 1..=Self::MOST) => Ok(Self(units)),
            _ => Err(NotValid("a quantity is a whole number from 1 to 100")),
        }
    }
}

impl From<Quantity> for u64 {
    fn from(quantity: Quantity) -> Self {
        quantity.0.into()
    }
}

impl FromStr for Quantity {
    type Err = NotValid;
    fn from_str(text: &str) -> Result<Self, NotValid> {
        let units: u64 = text.parse().map_err(|_| NotValid("a quantity is a whole number from 1 to 100"))?;
        units.try_into()
    }
}

/// The namespace of a shop's order ids: a secret of its tiers, made of the cluster's token.
pub fn shop_namespace(token: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, token.as_bytes())
}

/// An order, everywhere and always the same one for the same buyer and key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderId(pub Uuid);

impl OrderId {
    /// The order that `buyer` means by `key`: UUID version 5 (RFC 9562 §5.5), so every replica computes the same id,
    /// even apart from the others.
    ///
    /// `shop` is the namespace, different for each shop and known to its tiers only: without it an id can't be guessed
    /// from a key.
    pub fn of(shop: Uuid, buyer: &Buyer, key: &IdempotencyKey) -> Self {
        // The length keeps ("a", "bc") and ("ab", "c") apart.
        let name = format!("{}:{}{}", buyer.as_str().len(), buyer.as_str(), key.as_str());
        Self(Uuid::new_v5(&shop, name.as_bytes()))
    }

    /// The `nth` order, from 1, that is made of the cart with this key. In a namespace of its own, so that nobody's
    /// `Idempotency-Key` can name it.
    pub fn of_cart(shop: Uuid, cart: &str, nth: u64) -> Self {
        let carts = Uuid::new_v5(&shop, b"carts");
        Self(Uuid::new_v5(&carts, format!("{cart}#{nth}").as_bytes()))
    }

    /// The order of the `nth` copy, from 1, that is wanted of an item on the gift list with this id: whoever gives it. In a
    /// namespace of its own, too.
    pub fn of_gift(shop: Uuid, list: Uuid, item: ItemId, nth: u64) -> Self {
        let gifts = Uuid::new_v5(&shop, b"gifts");
        Self(Uuid::new_v5(&gifts, format!("{list}/{item}#{nth}").as_bytes()))
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(to)
    }
}

impl FromStr for OrderId {
    type Err = NotValid;
    fn from_str(text: &str) -> Result<Self, NotValid> {
        // Only the hyphenated form: an order has one link.
        if text.len() != 36 {
            return Err(NotValid("an order's id is a UUID"));
        }
        text.parse().map(Self).map_err(|_| NotValid("an order's id is a UUID"))
    }
}

/// The short number people read and say on the telephone; rises with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderNumber(pub u64);

impl fmt::Display for OrderNumber {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(to)
    }
}

macro_rules! short_text {
    ($name:ident, $most:literal, $least:literal, $what:literal) => {
        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl TryFrom<String> for $name {
            type Error = NotValid;
            fn try_from(text: String) -> Result<Self, NotValid> {
                let fits = ($least..=$most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
                if fits { Ok(Self(text)) } else { Err(NotValid($what)) }
            }
        }
        impl FromStr for $name {
            type Err = NotValid;
            fn from_str(text: &str) -> Result<Self, NotValid> {
                text.to_owned().try_into()
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str(&self.0)
            }
        }
    };
}

/// What makes a repeated question the same question: 1 to 255 visible ASCII characters, chosen by the caller.
///
/// Source: IETF draft "The Idempotency-Key HTTP Header Field".
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdempotencyKey(String);

short_text!(IdempotencyKey, 255, 1, "an Idempotency-Key is 1 to 255 visible ASCII characters");

impl IdempotencyKey {
    /// A key nobody has used.
    pub fn fresh(random: Uuid) -> Self {
        Self(random.to_string())
    }
}

/// Whose keys these are: a browser's session, or nobody in particular (the empty text) for the JSON API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Buyer(String);

short_text!(Buyer, 64, 0, "a buyer is at most 64 visible ASCII characters");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_one_to_a_hundred() {
        assert_eq!("1".parse(), Ok(Quantity::ONE));
        assert!("100".parse::<Quantity>().is_ok());
        for text in ["0", "101", "-1", "1.5", "", "9999999999999999999999"] {
            assert!(text.parse::<Quantity>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_same_buyer_and_key_are_the_same_order_and_nothing_else_is() {
        let shop = Uuid::from_u128(1);
        let order = |shop, buyer: &str, key: &str| {
            OrderId::of(shop, &buyer.parse().expect("valid"), &key.parse().expect("valid"))
        };
        assert_eq!(order(shop, "b", "k"), order(shop, "b", "k"));
        assert_ne!(order(shop, "b", "kk"), order(shop, "bk", "k"));
        assert_ne!(order(shop, "b", "k"), order(Uuid::from_u128(2), "b", "k"));
    }

    #[test]
    fn the_orders_of_a_cart_are_told_apart_by_its_key_and_their_number() {
        let shop = Uuid::from_u128(1);
        assert_eq!(OrderId::of_cart(shop, "cart/a", 1), OrderId::of_cart(shop, "cart/a", 1));
        let ids = [(shop, "cart/a", 1), (shop, "cart/a", 2), (shop, "cart/b", 1), (Uuid::from_u128(2), "cart/a", 1)];
        let ids: std::collections::BTreeSet<_> = ids.map(|(shop, cart, nth)| OrderId::of_cart(shop, cart, nth)).into();
        assert_eq!(ids.len(), 4);
    }

    #[test]
    fn a_key_is_short_visible_ascii() {
        assert!("order-1".parse::<IdempotencyKey>().is_ok());
        for text in ["", "two words", "schlüssel", "line\n", &"x".repeat(256)] {
            assert!(text.parse::<IdempotencyKey>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn every_copy_of_every_title_of_every_gift_list_has_an_order_of_its_own() {
        let (shop, other) = (shop_namespace("a"), shop_namespace("b"));
        let (list, next) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let gifts =
            [(shop, list, 4, 1), (other, list, 4, 1), (shop, next, 4, 1), (shop, list, 5, 1), (shop, list, 4, 2)];
        let id = |(shop, list, item, nth)| OrderId::of_gift(shop, list, ItemId(item), nth);
        assert_eq!(gifts.map(id), gifts.map(id));
        let mut ids: std::collections::BTreeSet<_> = gifts.map(id).into();
        ids.insert(OrderId::of_cart(shop, &format!("{list}/4"), 1));
        assert_eq!(ids.len(), gifts.len() + 1);
    }
}

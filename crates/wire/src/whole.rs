//! Ids and quantities as callers write them: whole numbers, however JSON writes those (`crdt::whole`).
//!
//! For `#[serde(deserialize_with = "…")]` on what comes from outside the shop; what is out of range is refused by the type.

use crate::{ItemId, NotValid, Quantity};
use crdt::{Actor, VersionVector, whole};
use serde::{Deserialize, Deserializer, de::Error};
use std::collections::BTreeMap;

pub(crate) fn item<'de, D: Deserializer<'de>>(from: D) -> Result<ItemId, D::Error> {
    let item = u32::try_from(whole(from)?).map(ItemId);
    item.map_err(|_| D::Error::custom(NotValid("an item's id is a whole number from 0 to 4294967295")))
}

pub(crate) fn quantity<'de, D: Deserializer<'de>>(from: D) -> Result<Quantity, D::Error> {
    // Below zero is as little a quantity as zero is.
    u64::try_from(whole(from)?).unwrap_or(0).try_into().map_err(D::Error::custom)
}

/// How many of each title.
pub(crate) fn quantities<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, Quantity>, D::Error> {
    #[derive(Deserialize)]
    struct Many(#[serde(deserialize_with = "quantity")] Quantity);

    let many = BTreeMap::<String, Many>::deserialize(from)?;
    Ok(many.into_iter().map(|(title, Many(quantity))| (title, quantity)).collect())
}

/// What a copy has seen.
pub(crate) fn version<'de, D: Deserializer<'de>>(from: D) -> Result<VersionVector, D::Error> {
    #[derive(Deserialize)]
    struct Number(#[serde(deserialize_with = "whole")] i64);

    let numbers = BTreeMap::<Actor, Number>::deserialize(from)?;
    // Below zero is as little the number of an edit as zero is.
    let seen = numbers.into_iter().map(|(actor, Number(number))| (actor, u64::try_from(number).unwrap_or(0)));
    seen.collect::<BTreeMap<_, _>>().try_into().map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use crate::ItemId;
    use crate::classic::carts::AddToCart;
    use crate::sale::Line;
    use crate::v1::ListSync;

    fn read(item: &str, quantity: &str) -> Option<(ItemId, u32)> {
        let line: Line = serde_json::from_str(&format!(r#"{{"item": {item}, "quantity": {quantity}}}"#)).ok()?;
        Some((line.item, line.quantity.units()))
    }

    #[test]
    fn the_numbers_of_a_map_may_be_written_in_any_way_too() {
        let cart = |number: &str| {
            let text = format!(r#"{{"email":"ada@example.org","cart":{{"Emma":{number}}}}}"#);
            serde_json::from_str::<AddToCart>(&text).ok().map(|added| added.cart["Emma"].units())
        };
        let actor = "f0000000000000000000000000000001";
        let sync = |number: &str| {
            let text = format!(r#"{{"actor":"{actor}","since":{{"{actor}":{number}}}}}"#);
            serde_json::from_str::<ListSync>(&text).ok().map(|asked| asked.since.get(asked.actor))
        };
        for number in ["3", "3.0", "0.3e1"] {
            assert_eq!((cart(number), sync(number)), (Some(3), Some(3)), "{number}");
        }
        for wrong in ["0", "-1", "-1.0", "1.5", "\"3\"", "null", "1e300"] {
            assert_eq!((cart(wrong), sync(wrong)), (None, None), "{wrong}");
        }
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

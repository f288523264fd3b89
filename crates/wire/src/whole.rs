//! Ids and quantities as callers write them: whole numbers, however JSON writes those (`crdt::whole`).
//!
//! For `#[serde(deserialize_with = "…")]` on what comes from outside the shop; what is out of range is refused by the type.

use crate::{ItemId, NotValid, Quantity};
use crdt::whole;
use serde::{Deserializer, de::Error};

pub(crate) fn item<'de, D: Deserializer<'de>>(from: D) -> Result<ItemId, D::Error> {
    let item = u32::try_from(whole(from)?).map(ItemId);
    item.map_err(|_| D::Error::custom(NotValid("an item's id is a whole number from 0 to 4294967295")))
}

pub(crate) fn quantity<'de, D: Deserializer<'de>>(from: D) -> Result<Quantity, D::Error> {
    // Below zero is as little a quantity as zero is.
    u64::try_from(whole(from)?).unwrap_or(0).try_into().map_err(D::Error::custom)
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

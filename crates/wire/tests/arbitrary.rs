//! The bodies that replicas take from each other, read from whatever may arrive.

use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use wire::order::{Order, Purchase, Receipt};
use wire::sale::{PlacedSale, Refused, Reserve, Reserved, Sale};
use wire::{ItemState, range};

/// A value with the names that our bodies have, and with whatever in them.
fn value() -> impl Strategy<Value = Value> {
    const NAMES: [&str; 21] = [
        "order",
        "number",
        "buyer",
        "lines",
        "at_ms",
        "at",
        "actor",
        "seq",
        "item",
        "quantity",
        "cost",
        "sale",
        "told",
        "basket",
        "request_id",
        "id",
        "title",
        "v",
        "t",
        "parts",
        "net",
    ];
    let leaf = prop_oneof![
        any::<u64>().prop_map(|number| json!(number)),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        any::<bool>().prop_map(|truth| json!(truth)),
        ".{0,12}".prop_map(|text| json!(text)),
        Just(json!("0123456789abcdef0011223344556677")),
        Just(json!("00000000-0000-0000-0000-000000000001")),
        prop::sample::select(vec![json!(0), json!(1), json!(u64::MAX), json!(i64::MIN), json!(range::MOST + 1)]),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((prop::sample::select(NAMES.to_vec()), inner), 0..8)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

/// A body that is right, in which one value became another.
fn nearly(right: Value) -> impl Strategy<Value = Value> {
    (any::<prop::sample::Index>(), value()).prop_map(move |(at, new)| {
        let mut text = right.clone();
        let mut places = Vec::new();
        pointers(&right, String::new(), &mut places);
        if let Some(place) = text.pointer_mut(&places[at.index(places.len())]) {
            *place = new;
        }
        text
    })
}

fn pointers(value: &Value, here: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, one)| pointers(one, format!("{here}/{name}"), found)),
        Value::Array(list) => (0..).zip(list).for_each(|(at, one)| pointers(one, format!("{here}/{at}"), found)),
        _ => (),
    }
    found.push(here);
}

/// Reads `text` as a `T`, which must not panic; what was read is written, and read again, as the same.
fn reads<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(text: &Value) -> Result<(), TestCaseError> {
    if let Ok(body) = serde_json::from_str::<T>(&text.to_string()) {
        let written = serde_json::to_string(&body).expect("a body is JSON");
        let again: T =
            serde_json::from_str(&written).map_err(|error| TestCaseError::fail(format!("{error}: {written}")))?;
        prop_assert_eq!(again, body);
    }
    Ok(())
}

fn sale() -> Value {
    let line = json!({"item": 1, "quantity": 1, "cost": 12.5});
    json!({"order": "00000000-0000-0000-0000-000000000001", "number": 26, "buyer": "b", "lines": [line], "at_ms": 1})
}

fn state() -> Value {
    let actor = "0123456789abcdef0011223344556677";
    let register = |value: Value| json!({"v": value, "t": [1, actor]});
    json!({"id": 1, "title": register(json!("a")), "authors": register(json!("b")), "year": register(json!(1900)),
        "language": register(json!("en")), "topic": register(json!("c")), "cost": register(json!(10)),
        "parts": {actor: {"seq": 1, "net": 5}, "ff23456789abcdef0011223344556677": {"seq": 1, "net": i64::MAX}}})
}

proptest! {
    #[test]
    fn no_json_makes_reading_a_body_panic(text in value()) {
        reads::<Sale>(&text)?;
        reads::<PlacedSale>(&text)?;
        reads::<Reserve>(&text)?;
        reads::<Reserved>(&text)?;
        reads::<Refused>(&text)?;
        reads::<Purchase>(&text)?;
        reads::<Receipt>(&text)?;
        reads::<Order>(&text)?;
        reads::<ItemState>(&text)?;
    }

    #[test]
    fn a_placed_sale_with_one_wrong_value_is_read_only_in_range(
        text in nearly(json!({"sale": sale(), "at": {"actor": "0123456789abcdef0011223344556677", "seq": 7}})),
    ) {
        reads::<PlacedSale>(&text)?;
        if let Ok(placed) = serde_json::from_value::<PlacedSale>(text) {
            prop_assert!(placed.at.seq <= range::MOST && placed.sale.number.0 <= range::MOST);
            prop_assert!(placed.sale.at_ms <= range::LAST_MS && !placed.sale.lines.is_empty());
        }
    }

    #[test]
    fn a_state_of_any_numbers_can_be_counted_and_joined(one in nearly(state()), other in nearly(state())) {
        reads::<ItemState>(&one)?;
        let read = |text: Value| serde_json::from_value::<ItemState>(text);
        if let (Ok(mut one), Ok(other)) = (read(one), read(other)) {
            one.join(other.clone());
            prop_assert!(one.contains(&other.versions()));
            // Any number will do: that it comes without a panic is the point.
            let _: u64 = one.count();
        }
    }
}

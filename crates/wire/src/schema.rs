//! Schemas of the ids and amounts, for whoever describes an API; only with the feature `openapi`.
//!
//! They are written by hand where deriving can't know a bound: what the types refuse when they are read is not in their
//! fields. The bounds are the types' own constants, and a test reads values at and beyond them. Bodies derive theirs.

use crate::account::{Email, Password};
use crate::v1::LIST_LIMITS;
use crate::{IdempotencyKey, Isbn, ItemId, Money, OrderId, OrderNumber, Published, Quantity};
use std::borrow::Cow;
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, Object, ObjectBuilder, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! schema {
    ($name:ident, $object:expr) => {
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let object: Object = $object.build();
                RefOr::T(Schema::Object(object))
            }
        }
        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    };
}

fn whole(least: u64, most: u64, description: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(least))
        .maximum(Some(most))
        .description(Some(description))
}

fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}

schema!(ItemId, whole(0, u32::MAX.into(), "A book's number in the catalog."));
schema!(Quantity, whole(1, Quantity::MOST.into(), "How many units of a book."));
schema!(
    OrderNumber,
    whole(0, crate::range::MOST, "The short number of an order, which people read and say; rises with time.")
);
schema!(
    OrderId,
    text("An order, the same for the same Idempotency-Key.").format(Some(SchemaFormat::Custom("uuid".into())))
);
schema!(
    Money,
    ObjectBuilder::new()
        .schema_type(Type::Number)
        .minimum(Some(0))
        .maximum(Some(Money::MOST_CENTS / 100))
        .description(Some("An amount in the shop's currency, with at most two decimals."))
);
schema!(
    IdempotencyKey,
    text("What makes a repeated question the same question.")
        .min_length(Some(1))
        .max_length(Some(255))
        .pattern(Some("^[!-~]+$"))
);

schema!(Isbn, text("An ISBN of 13 digits.").pattern(Some("^97[89][0-9]{10}$")));
schema!(
    Published,
    text("A year, a month of it or a day: 2024, 2024-05, 2024-05-17.")
        .pattern(Some("^[1-9][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"))
);
schema!(
    Email,
    text("An e-mail address; blanks around it and capitals of its domain make no difference.")
        .max_length(Some(Email::MOST))
        .pattern(Some(r"^[ \t\r\n]*[^\u0000-\u0020\u007f-\u00a0@]+@[^\u0000-\u0020\u007f-\u00a0@]+[ \t\r\n]*$"))
);
schema!(
    Password,
    text("A password, never shown.")
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
        .min_length(Some(Password::LEAST))
        .max_length(Some(Password::MOST))
);

/// The most bytes of a character.
const CHARACTER: usize = 4;

/// What is on a list: what several who were apart have put adds up.
pub(crate) fn list_shown() -> Object {
    content(crate::range::MOST)
}

/// What is put on a list, as far as it is always taken: longer texts are, too, where they have fewer bytes a character.
pub(crate) fn list_put() -> Object {
    content(Quantity::MOST.into())
}

fn content(most: u64) -> Object {
    let name = || text("A name.").max_length(Some(LIST_LIMITS.name / CHARACTER)).build();
    let fields = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property_names(Some(name()))
        .additional_properties(Some(text("A value.").max_length(Some(LIST_LIMITS.value / CHARACTER))))
        .max_properties(Some(LIST_LIMITS.fields));
    let line = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("count", whole(1, most, "How many."))
        .required("count")
        .property("fields", fields)
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    let items = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property_names(Some(name()))
        .additional_properties(Some(line))
        .max_properties(Some(LIST_LIMITS.items));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("type", text("The type of the object.").enum_values(Some(["counters"])))
        .required("type")
        .property("items", items)
        .required("items")
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        .build()
}

/// What a reader had seen.
pub(crate) fn context() -> Object {
    text("What a reader had seen, as it was given out: nothing else is taken.").min_length(Some(1)).build()
}

/// The name of whoever writes to a copy outside of the shop.
pub(crate) fn browsers_actor() -> Object {
    text("128 bits in hexadecimal digits, of which the first is set.").pattern(Some("^[89a-f][0-9a-f]{31}$")).build()
}

/// Per actor, the number of its last edit that was seen.
pub(crate) fn version() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("Of each actor, the number of its last edit that was seen."))
        .property_names(Some(text("An actor.").pattern(Some("^[0-9a-f]{32}$")).build()))
        .additional_properties(Some(whole(1, crate::range::MOST, "A number.")))
        .max_properties(Some(crdt::MOST_ACTORS))
        .build()
}

/// What one copy has beyond another.
pub(crate) fn delta() -> Object {
    described("What one copy has beyond another: `seen`, `live` and `items`.", &["seen", "live", "items"], Type::Object)
}

/// The same, or nothing.
pub(crate) fn delta_or_null() -> Object {
    let types = SchemaType::from_iter([Type::Object, Type::Null]);
    described("What one copy has beyond another, or nothing.", &["seen", "live", "items"], types)
}

/// A whole copy, or nothing.
pub(crate) fn state_or_null() -> Object {
    let types = SchemaType::from_iter([Type::Object, Type::Null]);
    described("A whole copy: `vv` and `items`, or nothing.", &["vv", "items"], types)
}

fn described(words: &str, needed: &[&str], types: impl Into<SchemaType>) -> Object {
    let object = ObjectBuilder::new().schema_type(types).description(Some(words));
    needed.iter().fold(object, |object, name| object.required(*name)).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sale::Basket;
    use crate::v1::NewOrder;
    use serde_json::{Value, json};

    fn bound<T: ToSchema>(name: &str) -> Value {
        serde_json::to_value(T::schema()).expect("a schema is JSON")[name].clone()
    }

    fn reads<T: serde::de::DeserializeOwned>(value: Value) -> bool {
        serde_json::from_value::<T>(value).is_ok()
    }

    #[test]
    fn the_bounds_of_a_schema_are_those_at_which_the_type_refuses() {
        assert_eq!(bound::<Quantity>("minimum"), json!(1));
        assert_eq!(bound::<Quantity>("maximum"), json!(100));
        assert!(reads::<Quantity>(json!(1)) && reads::<Quantity>(json!(100)));
        assert!(!reads::<Quantity>(json!(0)) && !reads::<Quantity>(json!(101)));
        let lines = bound::<NewOrder>("properties")["lines"].clone();
        assert_eq!((&lines["minItems"], &lines["maxItems"]), (&json!(1), &json!(Basket::MOST_LINES)));
        assert_eq!(bound::<ItemId>("maximum"), json!(u32::MAX));
        assert!(reads::<ItemId>(json!(u32::MAX)) && !reads::<ItemId>(json!(u64::from(u32::MAX) + 1)));
        assert_eq!(bound::<Money>("maximum"), json!(10_000_000));
        assert!(reads::<Money>(json!(10_000_000)) && !reads::<Money>(json!(10_000_000.01)));
        assert_eq!(bound::<IdempotencyKey>("maxLength"), json!(255));
        assert!(reads::<IdempotencyKey>(json!("~".repeat(255))) && !reads::<IdempotencyKey>(json!("~".repeat(256))));
        assert!(!reads::<IdempotencyKey>(json!("")) && !reads::<IdempotencyKey>(json!("two words")));
    }
}

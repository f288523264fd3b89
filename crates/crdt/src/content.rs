//! What people see of an object, and what they put: plain values, without dots, actors or stamps.

use crate::whole;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One item of a [`CounterMap`](crate::CounterMap), as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// How many: at least 1.
    #[serde(deserialize_with = "whole")]
    pub count: i64,
    /// Its fields by name. There is no way to take a single field away; an empty text is a value like any other.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
}

impl Line {
    /// So many, with no fields.
    pub const fn of(count: i64) -> Self {
        Self { count, fields: BTreeMap::new() }
    }
}

/// What a [`CounterMap`](crate::CounterMap) shows: items by id.
pub type Lines = BTreeMap<String, Line>;

/// What an [`Object`](crate::Object) shows; `type` in JSON is `counters` or `elements`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum Content {
    /// Of a map of counters.
    Counters {
        /// Items by id.
        items: Lines,
    },
    /// Of an element set.
    Elements {
        /// The elements that are in it.
        elements: BTreeSet<String>,
    },
}

#[cfg(test)]
mod tests {
    use super::{Content, Line};

    #[test]
    fn a_count_is_a_whole_number_however_it_is_written() {
        for count in ["2", "2.0", "2e0"] {
            let line: Line = serde_json::from_str(&format!(r#"{{"count":{count}}}"#)).expect(count);
            assert_eq!(line, Line::of(2));
            let text = format!(r#"{{"type":"counters","items":{{"a":{{"count":{count}}}}}}}"#);
            let content: Content = serde_json::from_str(&text).expect(count);
            assert_eq!(content, Content::Counters { items: [("a".to_owned(), Line::of(2))].into() });
        }
        for count in ["2.5", "1e300", "\"2\"", "null", "true", "9007199254740993.0"] {
            assert!(serde_json::from_str::<Line>(&format!(r#"{{"count":{count}}}"#)).is_err(), "{count}");
        }
    }
}

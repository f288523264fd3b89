//! What a basket falls short of: one line for each book that the shop can't sell as many of as were asked for.
//!
//! All lines of a basket are sold or none, so a refusal names every line that stands in the way: whoever mends the
//! basket mends it once. The sentences for one line are those of the published API. Other reasons not to sell, which
//! say nothing of the stock, are `sale::Refused`'s.

use crate::{ItemId, Problem, Quantity, range};
use serde::{Deserialize, Serialize};

const NO_SUCH_ITEM: &str = "no-such-item";
const SOLD_OUT: &str = "sold-out";
const NOT_ENOUGH: &str = "not-enough";

/// A line that can't be sold, and what is left of its book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Shortfall {
    /// The book asked for.
    pub item: ItemId,
    /// How many units were asked for.
    pub wanted: Quantity,
    /// How many are left, as far as known anywhere, fewer than wanted; `null` where the shop does not have such a book.
    #[serde(deserialize_with = "range::count_if_any")]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub left: Option<u64>,
}

impl Shortfall {
    /// The problem of this line alone, in the words of the published API.
    fn problem(&self) -> Problem {
        let Self { item, left, .. } = self;
        match left {
            None => no_such_item(*item),
            Some(0) => {
                let detail = format!("The item with id {item} is no longer present in the catalog server");
                Problem::definite(404, SOLD_OUT, detail)
            }
            Some(left) => Problem::definite(409, NOT_ENOUGH, format!("The item with id {item} has only {left} left"))
                .at("quantity"),
        }
    }

    fn words(&self) -> String {
        let Self { item, wanted, left } = self;
        match left {
            None => format!("there is no item with id {item}"),
            Some(0) => format!("item {item} is sold out"),
            Some(left) => format!("item {item} has only {left} left of the {} wanted", wanted.units()),
        }
    }
}

/// The short name of what is wrong, as [`published`] and metrics have it.
pub fn kind(lines: &[Shortfall]) -> &'static str {
    match lines {
        [Shortfall { left: None, .. }] => NO_SUCH_ITEM,
        [Shortfall { left: Some(0), .. }] => SOLD_OUT,
        _ => NOT_ENOUGH,
    }
}

/// The refusal of a book that the shop does not have.
pub fn no_such_item(item: ItemId) -> Problem {
    Problem::definite(404, NO_SUCH_ITEM, format!("Item with id {item} not found in the catalog server."))
}

/// The refusal as callers of the published API know it, who buy one book at a time.
pub(crate) fn published(lines: &[Shortfall]) -> Problem {
    match lines {
        [one] => one.problem(),
        several => not_enough(several),
    }
}

/// 409 for a basket of which nothing was sold, with every line that falls short.
pub fn not_enough(lines: &[Shortfall]) -> Problem {
    let words: Vec<String> = lines.iter().map(Shortfall::words).collect();
    let problem =
        Problem::definite(409, NOT_ENOUGH, format!("An order is sold whole or not at all: {}.", words.join("; ")));
    Problem { lines: lines.into(), ..problem.at("lines") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn short(item: u32, left: Option<u64>) -> Shortfall {
        Shortfall { item: ItemId(item), wanted: Quantity::try_from(3).expect("a quantity"), left }
    }

    #[test]
    fn one_line_alone_is_refused_in_the_published_words() {
        for (left, status, kind, detail) in [
            (None, 404, "no-such-item", "Item with id 99 not found in the catalog server."),
            (Some(0), 404, "sold-out", "The item with id 99 is no longer present in the catalog server"),
            (Some(2), 409, "not-enough", "The item with id 99 has only 2 left"),
        ] {
            let problem = published(&[short(99, left)]);
            assert_eq!((problem.status, problem.kind.as_str(), problem.detail.as_str()), (status, kind, detail));
            assert!(problem.definite && problem.lines.is_empty());
            assert_eq!(super::kind(&[short(99, left)]), kind);
        }
    }

    #[test]
    fn several_lines_are_one_problem_that_names_them_all() {
        let problem = published(&[short(1, Some(0)), short(2, Some(2)), short(99, None)]);
        assert_eq!(
            serde_json::to_value(problem).expect("JSON"),
            json!({
                "type": "not-enough", "status": 409, "definite": true, "field": "lines",
                "detail": "An order is sold whole or not at all: item 1 is sold out; item 2 has only 2 left of the 3 \
                           wanted; there is no item with id 99.",
                "lines": [
                    {"item": 1, "wanted": 3, "left": 0},
                    {"item": 2, "wanted": 3, "left": 2},
                    {"item": 99, "wanted": 3, "left": null},
                ],
            })
        );
    }

    #[test]
    fn a_line_that_is_short_of_what_no_column_holds_is_not_read() {
        let reads = |left| serde_json::from_value::<Shortfall>(json!({"item": 1, "wanted": 3, "left": left})).is_ok();
        assert!(reads(json!(null)) && reads(json!(0)) && reads(json!(range::MOST)));
        assert!(!reads(json!(range::MOST + 1)) && !reads(json!(-1)));
    }
}

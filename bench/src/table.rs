//! A part's figures as a table of Markdown, and its place between two marks of a page.
//!
//! Only what is between the marks is written here; the words around belong to whoever wrote the page.

use crate::error::BenchError;
use crate::figures::{Figure, Goal, Part, Unit};
use crate::stats::median;
use std::fmt::Write;

const END: &str = "<!-- end -->";

/// The table, without the marks.
pub(crate) fn table(part: &Part) -> String {
    let mut text = String::from("| | ratio | of the rounds | aim | shop | beside it |\n|---|--:|:-:|:-:|--:|---|\n");
    for figure in &part.figures {
        writeln!(text, "{}", row(figure)).expect("a text takes everything");
    }
    let Part { rounds, seconds, machine, .. } = part;
    let medians = if *rounds == 1 { "One round".to_owned() } else { format!("Medians of {rounds} rounds") };
    writeln!(text, "\n{medians}, {seconds} s a measurement, on {machine}.").expect("a text takes everything");
    text
}

/// `page` with the table of `name` in its place.
pub(crate) fn placed(page: &str, name: &str, table: &str) -> Result<String, BenchError> {
    let begin = format!("<!-- figures: {name} -->");
    let missing = || BenchError::new(format!("the page has no `{begin}` … `{END}`: put them where the table belongs"));
    let (before, rest) = page.split_once(&begin).ok_or_else(missing)?;
    let (inside, after) = rest.split_once(END).ok_or_else(missing)?;
    if inside.contains("<!-- figures: ") {
        return Err(missing());
    }
    Ok(format!("{before}{begin}\n\n{}\n\n{END}{after}", table.trim_end()))
}

fn row(figure: &Figure) -> String {
    let shop = shown(figure.unit, median(&figure.shop));
    let judged = figure.judged();
    let range = |unit| {
        let least = judged.iter().copied().reduce(f64::min);
        let most = judged.iter().copied().reduce(f64::max);
        if judged.len() < 2 { String::new() } else { format!("{} to {}", shown(unit, least), shown(unit, most)) }
    };
    let (ratio, range, beside, unit) = match &figure.reference {
        Some(reference) => {
            let values = shown(figure.unit, median(&reference.values));
            let ratio = shown(Unit::Share, median(&judged));
            (ratio, range(Unit::Share), format!("{}: {values}", reference.name), Unit::Share)
        }
        None => (String::new(), range(figure.unit), String::new(), figure.unit),
    };
    let mark = match figure.reached() {
        Some(true) => " ✓",
        Some(false) => " ✗",
        None => "",
    };
    let goal = figure.goal.map(|goal| aim(goal, unit)).unwrap_or_default();
    format!("| {} | {ratio} | {range} | {goal}{mark} | {shop} | {beside} |", figure.what)
}

fn aim(goal: Goal, unit: Unit) -> String {
    let show = |value| shown(unit, Some(value));
    match goal {
        Goal::AtLeast(least) => format!("≥ {}", show(least)),
        Goal::AtMost(most) => format!("≤ {}", show(most)),
        Goal::Within(least, most) => format!("{} to {}", show(least), show(most)),
    }
}

/// A value as people read it.
fn shown(unit: Unit, value: Option<f64>) -> String {
    let Some(value) = value else { return "–".to_owned() };
    match unit {
        Unit::PerSecond => format!("{}/s", thousands(value)),
        Unit::Milliseconds if value < 10.0 => format!("{value:.2} ms"),
        Unit::Milliseconds => format!("{value:.0} ms"),
        Unit::Seconds => format!("{value:.1} s"),
        Unit::Mebibytes => format!("{value:.0} MiB"),
        Unit::Count => thousands(value),
        Unit::Share if value < 10.0 => format!("{value:.2}"),
        Unit::Share => format!("{value:.0}"),
    }
}

/// A whole number with a comma every three digits.
fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "Before.\n\n<!-- figures: reads -->\nold\n<!-- end -->\n\nBetween.\n\n<!-- figures: sale -->\n<!-- end -->\nAfter.\n";

    #[test]
    fn only_the_table_of_that_name_is_replaced() {
        let page = placed(PAGE, "sale", "| new |\n").expect("there is a place");
        let expected = PAGE.replace("sale -->\n<!-- end", "sale -->\n\n| new |\n\n<!-- end");
        assert_eq!(page, expected);
        assert_eq!(placed(&page, "sale", "| new |\n").expect("again"), page, "writing it twice changes nothing");
    }

    #[test]
    fn a_page_without_the_place_or_with_an_open_one_is_left_alone() {
        assert!(placed(PAGE, "cache", "x").expect_err("no place").to_string().contains("figures: cache"));
        let open = PAGE.replacen("<!-- end -->", "", 1);
        assert!(placed(&open, "reads", "x").is_err(), "the next table's end is not this one's");
    }

    #[test]
    fn a_row_shows_the_ratio_its_range_the_aim_and_both_medians() {
        let figure =
            Figure::beside("lookup", Unit::PerSecond, vec![19_000.0, 9_900.0], "bare", vec![20_000.0, 9_000.0]);
        let row = row(&figure.aims(Goal::AtLeast(0.95)));
        assert_eq!(row, "| lookup | 1.02 | 0.95 to 1.10 | ≥ 0.95 ✓ | 14,450/s | bare: 14,500/s |");
    }

    #[test]
    fn numbers_read_well_whatever_their_size() {
        assert_eq!(thousands(1_234_567.0), "1,234,567");
        assert_eq!(thousands(999.6), "1,000");
        assert_eq!(shown(Unit::Milliseconds, Some(3.456)), "3.46 ms");
        assert_eq!(shown(Unit::Milliseconds, Some(34.56)), "35 ms");
        assert_eq!(shown(Unit::Count, None), "–");
    }
}

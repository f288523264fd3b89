//! What a reader of the page must find on it, and what must never be on it.

use super::*;
use crate::outcome::{Bucket, Second};
use crate::report::testing::{broken, check, emptiness, failover, fault, series, silence};

fn page(outcome: &Outcome) -> String {
    render(outcome, "run.json").expect("a string takes everything")
}

/// Where `part` begins; it must be there.
fn place(page: &str, part: &str) -> usize {
    page.find(part).unwrap_or_else(|| panic!("{part} is missing"))
}

#[test]
fn everything_from_outside_is_escaped() {
    let evil = "</title><script>alert('x')</script>\"&<b onload=x>";
    let mut outcome = failover();
    outcome.scenario = evil.to_owned();
    outcome.target = evil.to_owned();
    outcome.series[0].name = evil.to_owned();
    outcome.series[0].failures = vec![(evil.to_owned(), 3)];
    outcome.faults = vec![fault(3.0, evil)];
    outcome.findings[0].says = evil.to_owned();
    outcome.audit.checks = vec![check(evil, false, evil)];
    let page = page(&outcome);
    for part in ["<script", "<b onload", "alert('x')"] {
        assert!(!page.contains(part), "{part} came through");
    }
    assert!(page.matches("alert(").count() >= 8, "it is shown, as text");
}

#[test]
fn the_page_asks_nobody_for_anything() {
    let outcome = failover();
    let page = page(&outcome).replace(&outcome.target, "");
    for part in ["http:", "https:", "//", "src=", "href=", "url(", "@import", "<script", "<link", "<iframe"] {
        assert!(!page.contains(part), "{part} is on the page");
    }
    assert!(page.contains("default-src 'none'"), "and a browser holds it to that");
}

#[test]
fn a_broken_check_is_the_first_thing_one_sees() {
    let page = page(&broken());
    let sentence = place(&page, "The ledger is BROKEN: 1 of 4 checks did not hold.");
    let check = place(&page, "nothing was sold that nobody had");
    let detail = place(&page, "title 5: 3 sold, 2 in stock");
    let first_figure = place(&page, "class=\"figures\"");
    assert!(sentence < check && check < detail && detail < first_figure);
}

#[test]
fn a_ledger_that_holds_is_said_to_hold_and_none_to_be_unchecked() {
    assert!(page(&failover()).contains("The ledger holds: all 3 checks held."));
    assert!(page(&silence()).contains("The ledger was not checked."));
}

#[test]
fn a_run_without_a_single_answer_still_has_a_report() {
    for outcome in [silence(), emptiness()] {
        let page = page(&outcome);
        assert!(page.contains("Nothing was answered"), "it is said, not drawn");
        for part in ["NaN", "inf", "–%"] {
            assert!(!page.contains(part), "{part} is on the page");
        }
    }
    assert!(page(&silence()).contains("connection refused"));
}

#[test]
fn every_place_on_a_chart_is_on_the_chart() {
    let mut outcome = failover();
    outcome.seconds = 1.0;
    outcome.timeline = vec![Second { at: 0, answered: 1, failed: 0, p50: 0, p99: u64::MAX, max: u64::MAX }];
    outcome.series = vec![series("x", 1, 0, 1, &[])];
    outcome.series[0].histogram = vec![Bucket { upto: u64::MAX, count: u64::MAX }];
    outcome.faults = vec![fault(f64::NAN, "never"), fault(-3.0, "before"), fault(f64::INFINITY, "after")];
    let page = page(&outcome);
    let places: Vec<&str> = page.split('"').filter_map(|value| value.strip_suffix('%')).collect();
    assert!(places.len() > 20, "{places:?}");
    for place in places {
        let share: f64 = place.parse().expect("a number");
        assert!((0.0..=100.0).contains(&share), "{place}");
    }
    assert!(!page.contains("NaN") && !page.contains("inf "), "an outline has only numbers");
}

#[test]
fn the_longest_run_is_no_more_than_half_a_megabyte() {
    let mut outcome = failover();
    let row = |at: u32| Second { at, answered: 98_765, failed: 12_345, p50: 123_456, p99: 1_234_567, max: 98_765_432 };
    outcome.timeline = (0..100_000).map(row).collect();
    outcome.seconds = 100_000.0;
    let wide: Vec<Bucket> = (0..7_000).map(|at| Bucket { upto: 1 << (at / 250), count: 123_456 }).collect();
    let long = "a very long text ".repeat(500);
    outcome.series = (0..300).map(|_| series(&long, 1 << 40, 1 << 20, 77_777, &[(&long, 1 << 20)])).collect();
    outcome.series.iter_mut().for_each(|series| series.histogram.clone_from(&wide));
    outcome.faults = (0..5_000).map(|at| fault(f64::from(at) * 20.0, &long)).collect();
    outcome.audit.checks = (0..500).map(|_| check(&long, false, &long)).collect();
    let page = page(&outcome);
    assert!(page.len() < 500_000, "{} bytes", page.len());
    assert!(page.contains("Lists end after"), "what is left out is said to be");
}

#[test]
fn every_chart_is_described_for_whoever_cannot_see_it() {
    let page = page(&failover());
    let charts = page.matches("role=\"img\"").count();
    assert_eq!(charts, 5);
    assert_eq!(page.matches("<desc ").count(), charts);
    assert!(page.matches("scope=\"col\"").count() >= COLUMNS.len());
}

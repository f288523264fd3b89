//! The chart of requests a second over the time of the run.

use super::columns::{Column, Columns};
use super::scale::{self, Scale};
use super::{Chart, Key, Path, Shape, faults};
use crate::outcome::Outcome;
use crate::report::words;

/// The least height of a bar with something in it: a single failure among thousands must be seen.
const LEAST: f64 = 0.02;
const ANSWERED: Key = Key { style: "answered", sample: "M2 12V3H26V12Z", says: "answered" };
const FAILED: Key = Key { style: "failed", sample: "M8 12V3H20V12Z", says: "failed" };

/// Answers a second as an area, failures a second as bars before it.
pub(in super::super) fn rate(outcome: &Outcome, columns: &Columns) -> Chart {
    let rates = columns.all.iter().map(|column| column.rate(column.answered.max(column.failed)));
    let (scale, step) = Scale::amounts(rates.fold(0.0, f64::max), 4.0);
    let failed: u64 = columns.all.iter().map(|column| column.failed).fold(0, u64::saturating_add);
    let mut shapes = vec![Shape { style: ANSWERED.style, path: area(&columns.all, columns.scale, scale) }];
    let mut legend = vec![ANSWERED];
    if failed > 0 {
        shapes.push(Shape { style: FAILED.style, path: bars(&columns.all, columns.scale, scale) });
        legend.push(FAILED);
    }
    let (flags, above) = faults::faults(&outcome.faults, columns.scale, outcome.seconds);
    let answers = columns.all.iter().map(|column| column.rate(column.answered));
    let (low, high) = answers.fold((f64::INFINITY, 0.0), |(low, high), rate| (rate.min(low), rate.max(high)));
    Chart {
        title: "Answers a second over time".to_owned(),
        says: format!(
            "Between {} and {} answers a second; {} failed.",
            words::figure(low),
            words::figure(high),
            words::counted(failed, "request", "requests")
        ),
        height: 180,
        above,
        x: columns.scale.time_ticks(),
        y: scale::upright(scale.ticks(step, scale::plain)),
        shapes,
        flags,
        crosses: Vec::new(),
        tips: columns.tips(),
        legend,
    }
}

/// The answers as steps; an area for each stretch of columns without a gap.
fn area(columns: &[Column], x: Scale, y: Scale) -> Path {
    let mut path = Path::default();
    for stretch in columns.chunk_by(|one, next| next.from <= one.to) {
        let ends = stretch.first().zip(stretch.last());
        let Some((left, right)) = ends.map(|(first, last)| (x.place(first.from), x.place(last.to))) else { continue };
        path.go(left, 0.0);
        for column in stretch {
            let height = y.place(column.rate(column.answered));
            path.line(x.place(column.from), height);
            path.line(x.place(column.to), height);
        }
        path.line(right, 0.0);
    }
    path
}

/// The failures as bars.
fn bars(columns: &[Column], x: Scale, y: Scale) -> Path {
    let mut path = Path::default();
    for column in columns.iter().filter(|column| column.failed > 0) {
        let height = y.place(column.rate(column.failed)).max(LEAST);
        path.bar(x.place(column.from), x.place(column.to), height);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{failover, silence};

    #[test]
    fn a_single_failure_among_thousands_is_seen() {
        let mut outcome = failover();
        outcome.timeline.iter_mut().for_each(|second| second.failed = u64::from(second.at == 7));
        let chart = rate(&outcome, &Columns::of(&outcome).expect("a timeline"));
        assert_eq!(chart.shapes.len(), 2);
        assert!(chart.shapes[1].path.to_string().contains("L116.7 980.0"), "{:?}", chart.shapes[1]);
    }

    #[test]
    fn seconds_that_are_missing_leave_a_gap() {
        let mut outcome = failover();
        outcome.timeline.retain(|second| second.at != 30);
        let chart = rate(&outcome, &Columns::of(&outcome).expect("a timeline"));
        assert_eq!(chart.shapes[0].path.to_string().matches('M').count(), 2);
    }

    #[test]
    fn where_everything_failed_the_failures_fill_the_chart() {
        let outcome = silence();
        let chart = rate(&outcome, &Columns::of(&outcome).expect("a timeline"));
        assert_eq!(chart.y.last().map(|tick| tick.label.as_str()), Some("40"));
        assert!(chart.says.contains("200 requests failed"), "{}", chart.says);
    }
}

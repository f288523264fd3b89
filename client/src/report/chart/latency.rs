//! The chart of latencies over the time of the run.

use super::columns::{Column, Columns, Took};
use super::scale::{self, Scale};
use super::{Chart, Key, Path, Shape, faults};
use crate::outcome::Outcome;
use crate::report::words;

const LINES: [Key; 3] = [
    Key { style: "max", sample: "M1 6H27", says: "longest" },
    Key { style: "p99", sample: "M1 6H27", says: "p99" },
    Key { style: "p50", sample: "M1 6H27", says: "median (p50)" },
];
const FAILED: Key = Key { style: "cross", sample: "M10 2l8 8M18 2l-8 8", says: "requests failed" };
const FAULT: Key = Key { style: "fault", sample: "M14 0V12", says: "fault" };

/// Median, 99th percentile and maximum of each column; nothing where nothing was answered.
pub(in super::super) fn latency(outcome: &Outcome, columns: &Columns) -> Option<Chart> {
    let took: Vec<Took> = columns.all.iter().filter_map(|column| column.took).collect();
    let least = took.iter().map(|took| took.p50.min(took.p99)).min()?;
    let most = took.iter().map(|took| took.max.max(took.p99)).max()?;
    let scale = Scale::durations(least, most);
    let parts: [fn(Took) -> u64; 3] = [|took| took.max, |took| took.p99, |took| took.p50];
    let shapes = LINES
        .iter()
        .zip(parts)
        .map(|(key, part)| Shape { style: key.style, path: line(&columns.all, columns.scale, scale, part) });
    let (flags, above) = faults::faults(&outcome.faults, columns.scale, outcome.seconds);
    let crosses = columns.crosses();
    let mut legend: Vec<Key> = LINES.iter().rev().copied().collect();
    legend.extend((!crosses.is_empty()).then_some(FAILED));
    legend.extend((!flags.is_empty()).then_some(FAULT));
    let (low, high) = (took.iter().map(|took| took.p50).min()?, took.iter().map(|took| took.p50).max()?);
    Some(Chart {
        title: "Latency over time".to_owned(),
        says: format!(
            "The median lay between {} and {}; the longest answer took {}.",
            words::duration(low),
            words::duration(high),
            words::duration(most)
        ),
        height: 280,
        above,
        x: columns.scale.time_ticks(),
        y: scale::upright(scale.duration_ticks(8)),
        shapes: shapes.collect(),
        flags,
        crosses,
        tips: columns.tips(),
        legend,
    })
}

/// A line through the columns, with a gap where nothing was answered. One that stands alone is a level line.
fn line(columns: &[Column], x: Scale, y: Scale, part: fn(Took) -> u64) -> Path {
    let mut path = Path::default();
    for stretch in columns.chunk_by(|one, next| one.took.is_some() && next.took.is_some() && next.from <= one.to) {
        let points = stretch.iter().filter_map(|column| Some((column, y.place(words::float(part(column.took?))))));
        for (index, (column, height)) in points.enumerate() {
            if stretch.len() == 1 {
                path.go(x.place(column.from), height);
                path.line(x.place(column.to), height);
            } else if index == 0 {
                path.go(x.place(column.middle()), height);
            } else {
                path.line(x.place(column.middle()), height);
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Second;
    use crate::report::testing::{failover, silence};

    fn chart(outcome: &Outcome) -> Option<Chart> {
        latency(outcome, &Columns::of(outcome).expect("a timeline"))
    }

    #[test]
    fn a_line_breaks_where_nothing_was_answered() {
        let mut outcome = failover();
        outcome.timeline[30] = Second { at: 30, failed: 3, ..Second::default() };
        let chart = chart(&outcome).expect("answers");
        assert!(chart.shapes.iter().all(|shape| shape.path.to_string().matches('M').count() == 2));
        assert_eq!((chart.crosses.len(), chart.flags.len()), (5, 3));
    }

    #[test]
    fn a_legend_names_only_what_is_drawn() {
        let mut outcome = failover();
        outcome.faults.clear();
        outcome.timeline.iter_mut().for_each(|second| second.failed = 0);
        let chart = chart(&outcome).expect("answers");
        assert_eq!(chart.legend.iter().map(|key| key.style).collect::<Vec<_>>(), ["p50", "p99", "max"]);
    }

    #[test]
    fn one_second_is_a_level_line() {
        let mut outcome = Outcome { seconds: 1.0, ..failover() };
        outcome.timeline.truncate(1);
        let path = chart(&outcome).expect("an answer").shapes[0].path.to_string();
        let (left, right) = path.split_once('L').expect("one line");
        assert_eq!(left.strip_prefix("M0.0"), right.strip_prefix("1000.0"), "{path}");
    }

    #[test]
    fn without_answers_there_is_nothing_to_draw() {
        assert!(chart(&silence()).is_none());
    }
}

//! The histograms of latencies: one for each series, all on the same axis, so that they compare.

use super::scale::{self, Scale};
use super::{Chart, Flag, Path, Shape, Share, Tip, flags};
use crate::outcome::{Bucket, Outcome, Series};
use crate::report::words::{self, duration, float};

/// The bars a histogram is made of; the buckets of the measurement are much finer.
const BARS: u32 = 60;
/// The least height of a bar with something in it: the tail is what one looks for.
const LEAST: f64 = 0.015;
/// The most series that are drawn; the table has them all.
const MOST: usize = 16;

/// A histogram for each series that has one.
pub(in super::super) fn histograms(outcome: &Outcome) -> Vec<Chart> {
    let drawn: Vec<&Series> =
        outcome.series.iter().filter(|series| filled(series).next().is_some()).take(MOST).collect();
    let bounds = || drawn.iter().flat_map(|series| filled(series)).map(|bucket| bucket.upto);
    let Some((least, most)) = bounds().min().zip(bounds().max()) else { return Vec::new() };
    let scale = Scale::durations(least, most);
    drawn.iter().map(|series| histogram(series, scale)).collect()
}

/// The buckets with something in them.
fn filled(series: &Series) -> impl Iterator<Item = &Bucket> {
    series.histogram.iter().filter(|bucket| bucket.count > 0)
}

fn histogram(series: &Series, scale: Scale) -> Chart {
    let edges: Vec<f64> = scale.edges(BARS).collect();
    let mut counts = vec![0_u64; edges.len() - 1];
    for bucket in filled(series) {
        let bar = edges.partition_point(|edge| *edge < float(bucket.upto)).saturating_sub(1).min(counts.len() - 1);
        counts[bar] = counts[bar].saturating_add(bucket.count);
    }
    let all = counts.iter().copied().fold(0, u64::saturating_add);
    let highest = counts.iter().copied().max().unwrap_or(0);
    let (upright, step) = Scale::amounts(100.0 * float(highest) / float(all.max(1)), 3.0);
    let mut path = Path::default();
    let mut tips = Vec::new();
    for (sides, count) in edges.windows(2).zip(&counts).filter(|(_, count)| **count > 0) {
        let [from, to] = [sides[0], sides[1]];
        let (left, right) = (scale.place(from), scale.place(to));
        path.bar(left, right, upright.place(100.0 * float(*count) / float(all)).max(LEAST));
        let (says, share) = (words::counted(*count, "answer", "answers"), words::percent(*count, all));
        let says = format!("{} to {}: {says}, {share}", span(from), span(to));
        tips.push(Tip { at: Share(left), wide: Share(right - left), says });
    }
    let latency = series.latency;
    let name = words::clip(&series.name, 80);
    let mut percentiles = vec![flag("p50", latency.p50, scale, 0.15), flag("p99", latency.p99, scale, 0.85)];
    let above = flags::place(&mut percentiles);
    Chart {
        says: format!(
            "Of {}, half took at most {}, 99 in a hundred at most {}, the longest {}.",
            words::counted(all, "answer", "answers"),
            duration(latency.p50),
            duration(latency.p99),
            duration(latency.max)
        ),
        title: format!("How long {name} took"),
        height: 120,
        above,
        x: scale.duration_ticks(14),
        y: scale::upright(upright.ticks(step, |at| format!("{} %", scale::plain(at)))),
        shapes: vec![Shape { style: "share", path }],
        flags: percentiles,
        crosses: Vec::new(),
        tips,
        legend: Vec::new(),
    }
}

/// An edge of a bar in words.
fn span(us: f64) -> String {
    if us < 1_000.0 { format!("{} µs", words::figure(us)) } else { ms(us) }
}

/// Milliseconds or seconds.
fn ms(us: f64) -> String {
    if us < 1_000_000.0 { format!("{} ms", words::figure(us / 1e3)) } else { format!("{} s", words::figure(us / 1e6)) }
}

/// A percentile as a flag, its label to the left of its line if it stands beyond `late`.
fn flag(name: &'static str, us: u64, scale: Scale, late: f64) -> Flag {
    let at = scale.place(float(us));
    Flag {
        style: name,
        at: Share(at),
        lift: None,
        short: name.to_owned(),
        words: duration(us),
        left: at > late,
        tip: format!("{name}: {}", duration(us)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{failover, series, silence};

    #[test]
    fn every_series_has_the_same_axis() {
        let charts = histograms(&failover());
        assert_eq!(charts.len(), 3);
        assert!(charts.iter().all(|chart| chart.x == charts[0].x));
    }

    #[test]
    fn one_bucket_is_one_bar() {
        let mut outcome = failover();
        outcome.series.truncate(1);
        outcome.series[0].histogram = vec![Bucket { upto: 500, count: 9 }, Bucket { upto: 700, count: 0 }];
        let charts = histograms(&outcome);
        assert_eq!(charts[0].tips.len(), 1);
        assert!(charts[0].tips[0].says.ends_with("9 answers, 100 %"), "{:?}", charts[0].tips);
    }

    #[test]
    fn no_answer_is_lost_between_the_bars() {
        let mut outcome = failover();
        let extremes = [0, 1, 2, 999, 1_000, u64::MAX];
        outcome.series[0].histogram = extremes.map(|upto| Bucket { upto, count: 1 }).to_vec();
        let share = histograms(&outcome)[0].says.clone();
        assert!(share.starts_with("Of 6 answers"), "{share}");
    }

    #[test]
    fn what_has_no_answers_has_no_histogram() {
        assert!(histograms(&silence()).is_empty());
    }

    #[test]
    fn very_many_series_do_not_make_a_very_long_page() {
        let mut outcome = failover();
        outcome.series = (0..100).map(|at| series(&format!("kind {at}"), 10_000, 0, 500, &[])).collect();
        assert_eq!(histograms(&outcome).len(), MOST);
    }
}

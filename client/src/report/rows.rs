//! The rows of the table of series, the same for the terminal and for the page, and all series taken together.

use super::words::{NOTHING, duration, figure, float, whole};
use crate::outcome::{Bucket, Latency, Outcome, Series};
use std::collections::BTreeMap;

/// The columns beside the name.
pub(super) const COLUMNS: [&str; 8] = ["answered", "failed", "per second", "p50", "p90", "p99", "p99.9", "max"];

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The series' name.
    pub(super) name: String,
    /// What stands in [`COLUMNS`].
    pub(super) cells: [String; 8],
    /// Whether something failed.
    pub(super) failed: bool,
    /// Whether it sums up the rows above it.
    pub(super) total: bool,
}

/// A row for each series and, where there are several, one for all of them.
pub(super) fn rows(outcome: &Outcome) -> Vec<Row> {
    let mut rows: Vec<Row> = outcome.series.iter().map(row).collect();
    if rows.len() > 1 {
        rows.push(Row { total: true, ..row(&together(outcome)) });
    }
    rows
}

/// The row of one series. Where nothing was answered there are no latencies, not latencies of zero.
fn row(series: &Series) -> Row {
    let Latency { p50, p90, p99, p999, max, .. } = series.latency;
    let [p50, p90, p99, p999, max] = [p50, p90, p99, p999, max].map(|us| took(series, us));
    let cells = [whole(series.answered), whole(series.failed), figure(series.per_second), p50, p90, p99, p999, max];
    Row { name: series.name.clone(), cells, failed: series.failed > 0, total: false }
}

/// A latency of the series in words, if it has any.
pub(super) fn took(series: &Series, us: u64) -> String {
    if series.answered == 0 { NOTHING.to_owned() } else { duration(us) }
}

/// All series as if they were one.
pub(crate) fn together(outcome: &Outcome) -> Series {
    let sum = |part: fn(&Series) -> u64| outcome.series.iter().map(part).fold(0, u64::saturating_add);
    let answered = sum(|series| series.answered);
    let histogram = merged(outcome.series.iter().flat_map(|series| &series.histogram));
    let mean = outcome.series.iter().map(|series| series.latency.mean * float(series.answered)).sum::<f64>();
    let latency = Latency {
        mean: if answered == 0 { 0.0 } else { mean / float(answered) },
        p50: percentile(&histogram, 500),
        p90: percentile(&histogram, 900),
        p99: percentile(&histogram, 990),
        p999: percentile(&histogram, 999),
        max: outcome.series.iter().map(|series| series.latency.max).max().unwrap_or(0),
    };
    Series {
        name: "all together".to_owned(),
        answered,
        failed: sum(|series| series.failed),
        per_second: if outcome.seconds > 0.0 { float(answered) / outcome.seconds } else { 0.0 },
        // One series knows its own percentiles best.
        latency: if let [only] = outcome.series.as_slice() { only.latency } else { latency },
        histogram,
        failures: Vec::new(),
    }
}

/// Histograms added up, ascending.
fn merged<'a>(buckets: impl Iterator<Item = &'a Bucket>) -> Vec<Bucket> {
    let mut counts = BTreeMap::new();
    for bucket in buckets {
        let count: &mut u64 = counts.entry(bucket.upto).or_default();
        *count = count.saturating_add(bucket.count);
    }
    counts.into_iter().map(|(upto, count)| Bucket { upto, count }).collect()
}

/// The bound that this many in a thousand do not exceed; 0 of an empty histogram.
pub(super) fn percentile(histogram: &[Bucket], of_thousand: u128) -> u64 {
    let all: u128 = histogram.iter().map(|bucket| u128::from(bucket.count)).sum();
    let rank = (all * of_thousand).div_ceil(1000);
    let mut seen = 0;
    let found = histogram.iter().find(|bucket| {
        seen += u128::from(bucket.count);
        seen >= rank
    });
    found.map_or(0, |bucket| bucket.upto)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{failover, silence};

    #[test]
    fn the_median_of_all_is_that_of_the_merged_histograms() {
        let outcome = failover();
        let all = together(&outcome);
        assert_eq!((all.answered, all.failed), (107_176, 14));
        let below: u64 = all.histogram.iter().filter(|at| at.upto < all.latency.p50).map(|at| at.count).sum();
        let upto: u64 = all.histogram.iter().filter(|at| at.upto <= all.latency.p50).map(|at| at.count).sum();
        let half = all.histogram.iter().map(|at| at.count).sum::<u64>() / 2;
        assert!(below <= half && half <= upto, "{below} {half} {upto}");
        assert_eq!(all.histogram.last().map(|last| last.upto), Some(all.latency.max));
        assert!(all.histogram.is_sorted_by_key(|bucket| bucket.upto));
    }

    #[test]
    fn a_percentile_is_the_first_bound_that_enough_do_not_exceed() {
        let histogram =
            [Bucket { upto: 10, count: 500 }, Bucket { upto: 20, count: 499 }, Bucket { upto: 90, count: 1 }];
        assert_eq!([500, 501, 999, 1000].map(|rank| percentile(&histogram, rank)), [10, 20, 20, 90]);
        assert_eq!(percentile(&[], 500), 0);
    }

    #[test]
    fn a_series_without_answers_has_no_latency_to_show() {
        let rows = rows(&silence());
        assert_eq!(rows.len(), 1, "one series is its own sum");
        assert_eq!(rows[0].cells[..4], ["0", "200", "0.00", NOTHING].map(str::to_owned));
    }
}

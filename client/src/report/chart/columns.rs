//! The timeline in as many columns as a plot can show: a second each, or several of a long run.

use super::scale::Scale;
use super::{Share, Tip};
use crate::outcome::{Outcome, Second};
use crate::report::words::{self, counted, duration, float};

/// The most columns there are.
const MOST: u32 = 240;
/// The shortest time a rate is reckoned over; the splinter of a second at the end of a run would mislead.
const SHORTEST: f64 = 0.25;

/// A run in columns.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Columns {
    /// How many seconds each stands for.
    pub(in super::super) seconds: u32,
    /// The axis of time.
    pub(super) scale: Scale,
    /// Ascending; a second of which nothing is known has none.
    pub(super) all: Vec<Column>,
}

/// Some seconds of the run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    /// When it begins, in seconds.
    pub(super) from: f64,
    /// When it ends.
    pub(super) to: f64,
    /// Requests answered in it.
    pub(super) answered: u64,
    /// Requests that failed in it.
    pub(super) failed: u64,
    /// How long the answers took, if there were any.
    pub(super) took: Option<Took>,
}

/// How long the answers of a column took, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Took {
    /// The median; of several seconds, the one in the middle.
    pub(super) p50: u64,
    /// The 99th percentile; of several seconds, the highest.
    pub(super) p99: u64,
    /// The longest.
    pub(super) max: u64,
}

impl Columns {
    /// The timeline of `outcome`; nothing where it has none.
    pub(in super::super) fn of(outcome: &Outcome) -> Option<Self> {
        let mut timeline = outcome.timeline.clone();
        timeline.sort_by_key(|second| second.at);
        let last = timeline.last()?.at;
        let end = if outcome.seconds > f64::from(last) { outcome.seconds } else { f64::from(last) + 1.0 };
        let wanted = last / MOST + 1;
        let round = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600];
        let seconds = round.into_iter().find(|round| *round >= wanted).unwrap_or(wanted);
        let groups = timeline.chunk_by(|one, other| one.at / seconds == other.at / seconds);
        let all = groups.map(|group| Column::of(group, f64::from(seconds), end)).collect();
        Some(Self { seconds, scale: Scale::upto(end), all })
    }

    /// What is said of each column when it is pointed at.
    pub(super) fn tips(&self) -> Vec<Tip> {
        self.all.iter().map(|column| column.tip(self.scale)).collect()
    }

    /// Where something failed.
    pub(super) fn crosses(&self) -> Vec<Share> {
        let failed = self.all.iter().filter(|column| column.failed > 0);
        failed.map(|column| Share(self.scale.place(column.middle()))).collect()
    }
}

impl Column {
    /// The column of these rows, which are consecutive and at least one.
    fn of(group: &[Second], wide: f64, end: f64) -> Self {
        let begin = group.first().map_or(0.0, |second| (f64::from(second.at) / wide).floor() * wide);
        let answered: Vec<&Second> = group.iter().filter(|second| second.answered > 0).collect();
        let mut medians: Vec<u64> = answered.iter().map(|second| second.p50).collect();
        medians.sort_unstable();
        let took = medians.get(medians.len() / 2).map(|p50| Took {
            p50: *p50,
            p99: answered.iter().map(|second| second.p99).max().unwrap_or(0),
            max: answered.iter().map(|second| second.max).max().unwrap_or(0),
        });
        Self {
            from: begin,
            to: (begin + wide).min(end),
            answered: group.iter().map(|second| second.answered).fold(0, u64::saturating_add),
            failed: group.iter().map(|second| second.failed).fold(0, u64::saturating_add),
            took,
        }
    }

    /// When it is half over.
    pub(super) fn middle(&self) -> f64 {
        f64::midpoint(self.from, self.to)
    }

    /// So many as a rate.
    pub(super) fn rate(&self, count: u64) -> f64 {
        float(count) / (self.to - self.from).max(SHORTEST)
    }

    fn tip(&self, scale: Scale) -> Tip {
        let mut parts = vec![counted(self.answered, "answer", "answers")];
        if let Some(Took { p50, p99, max }) = self.took {
            parts.push(format!("p50 {}, p99 {}, max {}", duration(p50), duration(p99), duration(max)));
        }
        if self.failed > 0 {
            parts.push(format!("{} failed", words::whole(self.failed)));
        }
        let says = format!("{}: {}", words::seconds(self.from), parts.join(", "));
        let from = scale.place(self.from);
        Tip { at: Share(from), wide: Share(scale.place(self.to) - from), says }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{emptiness, failover, silence};

    #[test]
    fn a_short_run_has_a_column_for_every_second() {
        let columns = Columns::of(&failover()).expect("a timeline");
        assert_eq!((columns.seconds, columns.all.len()), (1, 60));
        assert_eq!(columns.crosses().len(), 4);
        assert!(columns.tips()[21].says.starts_with("21 s: "), "{:?}", columns.tips()[21]);
        assert!(Columns::of(&emptiness()).is_none());
    }

    #[test]
    fn a_long_run_loses_no_request_and_no_worst_case() {
        let row =
            |at: u32| Second { at, answered: 10, failed: u64::from(at == 4_321), p50: 900, p99: 2_000, max: 3_000 };
        let mut timeline: Vec<Second> = (0..7_200).map(row).collect();
        timeline[5_000].max = 9_999_999;
        let columns = Columns::of(&Outcome { timeline, seconds: 7_200.0, ..failover() }).expect("a timeline");
        assert_eq!((columns.seconds, columns.all.len()), (30, 240));
        assert_eq!(columns.all.iter().map(|column| column.answered).sum::<u64>(), 72_000);
        assert_eq!(columns.all.iter().map(|column| column.failed).sum::<u64>(), 1);
        assert!(columns.all.iter().any(|column| column.took.is_some_and(|took| took.max == 9_999_999)));
    }

    #[test]
    fn the_last_part_of_a_second_has_the_rate_of_a_part() {
        let row = |at: u32, answered: u64| Second { at, answered, ..Second::default() };
        let outcome = Outcome { timeline: vec![row(0, 100), row(1, 50)], seconds: 1.5, ..failover() };
        let columns = Columns::of(&outcome).expect("a timeline");
        assert!(columns.all.iter().all(|column| (column.rate(column.answered) - 100.0).abs() < 1e-9));
    }

    #[test]
    fn seconds_without_an_answer_have_no_latency() {
        let columns = Columns::of(&silence()).expect("a timeline");
        assert!(columns.all.iter().all(|column| column.took.is_none() && column.failed == 40));
    }
}

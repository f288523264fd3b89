//! Counts requests and how long they took, in all and second by second. It is told what time it is.

use crate::outcome::{Bucket, Latency, Second, Series};
use hdrhistogram::Histogram;
use std::collections::HashMap;
use std::time::Duration;

/// Of all requests of a kind: microseconds to three digits.
const DIGITS: u8 = 3;
/// Of one second: there are many of them.
const DIGITS_OF_A_SECOND: u8 = 2;
/// So many reasons are told, the most frequent ones.
const REASONS: usize = 5;
/// So many different reasons are kept; what comes after that is one.
const MOST_REASONS: usize = 100;

const GROWS: &str = "a histogram without a highest value grows to whatever it is given";

/// One request that has come to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done<'a> {
    /// Its kind, or the phase of an experiment.
    pub(crate) name: &'static str,
    /// When it ended, since the run began to count.
    pub(crate) at: Duration,
    /// How long it took.
    pub(crate) took: Duration,
    /// Why it failed, if it did.
    pub(crate) failed: Option<&'a str>,
}

/// What was counted so far.
pub(crate) struct Recorder {
    span: Duration,
    kinds: Vec<Kind>,
    seconds: Vec<OneSecond>,
}

struct Kind {
    name: &'static str,
    took: Histogram<u64>,
    /// Answered before the end of the run; in an open loop, some come later.
    in_time: u64,
    failed: u64,
    reasons: HashMap<String, u64>,
}

struct OneSecond {
    took: Histogram<u32>,
    failed: u64,
}

impl Recorder {
    /// Nothing counted yet, of a run that counts for `span`.
    pub(crate) fn new(span: Duration) -> Self {
        Self { span, kinds: Vec::new(), seconds: Vec::new() }
    }

    /// Counts one request.
    pub(crate) fn note(&mut self, done: Done<'_>) {
        let in_time = u64::from(done.at < self.span);
        let took = u64::try_from(done.took.as_micros()).unwrap_or(u64::MAX);
        // What came late belongs to the last second: it hung on from there.
        let last = self.span.as_secs().saturating_sub(u64::from(self.span.subsec_nanos() == 0));
        let second = self.second(usize::try_from(done.at.as_secs().min(last)).unwrap_or(usize::MAX - 1));
        match done.failed {
            Some(_) => second.failed += 1,
            None => second.took.record(took).expect(GROWS),
        }
        let kind = self.kind(done.name);
        let Some(why) = done.failed else {
            kind.took.record(took).expect(GROWS);
            kind.in_time += in_time;
            return;
        };
        kind.failed += 1;
        let known = kind.reasons.len() < MOST_REASONS || kind.reasons.contains_key(why);
        *kind.reasons.entry(if known { why } else { "other reasons" }.to_owned()).or_default() += 1;
    }

    fn kind(&mut self, name: &'static str) -> &mut Kind {
        let known = self.kinds.iter().position(|kind| kind.name == name);
        let at = known.unwrap_or_else(|| {
            self.kinds.push(Kind {
                name,
                took: Histogram::new(DIGITS).expect("three digits are allowed"),
                in_time: 0,
                failed: 0,
                reasons: HashMap::new(),
            });
            self.kinds.len() - 1
        });
        &mut self.kinds[at]
    }

    fn second(&mut self, at: usize) -> &mut OneSecond {
        while self.seconds.len() <= at {
            let took = Histogram::new(DIGITS_OF_A_SECOND).expect("two digits are allowed");
            self.seconds.push(OneSecond { took, failed: 0 });
        }
        &mut self.seconds[at]
    }

    /// Second number `at`, empty where nothing was counted in it.
    pub(crate) fn of_second(&self, at: u32) -> Second {
        let Some(second) = self.seconds.get(at as usize) else { return Second { at, ..Second::default() } };
        let took = &second.took;
        Second {
            at,
            answered: took.len(),
            failed: second.failed,
            p50: took.value_at_quantile(0.5),
            p99: took.value_at_quantile(0.99),
            max: took.max(),
        }
    }

    /// Every second, from the first to the last in which anything ended.
    pub(crate) fn timeline(&self) -> Vec<Second> {
        (0..u32::try_from(self.seconds.len()).unwrap_or(u32::MAX)).map(|at| self.of_second(at)).collect()
    }

    /// Every kind, in the order in which they were first asked; rates are over `counted`.
    pub(crate) fn series(&self, counted: Duration) -> Vec<Series> {
        self.kinds.iter().map(|kind| kind.series(counted)).collect()
    }
}

impl Kind {
    fn series(&self, counted: Duration) -> Series {
        let at = |quantile| self.took.value_at_quantile(quantile);
        let mut failures: Vec<_> = self.reasons.iter().map(|(why, count)| (why.clone(), *count)).collect();
        failures.sort_by(|one, other| (other.1, &one.0).cmp(&(one.1, &other.0)));
        failures.truncate(REASONS);
        #[expect(clippy::cast_precision_loss, reason = "no run has 2^52 requests")]
        let per_second = self.in_time as f64 / counted.as_secs_f64().max(f64::MIN_POSITIVE);
        let bucket = |value: hdrhistogram::iterators::IterationValue<u64>| Bucket {
            upto: value.value_iterated_to(),
            count: value.count_at_value(),
        };
        Series {
            name: self.name.to_owned(),
            answered: self.took.len(),
            failed: self.failed,
            per_second,
            latency: Latency {
                mean: self.took.mean(),
                p50: at(0.5),
                p90: at(0.9),
                p99: at(0.99),
                p999: at(0.999),
                max: self.took.max(),
            },
            histogram: self.took.iter_recorded().map(bucket).collect(),
            failures,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done<'a>(name: &'static str, at_ms: u64, took_us: u64, failed: Option<&'a str>) -> Done<'a> {
        Done { name, at: Duration::from_millis(at_ms), took: Duration::from_micros(took_us), failed }
    }

    fn recorder() -> Recorder {
        let mut recorder = Recorder::new(Duration::from_secs(2));
        for at in 0..100 {
            recorder.note(done("lookup", at * 20, 100 * (at + 1), None));
        }
        recorder.note(done("buy", 500, 9_000, None));
        recorder.note(done("buy", 600, 1_000, Some("503")));
        recorder.note(done("buy", 700, 1_000, Some("503")));
        recorder.note(done("buy", 2_500, 2_000_000, None));
        recorder
    }

    #[test]
    fn percentiles_are_of_answers_and_kinds_stand_in_the_order_of_their_first_request() {
        let series = recorder().series(Duration::from_secs(2));
        let [lookup, buy] = series.as_slice() else { panic!("{series:?}") };
        assert_eq!((lookup.name.as_str(), lookup.answered, lookup.failed), ("lookup", 100, 0));
        assert!(lookup.latency.p50.abs_diff(5_000) <= 5, "{:?}", lookup.latency);
        assert!(lookup.latency.p99.abs_diff(9_900) <= 10, "{:?}", lookup.latency);
        assert_eq!(lookup.histogram.iter().map(|bucket| bucket.count).sum::<u64>(), 100);
        assert_eq!((buy.answered, buy.failed), (2, 2));
        assert_eq!(buy.failures, [("503".to_owned(), 2)]);
    }

    #[test]
    fn an_answer_that_came_after_the_end_has_its_latency_but_does_not_raise_the_rate() {
        let series = recorder().series(Duration::from_secs(2));
        let rates: Vec<f64> = series.iter().map(|series| series.per_second).collect();
        assert_eq!(rates, [50.0, 0.5]);
        assert!(series.iter().any(|series| series.latency.max >= 1_990_000));
    }

    #[test]
    fn a_second_counts_what_ended_in_it_and_the_last_one_what_came_late() {
        let line = recorder().timeline();
        let seen: Vec<_> = line.iter().map(|second| (second.at, second.answered, second.failed)).collect();
        assert_eq!(seen, [(0, 51, 2), (1, 51, 0)]);
        assert_eq!(recorder().of_second(9), Second { at: 9, ..Second::default() });
    }

    #[test]
    fn reasons_without_end_are_told_as_a_few() {
        let mut recorder = Recorder::new(Duration::from_secs(1));
        for number in 0..500 {
            recorder.note(done("buy", 1, 1, Some(&format!("reason {number}"))));
        }
        let series = recorder.series(Duration::from_secs(1));
        assert_eq!(series[0].failures.len(), REASONS);
        assert_eq!(series[0].failures[0], ("other reasons".to_owned(), 400));
    }
}

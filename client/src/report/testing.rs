//! Outcomes to report on, and a directory to write to; for the tests only.

use super::{rows, words};
use crate::outcome::{Audit, Bucket, Check, Fault, Finding, Latency, Load, Outcome, Second, Series};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A minute in which one replica was killed and came back.
pub(crate) fn failover() -> Outcome {
    let timeline = (0..60).map(|at| {
        let hurt = (20..24).contains(&at);
        let ripple = u64::from(at * 7919 % 23);
        Second {
            at,
            answered: if hurt { 610 + 9 * ripple } else { 1_840 + 7 * ripple },
            failed: u64::from(hurt) * (2 + ripple / 6),
            p50: if hurt { 1_480 } else { 810 + 4 * ripple },
            p99: if hurt { 212_000 } else { 3_900 + 120 * ripple },
            max: if hurt { 1_004_000 } else { 9_000 + 900 * ripple },
        }
    });
    Outcome {
        scenario: "failover".to_owned(),
        target: "http://127.0.0.1:8010".to_owned(),
        load: Load::Clients(32),
        seed: 20_251_121,
        began_ms: 1_763_695_929_000,
        seconds: 60.0,
        series: vec![
            series("lookup", 71_403, 0, 780, &[]),
            series("search", 23_871, 1, 1_350, &[("503 Service Unavailable", 1)]),
            series("buy", 11_902, 13, 2_900, &[("no answer within 2 s", 9), ("connection reset by peer", 4)]),
        ],
        timeline: timeline.collect(),
        faults: vec![fault(20.0, "catalogA killed"), fault(24.1, "catalogA back"), fault(52.4, "orderB restarted")],
        findings: vec![Finding {
            says: "while a replica is down, a request takes so many times as long (p99)".to_owned(),
            ratio: 40.4,
        }],
        audit: Audit {
            orders: 11_902,
            units: 11_902,
            replicated: 11_640,
            unsure: 2,
            checks: vec![
                check("no title sold more units than it had", true, "40 titles"),
                check("every confirmed order is in the journal of both order replicas", true, "11,902 orders"),
                check("no order was confirmed twice with different books", true, "11,902 orders"),
            ],
        },
    }
}

/// A run of which nothing came back.
pub(crate) fn silence() -> Outcome {
    let seconds = (0..5).map(|at| Second { at, failed: 40, ..Second::default() });
    Outcome {
        seconds: 5.0,
        series: vec![Series {
            name: "buy".to_owned(),
            answered: 0,
            failed: 200,
            per_second: 0.0,
            latency: Latency::default(),
            histogram: Vec::new(),
            failures: vec![("connection refused".to_owned(), 200)],
        }],
        timeline: seconds.collect(),
        faults: Vec::new(),
        findings: vec![Finding { says: "nothing by nothing".to_owned(), ratio: f64::NAN }],
        audit: Audit::default(),
        ..failover()
    }
}

/// A run that did not even begin.
pub(super) fn emptiness() -> Outcome {
    Outcome { seconds: 0.0, series: Vec::new(), timeline: Vec::new(), findings: Vec::new(), ..silence() }
}

/// The failover with a check that did not hold, named last.
pub(super) fn broken() -> Outcome {
    let mut outcome = failover();
    outcome.audit.checks.push(check("nothing was sold that nobody had", false, "title 5: 3 sold, 2 in stock"));
    outcome
}

/// About so many answers around `typical` microseconds, with a tail.
pub(super) fn series(name: &str, answered: u64, failed: u64, typical: u64, failures: &[(&str, u64)]) -> Series {
    // A hill, steep before the typical value and thinning out after it; each bucket is a twentieth wider than the last.
    let mut buckets = vec![(typical / 4 + 1, 1)];
    for step in 1..150_u64 {
        let (upto, weight) = buckets.last().copied().expect("there is a first");
        let weight = if step < 30 { step.pow(3) } else { weight * 17 / 20 + u64::from(step < 110) };
        buckets.push((upto * 21 / 20 + 1, weight));
    }
    let all: u64 = buckets.iter().map(|(_, weight)| weight).sum();
    let counted = buckets.iter().map(|(upto, weight)| Bucket { upto: *upto, count: answered * weight / all });
    let histogram: Vec<Bucket> = counted.filter(|bucket| bucket.count > 0).collect();
    let at = |of_thousand| rows::percentile(&histogram, of_thousand);
    let latency =
        Latency { mean: words::float(typical), p50: at(500), p90: at(900), p99: at(990), p999: at(999), max: at(1000) };
    Series {
        name: name.to_owned(),
        answered,
        failed,
        per_second: words::float(answered) / 60.0,
        latency,
        histogram,
        failures: failures.iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect(),
    }
}

/// Something that was done at a moment.
pub(super) fn fault(at: f64, what: &str) -> Fault {
    Fault { at, what: what.to_owned() }
}

/// One thing that was checked.
pub(super) fn check(says: &str, held: bool, detail: &str) -> Check {
    Check { says: says.to_owned(), held, detail: detail.to_owned() }
}

/// A directory of one test's own, gone when the test is over.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// A fresh one.
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("report-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("the directory for temporary files can be written");
        Self(path)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

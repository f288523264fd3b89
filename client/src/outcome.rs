//! What a run found: everything the table, the JSON file and the page show.
//!
//! Durations are microseconds, moments are seconds since the run began. Nothing here measures and nothing here prints.

use serde::{Deserialize, Serialize};

/// One run of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The scenario's name, as on the command line.
    pub scenario: String,
    /// The shop that was asked.
    pub target: String,
    /// How the requests came.
    pub load: Load,
    /// The seed of every choice that was made at random.
    pub seed: u64,
    /// When the run began, Unix milliseconds.
    pub began_ms: u64,
    /// How long was measured, in seconds; the warm-up before it and the settling after it are not in it.
    pub seconds: f64,
    /// Per kind of request, in the order they were first asked.
    pub series: Vec<Series>,
    /// All kinds together, a row for every second.
    pub timeline: Vec<Second>,
    /// What was broken and mended meanwhile.
    pub faults: Vec<Fault>,
    /// What an experiment is about: figures of this run set against each other.
    pub findings: Vec<Finding>,
    /// What the ledger of purchases says.
    pub audit: Audit,
}

/// How requests came.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Load {
    /// Closed loop: so many clients, each of which asks again when it has its answer.
    Clients(u32),
    /// Open loop: so many arrivals a second, however slow the answers; latencies count from the planned start.
    Rate(u32),
}

/// All requests of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// What was asked: `lookup`, `search`, `buy`, or a phase of an experiment such as `lookup, cold`.
    pub name: String,
    /// Requests that were answered as they should be; "sold out" is such an answer.
    pub answered: u64,
    /// Requests that failed: no answer, an answer that makes no sense, or a refusal that a customer would not expect.
    pub failed: u64,
    /// Answers a second.
    pub per_second: f64,
    /// How long the answers took.
    pub latency: Latency,
    /// The same as counts, for the histogram: ascending, only buckets with something in them.
    pub histogram: Vec<Bucket>,
    /// Why requests failed, and how many for that reason; the most frequent first, a few at most.
    pub failures: Vec<(String, u64)>,
}

/// Percentiles, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// The mean.
    pub mean: f64,
    /// The median.
    pub p50: u64,
    /// One in ten took longer.
    pub p90: u64,
    /// One in a hundred took longer.
    pub p99: u64,
    /// One in a thousand took longer.
    pub p999: u64,
    /// The longest.
    pub max: u64,
}

/// So many answers took longer than the bucket before and at most `upto` microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// The upper bound, in microseconds.
    pub upto: u64,
    /// How many.
    pub count: u64,
}

/// One second of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Second {
    /// Which: 0 is the first.
    pub at: u32,
    /// Requests answered in it.
    pub answered: u64,
    /// Requests that failed in it.
    pub failed: u64,
    /// The median of its answers, in microseconds.
    pub p50: u64,
    /// Their 99th percentile.
    pub p99: u64,
    /// The longest.
    pub max: u64,
}

/// Something that was done to the shop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Seconds since the run began.
    pub at: f64,
    /// What: `catalogA killed`, `catalogA back`.
    pub what: String,
}

/// Two figures set against each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What the ratio says, as a person would: `a cold lookup takes so many times a warm one (p50)`.
    pub says: String,
    /// Its value.
    pub ratio: f64,
}

/// What the ledger says about the purchases of the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// Orders that the shop confirmed.
    pub orders: u64,
    /// Units in them.
    pub units: u64,
    /// Of these orders, how many were on disk at more than one replica when the buyer was told.
    pub replicated: u64,
    /// Purchases of which nobody knows whether they happened, after asking again with the same key.
    pub unsure: u64,
    /// What was checked.
    pub checks: Vec<Check>,
}

/// One thing that must hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The sentence: `no title sold more units than it had`.
    pub says: String,
    /// Whether it held.
    pub held: bool,
    /// What broke it, or how much was looked at.
    pub detail: String,
}

impl Audit {
    /// Whether everything held.
    pub fn holds(&self) -> bool {
        self.checks.iter().all(|check| check.held)
    }
}

//! What is asked of a server, how, and what is read from the outcome. The asking is the load client's.

use crate::error::BenchError;
use crate::shop::TITLES;
use crate::stats::float;
use client::outcome::{Latency, Outcome, Series};
use client::{Faults, Plan, Progress, Scenario};
use std::fmt;
use std::time::Duration;

pub(crate) use client::outcome::Load;

/// Asked before it counts, in each run: until thousands of connections are open.
pub(crate) const WARM_UP: Duration = Duration::from_secs(2);
/// The same customers in every run.
const SEED: u64 = 1;
/// The book that everybody wants, where there is one.
const TITLE: u32 = 1;

/// What customers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Look up one book.
    Lookup,
    /// List one topic.
    Search,
    /// Buy one book.
    OneTitle,
    /// Buy any of the shop's books.
    AnyTitle,
    /// Search, look up and buy as the classic client does, any of the shop's.
    Mixed,
    /// Write a list and read it.
    Lists,
}

impl Ask {
    /// The address, with its query, of a read.
    pub(crate) fn path(self) -> String {
        match self {
            Self::Search => "/search?topic=measuring+0".to_owned(),
            _ => format!("/lookup?id={TITLE}"),
        }
    }

    fn scenario(self) -> Scenario {
        match self {
            Self::Lookup => Scenario::Lookup,
            Self::Search => Scenario::Search,
            Self::OneTitle => Scenario::FlashSale,
            Self::AnyTitle => Scenario::LongTail,
            Self::Mixed => Scenario::Mixed,
            Self::Lists => Scenario::Lists,
        }
    }

    /// How many titles the client has to know of.
    fn titles(self) -> usize {
        match self {
            Self::Lookup | Self::Search | Self::OneTitle | Self::Lists => 1,
            Self::AnyTitle | Self::Mixed => TITLES as usize,
        }
    }
}

/// What the client asks for before and after a run of one title; the bare server has to answer it too.
pub(crate) const LISTING: &str = "/api/v1/books?limit=1";

impl fmt::Display for Ask {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Lookup => "cached lookup",
            Self::Search => "cached search",
            Self::OneTitle => "buys of one title",
            Self::AnyTitle => "buys of any title",
            Self::Mixed => "searches, lookups and buys",
            Self::Lists => "lists",
        })
    }
}

/// Asks the server at `origin` for [`WARM_UP`] and then for `span`, which counts.
pub(crate) async fn run(origin: &str, ask: Ask, load: Load, span: Duration) -> Result<Outcome, BenchError> {
    made(&plan(origin, ask, load, span)).await
}

/// The mixed load, while replicas are killed.
pub(crate) async fn run_with(faults: Faults, origin: &str, load: Load, span: Duration) -> Result<Outcome, BenchError> {
    let plan = plan(origin, Ask::Mixed, load, span);
    made(&Plan { scenario: Scenario::Failover, faults: Some(faults), ..plan }).await
}

fn plan(origin: &str, ask: Ask, load: Load, span: Duration) -> Plan {
    Plan {
        scenario: ask.scenario(),
        target: origin.to_owned(),
        load,
        warm_up: WARM_UP,
        span,
        seed: SEED,
        titles: ask.titles(),
        title: Some(TITLE),
        topic: None,
        faults: None,
    }
}

/// A run whose ledger holds: figures of a shop that sold too much are none.
async fn made(plan: &Plan) -> Result<Outcome, BenchError> {
    let outcome = client::run(plan, Progress::Silent, std::future::pending()).await;
    let outcome = outcome.map_err(|why| BenchError::new(why.to_string()))?;
    match outcome.audit.checks.iter().find(|check| !check.held) {
        Some(broken) => Err(BenchError::new(format!("it does not hold that {}: {}", broken.says, broken.detail))),
        None => Ok(outcome),
    }
}

/// The only series of an outcome, where everything was answered.
pub(crate) fn all_answered(outcome: &Outcome) -> Result<&Series, BenchError> {
    let Some(series) = outcome.series.first().filter(|series| series.answered > 0) else {
        return Err(BenchError::new(format!("nothing was answered at {}", outcome.target)));
    };
    if failed(outcome) == 0 {
        return Ok(series);
    }
    let why = series.failures.first().map_or("for no known reason", |(why, _)| why.as_str());
    Err(BenchError::new(format!("{} of {} requests failed: {why}", series.failed, series.answered + series.failed)))
}

/// How long questions of this kind took, where everything was answered.
pub(crate) fn latency<'a>(outcome: &'a Outcome, kind: &str) -> Result<&'a Latency, BenchError> {
    all_answered(outcome)?;
    let series = outcome.series.iter().find(|series| series.name == kind && series.answered > 0);
    series.map(|series| &series.latency).ok_or_else(|| BenchError::new(format!("no {kind} at {}", outcome.target)))
}

/// The part of the confirmed orders of which two copies were on disk when the buyer was answered.
pub(crate) fn two_copies(outcome: &Outcome) -> f64 {
    float(outcome.audit.replicated) / float(outcome.audit.orders.max(1))
}

/// Requests that failed.
pub(crate) fn failed(outcome: &Outcome) -> u64 {
    outcome.series.iter().map(|series| series.failed).sum()
}

/// Answers a second, of whatever was asked.
pub(crate) fn total_rate(outcome: &Outcome) -> f64 {
    outcome.series.iter().map(|series| series.per_second).sum()
}

/// Microseconds as milliseconds.
pub(crate) fn ms(microseconds: u64) -> f64 {
    float(microseconds) / 1000.0
}

/// The whole number of arrivals a second that is nearest, at least one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is put between the bounds")]
pub(crate) fn rate(per_second: f64) -> u32 {
    per_second.round().clamp(1.0, 1e9) as u32
}

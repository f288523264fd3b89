//! What can be measured, each by its name.

mod cache;
mod carts;
mod connections;
mod failover;
mod latency;
mod million;
mod reads;
mod sale;

use crate::error::BenchError;
use crate::figures::Figure;
use crate::postgres::Install;
use crate::shop::Place;
use clap::ValueEnum;
use std::fmt;
use std::time::Duration;

/// A part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Name {
    /// A cached lookup and a cached search beside a bare handler that returns the same bytes
    Reads,
    /// Lookups over 4,096 connections beside 16, and the memory of the frontend
    Connections,
    /// Buying one title, and any of 10,000, beside PostgreSQL with a synchronous standby and SQLite alone
    Sale,
    /// How long a buy takes at half load, beside its disk writes and calls alone
    Latency,
    /// What the cache costs a buyer, and what a miss costs a reader
    Cache,
    /// Replicas killed under load, and how soon one that was away has caught up
    Failover,
    /// Lists read and written at quorum on three cart replicas, beside one alone
    Carts,
    /// A shop with a million titles: searches beside the index alone, a start, memory, and the import of the titles
    Million,
}

impl Name {
    /// All parts, in the order in which they run.
    pub(crate) const ALL: [Self; 8] = [
        Self::Reads,
        Self::Connections,
        Self::Sale,
        Self::Latency,
        Self::Cache,
        Self::Failover,
        Self::Carts,
        Self::Million,
    ];
}

impl fmt::Display for Name {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Reads => "reads",
            Self::Connections => "connections",
            Self::Sale => "sale",
            Self::Latency => "latency",
            Self::Cache => "cache",
            Self::Failover => "failover",
            Self::Carts => "carts",
            Self::Million => "million",
        })
    }
}

/// What every part is told.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// Where things are.
    pub(crate) place: Place,
    /// How often everything is measured.
    pub(crate) rounds: u32,
    /// How long each measurement takes.
    pub(crate) span: Duration,
    /// How many entries a replica that was away has missed.
    pub(crate) missed: u64,
    /// How many titles a large shop has.
    pub(crate) titles: u64,
    /// PostgreSQL, where it is installed.
    pub(crate) postgres: Option<Install>,
}

impl Setting {
    /// The numbers of the rounds, each told on stderr as it begins.
    pub(crate) fn rounds(&self) -> impl Iterator<Item = u32> + use<> {
        let rounds = self.rounds;
        (1..=rounds).inspect(move |round| eprintln!("  round {round} of {rounds}"))
    }
}

/// Measures one part in a shop of its own.
pub(crate) async fn measure(name: Name, setting: &Setting) -> Result<Vec<Figure>, BenchError> {
    match name {
        Name::Reads => reads::measure(setting).await,
        Name::Connections => connections::measure(setting).await,
        Name::Sale => sale::measure(setting).await,
        Name::Latency => latency::measure(setting).await,
        Name::Cache => cache::measure(setting).await,
        Name::Failover => failover::measure(setting).await,
        Name::Carts => carts::measure(setting).await,
        Name::Million => million::measure(setting).await,
    }
}

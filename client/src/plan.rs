//! What a run is to do: parsed and checked, nothing else is asked of the caller later.

use crate::outcome::Load;
use clap::ValueEnum;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// What the customers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// Everybody looks up one title
    Lookup,
    /// Everybody searches one topic
    Search,
    /// Look around: one search in ten questions, lookups else; titles by Zipf's law
    Browse,
    /// The classic client: search a topic, look up one of its titles, buy it; titles by Zipf's law
    Mixed,
    /// Experiment: lookups and searches that the frontend's cache answers, beside those it has to pass on
    HitMiss,
    /// Experiment: lookups and searches just after a buy has changed what the cache holds, beside those before it
    Invalidation,
    /// Everybody buys one title
    FlashSale,
    /// Everybody buys, any title as likely as any other
    LongTail,
    /// The mixed load while replicas are killed
    Failover,
    /// Everybody writes a list of ten books of their own, then reads it, over and over
    Lists,
}

impl Scenario {
    /// Whether it goes through steps of its own instead of letting customers come as the load says.
    pub(crate) fn is_experiment(self) -> bool {
        matches!(self, Self::HitMiss | Self::Invalidation)
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.to_possible_value();
        to.write_str(name.as_ref().map_or("", |name| name.get_name()))
    }
}

/// One run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What the customers do.
    pub scenario: Scenario,
    /// The shop, without a slash at the end: `http://127.0.0.1:8010`.
    pub target: String,
    /// How they come. An experiment takes a number of clients only.
    pub load: Load,
    /// What is asked before it counts.
    pub warm_up: Duration,
    /// What counts.
    pub span: Duration,
    /// The seed of every choice.
    pub seed: u64,
    /// The most titles that are asked for, the first of the shop.
    pub titles: usize,
    /// The one title of [`Scenario::Lookup`] and [`Scenario::FlashSale`]; that with the most units when it is not named.
    pub title: Option<u32>,
    /// The one topic of [`Scenario::Search`]; that of the title when it is not named.
    pub topic: Option<String>,
    /// What is done to the shop meanwhile; for [`Scenario::Failover`].
    pub faults: Option<Faults>,
}

/// Replicas that die.
#[derive(Clone, Debug)]
pub struct Faults {
    /// The script that runs the shop.
    pub runme: PathBuf,
    /// What it finds in its environment beside our own: `ENV_CFG` and `DATA_DIR` of a shop that is not the usual one.
    pub environment: Vec<(String, OsString)>,
    /// Who is killed, one after the other, evenly over the run.
    pub victims: Vec<String>,
}

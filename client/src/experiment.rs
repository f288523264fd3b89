//! The two classic experiments: what the frontend's cache is worth, and what a buy does to it.
//!
//! Each client goes through titles of its own, so that none warms what another is to find cold. What the cache did is
//! read from the frontend's `X-Served-By` header and not guessed: an answer counts as what it was.

use crate::drive::{Floor, Visitor};
use crate::outcome::{Finding, Series};
use crate::plan::Scenario;
use crate::question::Question;
use crate::wares::Title;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// After so long the frontend does not answer from its cache any more, see `frontend::cache::freshness::TTL`; and a
/// little longer.
const COLD_AFTER: Duration = Duration::from_secs(2);
/// Titles that one client asks for in a round.
const TITLES_A_ROUND: usize = 100;

/// Names of what is counted.
mod phase {
    pub(super) const LOOKUP_COLD: &str = "lookup, cold";
    pub(super) const LOOKUP_WARM: &str = "lookup, warm";
    pub(super) const SEARCH_COLD: &str = "search, cold";
    pub(super) const SEARCH_WARM: &str = "search, warm";
    pub(super) const BUY: &str = "buy";
    pub(super) const LOOKUP_AFTER: &str = "lookup, after a buy";
    pub(super) const LOOKUP_AFTER_COLD: &str = "lookup, after a buy, passed on";
    pub(super) const SEARCH_AFTER: &str = "search, after a buy";
    pub(super) const SEARCH_AFTER_COLD: &str = "search, after a buy, passed on";
}

/// Goes through the steps with so many clients until the run is over.
pub(crate) async fn goes(floor: &Arc<Floor>, scenario: Scenario, clients: u32) {
    let mut customers = JoinSet::new();
    for number in 0..clients {
        let (floor, mut visitor) = (Arc::clone(floor), floor.visitor());
        customers.spawn(async move {
            let titles = floor.wares.titles();
            let mine = titles.iter().skip(number as usize).step_by(clients as usize);
            let mut mine = mine.cycle();
            while !floor.is_over() {
                let round: Vec<&Title> = mine.by_ref().take(TITLES_A_ROUND.min(titles.len())).collect();
                if round.is_empty() {
                    // Fewer titles than clients.
                    return;
                }
                match scenario {
                    Scenario::Invalidation => after_buys(&floor, &mut visitor, &round).await,
                    _ => hits_and_misses(&floor, &mut visitor, &round).await,
                }
            }
        });
    }
    customers.join_all().await;
}

/// Waits until nothing that was asked before is fresh, then asks for each title twice.
async fn hits_and_misses(floor: &Floor, visitor: &mut Visitor, titles: &[&Title]) {
    let wait = COLD_AFTER.min(floor.ends.saturating_duration_since(Instant::now()));
    tokio::time::sleep(wait).await;
    for title in titles {
        for _ in 0..2 {
            let [cold, warm] = [phase::LOOKUP_COLD, phase::LOOKUP_WARM];
            step(floor, visitor, &Question::Lookup(title.id), cold, warm).await;
        }
    }
    let mut topics: Vec<_> = titles.iter().filter_map(|title| title.topic.clone()).collect();
    topics.sort_unstable();
    topics.dedup();
    for topic in topics {
        for _ in 0..2 {
            let [cold, warm] = [phase::SEARCH_COLD, phase::SEARCH_WARM];
            step(floor, visitor, &Question::Search(topic.clone()), cold, warm).await;
        }
    }
}

/// Warms the cache with each title and its topic, buys it, and asks for both again.
async fn after_buys(floor: &Floor, visitor: &mut Visitor, titles: &[&Title]) {
    for title in titles {
        let lookup = Question::Lookup(title.id);
        let search = title.topic.clone().map(Question::Search);
        for _ in 0..2 {
            step(floor, visitor, &lookup, phase::LOOKUP_COLD, phase::LOOKUP_WARM).await;
            if let Some(search) = &search {
                step(floor, visitor, search, phase::SEARCH_COLD, phase::SEARCH_WARM).await;
            }
        }
        let buy = visitor.customer.buy(title.id);
        step(floor, visitor, &buy, phase::BUY, phase::BUY).await;
        step(floor, visitor, &lookup, phase::LOOKUP_AFTER_COLD, phase::LOOKUP_AFTER).await;
        if let Some(search) = &search {
            step(floor, visitor, search, phase::SEARCH_AFTER_COLD, phase::SEARCH_AFTER).await;
        }
    }
}

/// Asks, and counts the answer as what the cache made of it.
async fn step(floor: &Floor, visitor: &mut Visitor, question: &Question, passed_on: &'static str, hit: &'static str) {
    if floor.is_over() {
        return;
    }
    let due = Instant::now();
    let answer = floor.ask(&mut visitor.connection, question).await;
    if due >= floor.starts {
        floor.count(if answer.cached { hit } else { passed_on }, due, &answer);
    }
}

/// What an experiment is about, as far as both sides of it were seen.
pub(crate) fn findings(series: &[Series]) -> Vec<Finding> {
    let compared = [
        (
            "a lookup that is passed on takes so many times one from the cache (p50)",
            phase::LOOKUP_COLD,
            phase::LOOKUP_WARM,
        ),
        (
            "a search that is passed on takes so many times one from the cache (p50)",
            phase::SEARCH_COLD,
            phase::SEARCH_WARM,
        ),
        ("a lookup just after a buy takes so many times one before it (p50)", phase::LOOKUP_AFTER, phase::LOOKUP_WARM),
        ("a search just after a buy takes so many times one before it (p50)", phase::SEARCH_AFTER, phase::SEARCH_WARM),
    ];
    let p50 = |name: &str| {
        let found = series.iter().find(|series| series.name == name && series.answered > 0);
        found.map(|series| crate::report::words::float(series.latency.p50.max(1)))
    };
    let ratio = |(says, one, other): (&str, &str, &str)| {
        Some(Finding { says: says.to_owned(), ratio: p50(one)? / p50(other)? })
    };
    compared.into_iter().filter_map(ratio).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Latency;

    fn series(name: &str, answered: u64, p50: u64) -> Series {
        Series {
            name: name.to_owned(),
            answered,
            failed: 0,
            per_second: 0.0,
            latency: Latency { p50, ..Latency::default() },
            histogram: Vec::new(),
            failures: Vec::new(),
        }
    }

    #[test]
    fn a_finding_sets_two_phases_against_each_other_where_both_were_seen() {
        let seen = [
            series(phase::LOOKUP_COLD, 5, 900),
            series(phase::LOOKUP_WARM, 5, 300),
            series(phase::SEARCH_COLD, 5, 900),
            series(phase::SEARCH_WARM, 0, 0),
        ];
        let found = findings(&seen);
        assert_eq!(found.len(), 1);
        assert!(found[0].says.contains("lookup that is passed on") && (found[0].ratio - 3.0).abs() < 1e-9, "{found:?}");
    }
}

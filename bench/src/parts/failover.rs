//! Replicas that die under load, and one that was away for long.

use super::Setting;
use crate::error::BenchError;
use crate::figures::{Figure, Goal, Unit};
use crate::load::{self, Ask, Load};
use crate::shop::Shop;
use crate::stats::{float, median};
use client::outcome::{Outcome, Second};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// With so many clients it is found out what the shop can do; half of that is asked of it when replicas die.
const CLIENTS: u32 = 64;
/// Under load, with a replica that dies in the middle of it.
const WATCHED: Duration = Duration::from_secs(10);
/// Buys a second while a replica catches up.
const MEANWHILE: u32 = 200;
/// A replica that takes longer than this has not caught up.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) async fn measure(setting: &Setting) -> Result<Vec<Figure>, BenchError> {
    let shop = Shop::open(&setting.place).await?;
    let outcome = load::run(&shop.origin(), Ask::Mixed, Load::Clients(CLIENTS), setting.span).await?;
    let half = load::rate(load::total_rate(&outcome) / 2.0);
    let mut figures = Vec::new();
    for victim in ["catalogA", "orderA"] {
        let (mut failed, mut worst, mut back) = (Vec::new(), Vec::new(), Vec::new());
        for _ in setting.rounds() {
            let (outcome, at) = dies(&shop, victim, half).await?;
            let seen = aftermath(&outcome.timeline, at);
            failed.push(float(load::failed(&outcome)));
            worst.push(seen.p99_ms);
            back.push(seen.seconds);
            // Its supervisor has it back by now; the next one dies only when it is.
            shop.up().await?;
        }
        let killed = |what: &str| format!("{victim} killed: {what}");
        figures.push(Figure::alone(killed("failed requests"), Unit::Count, failed).aims(Goal::AtMost(0.0)));
        figures.push(Figure::alone(killed("p99 of that second"), Unit::Milliseconds, worst).aims(Goal::AtMost(1000.0)));
        figures.push(Figure::alone(killed("until all is as before"), Unit::Seconds, back).aims(Goal::AtMost(2.0)));
    }
    for absent in ["orderB", "catalogB"] {
        figures.extend(catches_up(&shop, absent, setting).await?);
    }
    shop.close();
    Ok(figures)
}

/// The mixed load, and the second of it in which the victim was killed, in its middle.
async fn dies(shop: &Shop, victim: &str, rate: u32) -> Result<(Outcome, u32), BenchError> {
    let outcome = load::run_with(shop.kills(victim), &shop.origin(), Load::Rate(rate), WATCHED).await?;
    let killed = outcome.faults.first().ok_or_else(|| BenchError::new(format!("{victim} was not killed")))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a second of a run of seconds")]
    let at = killed.at.max(0.0) as u32;
    Ok((outcome, at))
}

/// What a failure did to those who asked.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Aftermath {
    /// The worst 99th percentile of the second of the kill and of the next, in which its late answers arrive.
    p99_ms: f64,
    /// Seconds from the kill until one is as those before.
    seconds: f64,
}

/// A second is as before when nothing failed in it and its p99 is no more than twice what it was, or 10 ms.
fn aftermath(timeline: &[Second], at: u32) -> Aftermath {
    let p99 = |second: &Second| load::ms(second.p99);
    // The first second and the one of the kill are no whole ones.
    let before: Vec<f64> = timeline.iter().filter(|second| (1..at).contains(&second.at)).map(p99).collect();
    let usual = (2.0 * median(&before).unwrap_or_default()).max(10.0);
    let hit = timeline.iter().filter(|second| (at..=at + 1).contains(&second.at));
    let strange =
        |second: &&Second| second.at >= at && (second.failed > 0 || second.answered == 0 || p99(second) > usual);
    let last = timeline.iter().filter(strange).map(|second| second.at).max();
    Aftermath { p99_ms: hit.map(p99).fold(0.0, f64::max), seconds: last.map_or(0.0, |last| f64::from(last - at + 1)) }
}

/// Sells while a replica is away, then how long it needs to have what it missed, while selling goes on.
async fn catches_up(shop: &Shop, absent: &'static str, setting: &Setting) -> Result<Vec<Figure>, BenchError> {
    let present = if absent == "orderB" { "orderA" } else { "catalogA" };
    let before = held(shop, present).await?;
    shop.stop(absent).await?;
    let mut missed = 0;
    while missed < setting.missed {
        eprintln!("  {absent} is away, {missed} of {} missed", setting.missed);
        load::run(&shop.origin(), Ask::OneTitle, Load::Clients(CLIENTS), setting.span).await?;
        missed = total(&held(shop, present).await?) - total(&before);
    }
    let goal = held(shop, present).await?;
    let origin = shop.origin();
    let meanwhile = load::run(&origin, Ask::OneTitle, Load::Rate(MEANWHILE), PATIENCE / 6);
    let (sold, opened, needed) = tokio::join!(meanwhile, shop.up(), caught_up(shop, absent, &goal));
    let (sold, needed) = (sold?, needed?);
    opened?;
    let failed = float(load::failed(&sold));
    let found = format!("{absent} back after {missed} missed entries");
    Ok(vec![
        Figure::alone(format!("{found}: until it has them"), Unit::Seconds, vec![needed]).aims(Goal::AtMost(10.0)),
        Figure::alone(format!("{found}: requests failed meanwhile"), Unit::Count, vec![failed]).aims(Goal::AtMost(0.0)),
    ])
}

/// Seconds from the start of the replica until it is ready and holds everything of `goal`.
async fn caught_up(shop: &Shop, name: &str, goal: &BTreeMap<String, u64>) -> Result<f64, BenchError> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if let Some(state) = shop.state(name).await {
            let holds = |(actor, seq): (&String, &u64)| state.heads.get(actor).is_some_and(|held| held >= seq);
            if state.ready && goal.iter().all(holds) {
                return Ok(state.up_for.as_secs_f64());
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(BenchError::new(format!("{name} did not catch up within {} s", PATIENCE.as_secs())))
}

async fn held(shop: &Shop, name: &str) -> Result<BTreeMap<String, u64>, BenchError> {
    let state = shop.state(name).await;
    state.map(|state| state.heads).ok_or_else(|| BenchError::new(format!("{name} does not tell how far it is")))
}

fn total(heads: &BTreeMap<String, u64>) -> u64 {
    heads.values().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(at: u32, p99_ms: u64, failed: u64) -> Second {
        Second { at, answered: 100, failed, p50: 1000, p99: p99_ms * 1000, max: p99_ms * 1000 }
    }

    #[test]
    fn a_failure_is_over_with_the_last_second_that_was_not_as_before() {
        let line =
            [second(0, 90, 0), second(1, 6, 0), second(2, 8, 0), second(3, 400, 0), second(4, 15, 0), second(5, 7, 0)];
        assert_eq!(aftermath(&line, 3), Aftermath { p99_ms: 400.0, seconds: 2.0 });
    }

    #[test]
    fn a_second_with_a_failed_request_is_not_as_before_however_quick_the_others_were() {
        let line = [second(0, 5, 0), second(1, 5, 0), second(2, 5, 0), second(3, 5, 1)];
        assert_eq!(aftermath(&line, 2), Aftermath { p99_ms: 5.0, seconds: 2.0 });
    }

    #[test]
    fn a_failure_that_nobody_noticed_was_over_at_once() {
        let line: Vec<Second> = (0..6).map(|at| second(at, 5, 0)).collect();
        assert_eq!(aftermath(&line, 3), Aftermath { p99_ms: 5.0, seconds: 0.0 });
    }
}

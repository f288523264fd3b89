//! Watching a run from beside: who is ready, whether this machine keeps up, and a line about it for people.

use crate::closing::Report;
use crate::fault::{Replica, Spell};
use crate::floor::Floor;
use crate::outcome::Tally;
use crate::shop::Shop;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Between two looks at who is ready.
const LOOK: Duration = Duration::from_millis(250);
/// A replica that takes longer to say that it is ready is not.
const PATIENCE: Duration = Duration::from_millis(400);
/// Between two beats of the machine's pulse.
const BEAT: Duration = Duration::from_millis(20);
/// A beat that comes so late means that the machine stood still.
const STILL: Duration = Duration::from_millis(500);
/// Between two plain lines.
const PLAIN_EVERY: u64 = 5;

/// Whether a run is told about while it goes on; always on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A line that changes on a terminal, plain lines elsewhere.
    Shown,
    /// Nothing.
    Silent,
}

/// Who was ready when: milliseconds since the run began, and who.
pub(crate) type Looks = Mutex<Vec<(u64, BTreeSet<Replica>)>>;

/// Looks who is ready, over and over.
pub(crate) async fn watches(shop: &Shop, floor: &Floor, looks: &Looks) {
    loop {
        let at_ms = floor.now_ms();
        let reports = futures::future::join_all(Replica::ALL.map(|replica| shop.report(replica, PATIENCE))).await;
        let is_ready = |report: Option<Report>| report.is_some_and(|report| report.ready);
        let ready = Replica::ALL.into_iter().zip(reports).filter_map(|(at, report)| is_ready(report).then_some(at));
        looks.lock().unwrap_or_else(PoisonError::into_inner).push((at_ms, ready.collect()));
        tokio::time::sleep(LOOK).await;
    }
}

/// Notes the seconds in which this machine stood still for too long, over and over.
pub(crate) async fn feels_the_pulse(floor: &Floor, stalled: &Mutex<BTreeSet<usize>>) {
    loop {
        let (began, from) = (Instant::now(), floor.now_ms());
        tokio::time::sleep(BEAT).await;
        if began.elapsed() > STILL {
            let seconds = from / 1000..=floor.now_ms() / 1000;
            let mut stalled = stalled.lock().unwrap_or_else(PoisonError::into_inner);
            stalled.extend(seconds.filter_map(|second| usize::try_from(second).ok()));
        }
    }
}

/// Says before the first customer what is going on.
pub(crate) fn says(progress: Progress, words: &str) {
    if progress == Progress::Shown {
        eprintln!("{words}");
    }
}

/// Tells how it goes, every second; `plan` is what is to be done to the shop.
pub(crate) async fn tells(progress: Progress, floor: &Floor, plan: &[Spell], looks: &Looks) {
    if progress == Progress::Silent {
        return std::future::pending().await;
    }
    let line = std::io::stderr().is_terminal().then(|| {
        let line = ProgressBar::new_spinner();
        line.set_style(ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()));
        line
    });
    let (mut read, mut all) = (0, Tally::default());
    for second in 1.. {
        tokio::time::sleep_until((floor.began + Duration::from_secs(second)).into()).await;
        let before = all;
        floor.ledger.since(read, |entries| {
            read += entries.len();
            for entry in entries {
                all.add(entry);
            }
        });
        let words = words(floor, plan, looks, all, all.bought - before.bought);
        match &line {
            Some(line) => line.set_message(words),
            None if second % PLAIN_EVERY == 0 => eprintln!("{words}"),
            None => {}
        }
    }
}

fn words(floor: &Floor, plan: &[Spell], looks: &Looks, all: Tally, bought: u64) -> String {
    let now = floor.now_ms();
    let looks = looks.lock().unwrap_or_else(PoisonError::into_inner);
    let ready = looks.last().map(|(_, ready)| ready.clone()).unwrap_or_default();
    drop(looks);
    let away: Vec<&str> = Replica::ALL.iter().filter(|at| !ready.contains(at)).map(|at| at.as_str()).collect();
    let up = if away.is_empty() { "all up".to_owned() } else { format!("away: {}", away.join(" ")) };
    let lately = |spell: &&Spell| spell.from_ms <= now && now < spell.to_ms.max(spell.from_ms + 1_000);
    let faults: Vec<String> = plan.iter().filter(lately).map(|spell| spell.fault.to_string()).collect();
    let faults = if faults.is_empty() { "no fault".to_owned() } else { faults.join("; ") };
    format!("{:4} s  {bought:4} bought/s  {:5} failed  {up}  |  {faults}", now / 1000, all.failed())
}

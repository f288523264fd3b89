//! Short runs on the real programs, as `./runme.sh chaos` makes longer ones. Their seeds are fixed, so that together they
//! have every kind of fault; `CHAOS_SEED` names another one to look into.

use chaos::{Outcome, Plan, Progress};
use std::path::{Path, PathBuf};
use std::time::Duration;

const LENGTH: Duration = Duration::from_secs(36);

/// The directory of the programs: in `BIN_DIR` if that is set, else beside the test that runs.
fn programs() -> PathBuf {
    if let Some(directory) = std::env::var_os("BIN_DIR") {
        return directory.into();
    }
    // target/<profile>/deps/<test>
    let test = std::env::current_exe().expect("a running program has a path");
    test.parent().and_then(Path::parent).expect("tests run from target/<profile>/deps").to_owned()
}

async fn a_shop_keeps_its_word(seed: u64) {
    let seed = std::env::var("CHAOS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(seed);
    println!("seed {seed}: ./runme.sh chaos --seed {seed} --minutes {}", LENGTH.as_secs_f64() / 60.0);
    let report = tempfile::tempdir().expect("a directory");
    let plan = Plan { seed, length: LENGTH, programs: programs(), report: report.path().to_owned() };
    let outcome = chaos::run(&plan, Progress::Silent, std::future::pending()).await.expect("the shop opens");
    let broken: Vec<_> = outcome.verdict.checks.iter().filter(|check| !check.held).collect();
    // Kept where something broke: what the replicas said, and every answer, to be looked into.
    let kept = if broken.is_empty() { PathBuf::new() } else { report.keep() };
    assert!(broken.is_empty(), "{broken:#?}\n{:#?}\n{}", outcome.deeds, kept.display());
    has_done_something(&outcome);
}

/// A run in which hardly anybody bought or wrote a list, or nothing was broken, would prove nothing.
fn has_done_something(outcome: &Outcome) {
    let bought: u64 = outcome.timeline.iter().map(|second| second.answered).sum();
    assert!(bought > 300, "{bought} purchases");
    assert!(outcome.lists.stored > 300 && outcome.lists.shown > 300, "{:?}", outcome.lists);
    assert!(outcome.deeds.len() >= 10, "{:#?}", outcome.deeds);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_keeps_its_word_under_one_plan_of_faults() {
    a_shop_keeps_its_word(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_keeps_its_word_under_another_plan_of_faults() {
    a_shop_keeps_its_word(4).await;
}

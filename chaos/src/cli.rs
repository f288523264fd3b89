//! The command line.

use crate::error::{ChaosError, While as _};
use crate::outcome::Outcome;
use crate::run::{Plan, run};
use crate::watch::Progress;
use crate::{report, schedule};
use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Opens a shop of its own, breaks everything in it again and again while customers buy and write lists, and checks its word
///
/// Ends with 1 when the shop did not keep its word, or the run could not be made; with 2 when it was asked for wrongly.
/// Ctrl-C ends it early, with the report of what was seen. Faults: links cut, swallowed, slow, one way, half open; kill -9;
/// SIGSTOP; old data put back; data started twice; a copy that writes too; a full disk (of its own where this program may
/// mount one, else by a limit of the database); a clock an hour ahead (where libfaketime is installed).
#[derive(Parser)]
#[command(name = "chaos", version)]
struct Cli {
    /// How long customers are before the shop
    #[arg(long, value_name = "N", default_value_t = 2.0)]
    minutes: f64,
    /// The seed of the plan; the same seed and length are the same plan [default: a random one]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Show the plan, and do nothing
    #[arg(long)]
    plan: bool,
    /// Where the report goes: a page, the figures as JSON, the ledger and the logs
    #[arg(long, value_name = "DIR", default_value = "chaos-report")]
    report: PathBuf,
    /// Where the programs of the shop are [default: beside this one]
    #[arg(long, value_name = "DIR", env = "BIN_DIR")]
    programs: Option<PathBuf>,
}

/// The shortest and the longest run, in minutes.
const MINUTES: std::ops::RangeInclusive<f64> = 0.2..=1_440.0;

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if !MINUTES.contains(&cli.minutes) {
        eprintln!("chaos: --minutes is {}: it can be from {} to {}", cli.minutes, MINUTES.start(), MINUTES.end());
        return ExitCode::from(2);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = runtime.during("starting").and_then(|runtime| runtime.block_on(runs(cli)));
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("chaos: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn runs(cli: Cli) -> Result<bool, ChaosError> {
    let programs = if let Some(programs) = cli.programs {
        programs
    } else {
        let me = std::env::current_exe().during("finding this program")?;
        me.parent().map(PathBuf::from).ok_or_else(|| ChaosError::new("this program is in no directory"))?
    };
    let seed = cli.seed.unwrap_or_else(|| rand::random::<u32>().into());
    let plan = Plan { seed, length: Duration::from_secs_f64(cli.minutes * 60.0), programs, report: cli.report };
    if cli.plan {
        shows(&plan);
        return Ok(true);
    }
    let interrupted = async {
        // Without a handler Ctrl-C ends the process at once, which is all right too.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let outcome = run(&plan, Progress::Shown, interrupted).await?;
    tells(&outcome);
    let page = report::write(&plan.report, &outcome)?;
    println!("\nReport: {}", page.display());
    Ok(outcome.verdict.holds())
}

fn shows(plan: &Plan) {
    for spell in schedule::plan(plan.seed, u64::try_from(plan.length.as_millis()).unwrap_or(u64::MAX)) {
        let s = |ms: u64| format!("{}.{} s", ms / 1000, ms % 1000 / 100);
        println!("{:>8} to {:>8}  {}", s(spell.from_ms), s(spell.to_ms), spell.fault);
    }
}

/// What was found, for a terminal.
fn tells(outcome: &Outcome) {
    use crate::inject::Outcome as Result;
    let tally = &outcome.tally;
    println!("\nseed {}, {:.0} s, {} faults", outcome.seed, outcome.seconds, outcome.deeds.len());
    println!(
        "{} questions: {} bought, {} looked up, {} delivered, {} refused, {} not now, {} without an answer",
        tally.asked, tally.bought, tally.looked_up, tally.delivered, tally.refused, tally.not_now, tally.silent
    );
    let lists = &outcome.lists;
    println!(
        "{} questions about lists: {} writes, {} looks, {} refused, {} of which nobody knows",
        lists.asked, lists.stored, lists.shown, lists.refused, lists.unknown
    );
    for deed in &outcome.deeds {
        match &deed.result {
            Result::Skipped(why) => println!("skipped: {} ({why})", deed.spell.fault),
            Result::Failed(why) => println!("did not go as it should: {} ({why})", deed.spell.fault),
            Result::Done | Result::Noticed(_) | Result::Unnoticed(_) => {}
        }
    }
    println!();
    for check in &outcome.verdict.checks {
        println!("{}  {}: {}", if check.held { "holds " } else { "BROKEN" }, check.says, check.detail);
    }
    println!();
    for count in &outcome.verdict.counts {
        println!("{:>8}  {}", count.count, count.says);
    }
}

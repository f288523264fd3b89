//! The command line.

use crate::error::ClientError;
use crate::expect::Expectation;
use crate::outcome::{Load, Outcome};
use crate::plan::{Faults, Plan, Scenario};
use crate::progress::Progress;
use crate::shop::Shop;
use crate::{report, run};
use clap::{ArgGroup, Args, CommandFactory as _, Parser, Subcommand, error::ErrorKind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Plays customers of the shop, measures how they fare, and checks that the shop kept its word.
#[derive(Parser)]
#[command(name = "client", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs one scenario; the table goes to stdout, progress to stderr
    ///
    /// Ends with 1 when the shop did not keep its word (a unit sold twice, an order that was told and is not there),
    /// when something expected was missed, or when the run could not be made; with 2 when it was asked for wrongly.
    /// Ctrl-C ends a run early, with its report. Nobody may restock while it runs: the ledger would not add up.
    Run(Box<Run>),
}

#[derive(Args)]
#[command(group = ArgGroup::new("load").args(["clients", "rate"]))]
struct Run {
    /// What the customers do
    scenario: Scenario,
    /// The shop
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8010")]
    target: String,
    /// Closed loop: so many clients, each of which asks again when it has its answer [default: 16; experiments: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    clients: Option<u32>,
    /// Open loop: so many arrivals a second, however slow the answers; latencies count from the planned start
    #[arg(long, value_name = "R", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Option<u32>,
    /// How long is measured
    #[arg(long, value_name = "S", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// How long is asked before it counts
    #[arg(long, value_name = "S", default_value_t = 2, value_parser = clap::value_parser!(u64).range(0..=3_600))]
    warm_up: u64,
    /// The seed of every choice; the report says which it was [default: a random one]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Where the report goes, as a page and as JSON
    #[arg(long, value_name = "DIR", default_value = "client-report")]
    report: PathBuf,
    /// No report but the table
    #[arg(long, conflicts_with = "report")]
    no_report: bool,
    /// What must be reached, such as 'p99<50ms', 'buy:failed<1' or 'per-second>1000'; may be given several times
    #[arg(long, value_name = "EXPR")]
    expect: Vec<Expectation>,
    /// The most titles that are asked for, the first of the shop
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    titles: u32,
    /// The title of `lookup` and `flash-sale` [default: the one with the most units]
    #[arg(long, value_name = "ID")]
    title: Option<u32>,
    /// The topic of `search` [default: that of the title]
    #[arg(long)]
    topic: Option<String>,
    /// Whom `failover` kills, evenly over the run; may be given several times [default: catalogA and orderA]
    #[arg(long, value_name = "REPLICA")]
    victim: Vec<String>,
    /// The script that runs the shop, for `failover`
    #[arg(long, value_name = "PATH", default_value = "./runme.sh")]
    runme: PathBuf,
    /// Ask a shop that is not on this machine: only one that is yours
    #[arg(long)]
    elsewhere: bool,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let Command::Run(options) = Cli::parse().command;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(runs(*options)),
        Err(why) => Err(ClientError::during("starting", why)),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("client: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs what was asked for; whether all is as it should be.
async fn runs(options: Run) -> Result<bool, ClientError> {
    let plan = options.plan();
    if !options.elsewhere && !Shop::at(&plan.target).await?.is_here() {
        let why = "it is not on this machine: with --elsewhere it is asked all the same, if it is yours";
        return Err(ClientError::during(format!("target {}", plan.target), why));
    }
    let interrupted = async {
        // Without a handler Ctrl-C ends the process at once, which is all right too.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let outcome = run(&plan, Progress::Shown, interrupted).await?;
    print!("{}", report::table(&outcome));
    if !options.no_report {
        written(&options.report, &outcome)?;
    }
    let missed: Vec<String> = options.expect.iter().filter_map(|expected| expected.missed(&outcome)).collect();
    for missed in &missed {
        eprintln!("Not as expected: {missed}");
    }
    if !outcome.audit.holds() {
        eprintln!("The shop did not keep its word: see the ledger.");
    }
    Ok(missed.is_empty() && outcome.audit.holds())
}

fn written(directory: &Path, outcome: &Outcome) -> Result<(), ClientError> {
    let written = report::write(directory, outcome).map_err(|why| ClientError::new(why.to_string()))?;
    println!("\nReport: {} ({})", written.page.display(), written.json.display());
    Ok(())
}

impl Run {
    /// The plan; ends the process where the options don't go together.
    fn plan(&self) -> Plan {
        let misuse = |why: &str| -> ! { Cli::command().error(ErrorKind::ArgumentConflict, why).exit() };
        if self.rate.is_some() && self.scenario.is_experiment() {
            misuse("an experiment goes through steps of its own: give it --clients, not --rate");
        }
        let fails = self.scenario == Scenario::Failover;
        if !fails && !self.victim.is_empty() {
            misuse("--victim is for failover");
        }
        let usual = if self.scenario.is_experiment() { 1 } else { 16 };
        let victims =
            if self.victim.is_empty() { vec!["catalogA".into(), "orderA".into()] } else { self.victim.clone() };
        let faults = Faults { runme: self.runme.clone(), environment: Vec::new(), victims };
        Plan {
            scenario: self.scenario,
            target: self.target.trim_end_matches('/').to_owned(),
            load: self.rate.map_or(Load::Clients(self.clients.unwrap_or(usual)), Load::Rate),
            warm_up: Duration::from_secs(self.warm_up),
            span: Duration::from_secs(self.seconds),
            seed: self.seed.unwrap_or_else(|| rand::random::<u32>().into()),
            titles: self.titles.max(1) as usize,
            title: self.title,
            topic: self.topic.clone(),
            faults: fails.then_some(faults),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(line: &str) -> Plan {
        let words = ["client", "run"].into_iter().chain(line.split_whitespace());
        let Command::Run(run) = Cli::try_parse_from(words).unwrap_or_else(|why| panic!("{line}: {why}")).command;
        run.plan()
    }

    #[test]
    fn the_command_line_makes_sense() {
        Cli::command().debug_assert();
    }

    #[test]
    fn experiments_have_one_client_and_the_others_sixteen_when_nothing_is_said() {
        assert_eq!(plan("hit-miss").load, Load::Clients(1));
        assert_eq!(plan("browse").load, Load::Clients(16));
        assert_eq!(plan("mixed --rate 500").load, Load::Rate(500));
        assert_eq!(plan("mixed --clients 4000 --target http://127.0.0.1:1/").target, "http://127.0.0.1:1");
    }

    #[test]
    fn only_a_failover_kills_anybody() {
        let victims = |line: &str| plan(line).faults.map(|faults| faults.victims);
        assert_eq!(victims("mixed"), None);
        assert_eq!(victims("failover"), Some(vec!["catalogA".to_owned(), "orderA".to_owned()]));
        assert_eq!(victims("failover --victim orderB"), Some(vec!["orderB".to_owned()]));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for line in
            ["flash", "mixed --clients 0", "mixed --clients 2 --rate 2", "mixed --seconds 0", "mixed --expect x"]
        {
            let words = ["client", "run"].into_iter().chain(line.split_whitespace());
            assert!(Cli::try_parse_from(words).is_err(), "{line}");
        }
    }
}

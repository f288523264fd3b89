//! The figures: the shop beside what it is measured against, in one run.
//!
//! Absolute times on a machine that others use too are noise. So every figure has a reference that is measured in the
//! same rounds, turn by turn, and what is reported is the median of the rounds' ratios.

mod bare;
mod error;
mod figures;
mod floor;
mod load;
mod parts;
mod postgres;
mod publish;
mod run;
mod shop;
mod sqlite;
mod stats;
mod table;

use clap::{Args, Parser, Subcommand};
use error::BenchError;
use parts::Name;
use std::path::PathBuf;
use std::process::ExitCode;

/// Measures the shop beside what it is measured against.
#[derive(Parser)]
#[command(name = "bench", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Opens a shop of its own, runs the parts (all of them when none is named), and closes it
    ///
    /// Tables go to stdout, progress to stderr. A page with `<!-- figures: PART -->` and `<!-- end -->` gets the tables
    /// between these marks, and a JSON file beside it all values.
    Run(Run),
    /// The bare server: reads what to answer from stdin, ends when stdin is closed
    #[command(name = "__bare", hide = true)]
    Bare {
        #[arg(long)]
        port: u16,
    },
}

#[derive(Args)]
struct Run {
    /// What to measure
    #[arg(value_name = "PART")]
    parts: Vec<Name>,
    /// How often; the medians count
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long each measurement takes
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// The page that takes the tables [default: docs/figures.md of the repository]
    #[arg(long, value_name = "PATH")]
    figures: Option<PathBuf>,
    /// One round of one second, and nothing is written: whether everything works
    #[arg(long, conflicts_with_all = ["rounds", "seconds", "figures"])]
    quick: bool,
    /// Where the shop's programs are [default: target/release of the repository]
    #[arg(long, env = "BIN_DIR", value_name = "DIR")]
    programs: Option<PathBuf>,
    /// Where data of this run go, on the disk that is to be measured; removed at its end [default: target]
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Bare { port } => bare::serve(port),
        Command::Run(options) => measure(options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: Run) -> Result<(), BenchError> {
    use error::While;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.during("starting")?;
    runtime.block_on(async {
        // Whatever was started is stopped when what started it is dropped.
        tokio::select! {
            done = run::run(options) => done,
            why = run::told_to_stop() => why,
        }
    })
}

//! The command line of the frontend. What it starts is in `start.rs`.

use clap::{Args, Parser, Subcommand};
use frontend::cache::CacheMode;
use frontend::start::{self, Settings};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tokio::runtime::Builder;

/// Bad configuration: starting again without changing something will not help.
const CONFIGURATION: u8 = 2;

/// The frontend of the bookshop: pages, and the classic JSON API.
#[derive(Parser)]
#[command(name = "frontend", version)]
struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Place {
    /// The file that says who belongs to the shop.
    #[arg(long, env = "ENV_CFG", default_value = "env.cfg", global = true)]
    env: PathBuf,
    /// Where the shop keeps its data; a frontend only reads the cluster's id and token there.
    #[arg(long, env = "DATA_DIR", default_value = "data", global = true)]
    data: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the shop until it is told to stop (SIGTERM or Ctrl-C)
    ///
    /// Ends with 2 when something has to be changed first (env.cfg, a port in use, the data directory), and says what.
    Serve(Serve),
}

#[derive(Args)]
struct Serve {
    /// Which frontend of env.cfg this is: frontend, frontendB, …
    #[arg(long, default_value = "frontend")]
    name: String,
    /// How the cache works: join, off or clear-on-buy. The last two exist to measure against
    #[arg(long, env = "FRONTEND_CACHE", default_value = "join", value_name = "MODE")]
    cache: CacheMode,
    /// What stands behind a price
    #[arg(long, env = "SHOP_CURRENCY", default_value = "€", value_name = "SIGN")]
    currency: String,
}

fn main() -> ExitCode {
    let Cli { place, command: Command::Serve(Serve { name, cache, currency }) } = Cli::parse();
    let settings = Settings { name, env_cfg: place.env, data_dir: place.data, cache, currency };
    let runtime = match Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(why) => {
            eprintln!("frontend: can't start: {why}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(start::run(settings));
    // Tasks that still wait for somebody are of no use to anyone any more.
    runtime.shutdown_timeout(Duration::from_secs(1));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("frontend: {why}");
            if why.is_configuration() { ExitCode::from(CONFIGURATION) } else { ExitCode::FAILURE }
        }
    }
}

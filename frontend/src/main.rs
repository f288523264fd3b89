//! The command line of the frontend. What it starts is in `start.rs`.

use clap::{Args, Parser, Subcommand};
use frontend::cache::CacheMode;
use frontend::start::{self, Settings};
use std::path::PathBuf;
use std::process::ExitCode;

/// Bad configuration: starting again without changing something will not help.
const CONFIGURATION: u8 = 2;

/// The frontend of the bookshop: pages, and the classic JSON API.
#[derive(Parser)]
#[command(name = "frontend", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
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
    /// The file that says where every replica listens
    #[arg(long, env = "ENV_CFG", default_value = "./env.cfg", value_name = "FILE")]
    env_cfg: PathBuf,
    /// Where the cluster keeps its data; the frontend only reads the cluster's id and token there
    #[arg(long, env = "DATA_DIR", default_value = "./data", value_name = "DIR")]
    data_dir: PathBuf,
    /// How the cache works: join, off or clear-on-buy. The last two exist to measure against
    #[arg(long, env = "FRONTEND_CACHE", default_value = "join", value_name = "MODE")]
    cache: CacheMode,
    /// What stands behind a price
    #[arg(long, env = "SHOP_CURRENCY", default_value = "€", value_name = "SIGN")]
    currency: String,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let Command::Serve(Serve { name, env_cfg, data_dir, cache, currency }) = Cli::parse().command;
    match start::run(Settings { name, env_cfg, data_dir, cache, currency }).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("frontend: {why}");
            let mut cause = std::error::Error::source(&why);
            while let Some(source) = cause {
                eprintln!("  because: {source}");
                cause = source.source();
            }
            if why.is_configuration() { ExitCode::from(CONFIGURATION) } else { ExitCode::FAILURE }
        }
    }
}

//! The command line of the frontend. What it starts is in `start.rs`.

use clap::{Args, Parser, Subcommand};
use cluster::Tier;
use frontend::cache::CacheMode;
use frontend::start::{self, Settings};
use serve::command_line::{self, ShopArgs};
use std::process::ExitCode;

/// The frontend of the bookshop: pages, and the classic JSON API.
#[derive(Parser)]
#[command(name = "frontend", version)]
struct Cli {
    #[command(flatten)]
    shop: ShopArgs,
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
    /// How the cache works: join, off or clear-on-buy. The last two exist to measure against
    #[arg(long, env = "FRONTEND_CACHE", default_value = "join", value_name = "MODE")]
    cache: CacheMode,
    /// What stands behind a price
    #[arg(long, env = "SHOP_CURRENCY", default_value = "€", value_name = "SIGN")]
    currency: String,
}

fn main() -> ExitCode {
    let Cli { shop, command: Command::Serve(Serve { name, cache, currency }) } = Cli::parse();
    command_line::run("frontend", async move {
        let place = shop.place(Tier::Frontend, &name)?;
        start::run(place, Settings { cache, currency, env_cfg: shop.env }).await
    })
}

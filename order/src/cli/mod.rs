//! What an operator types; how a command finds its replica and how it ends is `serve::command_line`.

mod check;

use crate::machine::Orders;
use crate::store::JOURNALLED;
use clap::{Parser, Subcommand};
use cluster::Tier;
use replica::{Serving, Upkeep};
use serve::command_line::{self, Fatal, ShopArgs};
use std::process::ExitCode;

/// The order tier of a Bookend shop: buys, keeps and shows orders.
#[derive(Parser)]
#[command(name = "order", version)]
struct Cli {
    #[command(flatten)]
    shop: ShopArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run one replica.
    Serve(Serving),
    /// Fold the journals of a replica again and compare with its tables; prints what differs, exit code 1.
    Check {
        /// Which replica, as in env.cfg.
        #[arg(long)]
        name: String,
    },
    #[command(flatten)]
    Upkeep(Upkeep),
}

/// Runs the command of this process.
pub(crate) fn run() -> ExitCode {
    command_line::run("order", command(Cli::parse()))
}

async fn command(cli: Cli) -> Result<(), Fatal> {
    let shop = cli.shop;
    match cli.command {
        Command::Serve(Serving { name, most_data_mib }) => {
            crate::serve::serve(shop.place(Tier::Order, &name)?, most_data_mib).await
        }
        Command::Check { name } => check::check(&shop.place(Tier::Order, &name)?),
        Command::Upkeep(upkeep) => upkeep.run(&shop, JOURNALLED, Orders::new).await,
    }
}

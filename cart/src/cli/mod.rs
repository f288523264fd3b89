//! What an operator types; how a command finds its replica and how it ends is `serve::command_line`.

use clap::{Parser, Subcommand};
use cluster::Tier;
use replica::Serving;
use serve::command_line::{self, Fatal, ShopArgs};
use std::process::ExitCode;

/// The cart tier of a Bookend shop: carts, lists and accounts.
#[derive(Parser)]
#[command(name = "cart", version)]
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
}

/// Runs the command of this process.
pub(crate) fn run() -> ExitCode {
    command_line::run("cart", command(Cli::parse()))
}

async fn command(cli: Cli) -> Result<(), Fatal> {
    let shop = cli.shop;
    match cli.command {
        Command::Serve(Serving { name, most_data_mib }) => {
            crate::serve::serve(shop.place(Tier::Cart, &name)?, most_data_mib).await
        }
    }
}

//! What an operator types; how a command finds its replica and how it ends is `serve::command_line`.

use clap::{Parser, Subcommand};
use cluster::Tier;
use replica::Room;
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
    Serve {
        /// Which replica, as in env.cfg.
        #[arg(long)]
        name: String,
        /// How large its database may grow, in MiB: above it the replica answers 507 to whoever wants to write, and
        /// goes on reading. As large as the disk allows where nothing is said.
        #[arg(long, env = "MOST_DATA_MIB", value_name = "MIB")]
        most_data_mib: Option<Room>,
    },
}

/// Runs the command of this process.
pub(crate) fn run() -> ExitCode {
    command_line::run("cart", command(Cli::parse()))
}

async fn command(cli: Cli) -> Result<(), Fatal> {
    let shop = cli.shop;
    match cli.command {
        Command::Serve { name, most_data_mib } => {
            crate::serve::serve(shop.place(Tier::Cart, &name)?, most_data_mib).await
        }
    }
}

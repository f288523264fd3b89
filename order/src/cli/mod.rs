//! What an operator types; how a command finds its replica and how it ends is `serve::command_line`.

mod check;
mod copies;
mod dump;
mod join;

use clap::{Parser, Subcommand};
use cluster::Tier;
use replica::Room;
use serve::command_line::{self, Fatal, ShopArgs};
use std::path::PathBuf;
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
    Serve {
        /// Which replica, as in env.cfg.
        #[arg(long)]
        name: String,
        /// How large its database may grow, in MiB: above it the replica answers 507 to whoever wants to write, and
        /// goes on reading. As large as the disk allows where nothing is said.
        #[arg(long, env = "MOST_DATA_MIB", value_name = "MIB")]
        most_data_mib: Option<Room>,
    },
    /// Fold the journals of a replica again and compare with its tables; prints what differs, exit code 1.
    Check {
        /// Which replica, as in env.cfg.
        #[arg(long)]
        name: String,
    },
    /// Copy the data of a replica, running or not, to DIRECTORY/NAME.db, and check the copy.
    ///
    /// Nothing that is there is written over. The copy does not say who wrote it: a replica that is restored from it is
    /// a new one, which owns nothing.
    Backup {
        /// Which replica, as in env.cfg.
        #[arg(long)]
        name: String,
        /// Where to; made where it is missing.
        directory: PathBuf,
    },
    /// Put a backup in place as the data of a replica that does not run.
    Restore {
        /// Which replica, as in env.cfg.
        #[arg(long)]
        name: String,
        /// What `backup` made.
        file: PathBuf,
        /// Move data aside that is there.
        #[arg(long)]
        replace: bool,
    },
    /// Read everything that the other order replicas have, before this replica starts for the first time.
    ///
    /// It has to be in env.cfg already. Says who runs with another env.cfg and has to be restarted to learn of it. Can be
    /// run again, and goes on where it was.
    Join {
        /// Which replica, as in env.cfg.
        #[arg(long)]
        name: String,
    },
    /// Print every journal entry that a replica holds, one line of JSON each.
    Dump {
        /// Which replica, as in env.cfg.
        #[arg(long)]
        name: String,
    },
}

/// Runs the command of this process.
pub(crate) fn run() -> ExitCode {
    command_line::run("order", command(Cli::parse()))
}

async fn command(cli: Cli) -> Result<(), Fatal> {
    let shop = cli.shop;
    match cli.command {
        Command::Serve { name, most_data_mib } => {
            crate::serve::serve(shop.place(Tier::Order, &name)?, most_data_mib).await
        }
        Command::Check { name } => check::check(&shop.place(Tier::Order, &name)?),
        Command::Backup { name, directory } => copies::back_up(&shop.place(Tier::Order, &name)?, &directory),
        Command::Restore { name, file, replace } => copies::restore(&shop.place(Tier::Order, &name)?, &file, replace),
        Command::Join { name } => join::join(shop.place(Tier::Order, &name)?).await,
        Command::Dump { name } => dump::dump(&shop.place(Tier::Order, &name)?),
    }
}

//! What an operator types; how a command finds its replica and how it ends is `serve::command_line`.

mod change;
mod check;
mod layout;
mod look;
mod map;
mod whereabouts;

use crate::store::KIND;
use change::Change;
use clap::{Parser, Subcommand};
use cluster::Tier;
use replica::{Copies, Serving};
use serve::command_line::{self, Fatal, ShopArgs};
use std::process::ExitCode;
use std::time::Duration;
use whereabouts::Input;
use wire::cart::Key;

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
        #[command(flatten)]
        serving: Serving,
        /// How many seconds a cart has been empty before it is forgotten, if all replicas of the tier agree.
        #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
        forget_after: u64,
    },
    /// Compare every object of a replica with what was written down of it; prints what differs, exit code 1.
    Check {
        /// Which replica, as in env.cfg.
        #[arg(long)]
        name: String,
    },
    #[command(flatten)]
    Copies(Copies),
    /// Show who holds how much, and what would move with another layout.
    Map {
        #[command(flatten)]
        change: Change,
    },
    /// Give the tier another layout, and wait until it stands alone. Without options, show the layout.
    ///
    /// Requests go on meanwhile. It can be broken off and called again: the change itself goes on without it. A replica
    /// that is added must be in env.cfg, and run; one that is removed must run until the change is over.
    Layout {
        #[command(flatten)]
        change: Change,
        /// Only say what would move.
        #[arg(long)]
        dry_run: bool,
    },
    /// Show who holds an object, or where the rule of a map file places numbers.
    Where {
        /// The object, such as list/7d0c….
        #[arg(required_unless_present = "map")]
        key: Option<Key>,
        /// A CRUSH map: nothing of the shop is looked at.
        #[arg(long, value_name = "FILE", requires_all = ["rule", "input"], conflicts_with = "key")]
        map: Option<std::path::PathBuf>,
        /// The rule to place by.
        #[arg(long, requires = "map")]
        rule: Option<String>,
        /// How many devices to find for each number.
        #[arg(long, default_value_t = 3, requires = "map", value_parser = clap::value_parser!(u16).range(1..=4096))]
        replicas: u16,
        /// A number, or the first and the last of many: 0..999.
        #[arg(long, requires = "map")]
        input: Option<Input>,
    },
}

/// Runs the command of this process.
pub(crate) fn run() -> ExitCode {
    command_line::run("cart", command(Cli::parse()))
}

async fn command(cli: Cli) -> Result<(), Fatal> {
    let shop = cli.shop;
    let places = || shop.places(Tier::Cart, None);
    match cli.command {
        Command::Serve { serving: Serving { name, most_data_mib }, forget_after } => {
            let forget_after = Duration::from_secs(forget_after);
            crate::serve::serve(shop.place(Tier::Cart, &name)?, most_data_mib, forget_after).await
        }
        Command::Check { name } => check::check(&shop.place(Tier::Cart, &name)?),
        Command::Copies(copies) => copies.run(&shop, KIND),
        Command::Map { change } => map::map(&places()?, &change).await,
        Command::Layout { change, dry_run } => layout::layout(&places()?, &change, dry_run).await,
        Command::Where { map: Some(file), rule: Some(rule), replicas, input: Some(input), .. } => {
            whereabouts::of_numbers(&file, &rule, replicas, input)
        }
        Command::Where { key: Some(key), .. } => whereabouts::of_key(&places()?, &key).await,
        Command::Where { .. } => Err(Fatal::Usage("name an object, or a map, a rule and an input".into())),
    }
}

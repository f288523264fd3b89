//! What an operator types. Mistakes come back as one message on stderr: exit code 2 where the call or the
//! configuration is wrong and trying again is no use, 1 where something went wrong.

mod check;
mod dump;

use clap::{Args, Parser, Subcommand};
use cluster::{Member, Paths, ReplicaName, Roster, Secrets, Tier};
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

#[derive(Args)]
struct ShopArgs {
    /// The file that says who belongs to the shop.
    #[arg(long, env = "ENV_CFG", default_value = "env.cfg", global = true)]
    env: PathBuf,
    /// Where the shop keeps its data.
    #[arg(long, env = "DATA_DIR", default_value = "data", global = true)]
    data: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Run one replica.
    Serve {
        /// Which replica, as in env.cfg.
        #[arg(long)]
        name: String,
    },
    /// Fold the journals of a replica again and compare with its tables; prints what differs, exit code 1.
    Check {
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

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fatal {
    /// The call or the configuration is wrong: trying again is no use.
    #[error("{0}")]
    Usage(String),
    /// Something went wrong that may go better another time.
    #[error("{0}")]
    Failed(String),
}

impl Fatal {
    fn code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Failed(_) => ExitCode::from(1),
        }
    }
}

impl From<replica::OpenError> for Fatal {
    fn from(error: replica::OpenError) -> Self {
        match error {
            replica::OpenError::InUse(_) => Self::Usage(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<serve::ServeError> for Fatal {
    fn from(error: serve::ServeError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Where a command works: the shop, and the replica in it.
pub(crate) struct Place {
    pub(crate) roster: Roster,
    pub(crate) paths: Paths,
    pub(crate) secrets: Secrets,
    pub(crate) member: Member,
}

impl ShopArgs {
    fn place(&self, name: &str) -> Result<Place, Fatal> {
        let roster = Roster::load(&self.env).map_err(|mistakes| Fatal::Usage(mistakes.to_string()))?;
        let name: ReplicaName = name.parse().map_err(|error: cluster::NotAReplica| Fatal::Usage(error.to_string()))?;
        let member = roster.member(name.as_str()).filter(|member| member.tier == Tier::Order).cloned();
        let missing = || Fatal::Usage(format!("{} has no order replica {name}", self.env.display()));
        let member = member.ok_or_else(missing)?;
        let secrets = Secrets::open(&self.data).map_err(|error| Fatal::Usage(error.to_string()))?;
        Ok(Place { roster, paths: Paths::new(&self.data), secrets, member })
    }
}

/// Runs the command of this process.
pub(crate) fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(command(cli));
            // Tasks that still wait for somebody are of no use to anyone any more.
            runtime.shutdown_timeout(std::time::Duration::from_secs(1));
            done
        }
        Err(error) => Err(Fatal::Failed(format!("can't start: {error}"))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("order: {error}");
            error.code()
        }
    }
}

async fn command(cli: Cli) -> Result<(), Fatal> {
    let shop = cli.shop;
    match cli.command {
        Command::Serve { name } => crate::serve::serve(shop.place(&name)?).await,
        Command::Check { name } => check::check(&shop.place(&name)?).await,
        Command::Dump { name } => dump::dump(&shop.place(&name)?).await,
    }
}

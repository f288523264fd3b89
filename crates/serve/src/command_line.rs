//! What the programs of all tiers do alike when an operator types their name: find the shop and the replica, run, and
//! end with a code that tells a supervisor whether trying again is any use.

use crate::Caller;
use crate::health::Ready;
use clap::Args;
use cluster::{Member, Paths, ReplicaName, Roster, Secrets, Tier};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// How long a replica may take to say that it is ready.
const LOOK: Duration = Duration::from_secs(1);

/// Which shop.
#[derive(Args, Clone, Debug)]
pub struct ShopArgs {
    /// The file that says who belongs to the shop.
    #[arg(long, env = "ENV_CFG", default_value = "env.cfg", global = true)]
    pub env: PathBuf,
    /// Where the shop keeps its data.
    #[arg(long, env = "DATA_DIR", default_value = "data", global = true)]
    pub data: PathBuf,
}

/// Where a command works: the shop, and the replica in it.
#[derive(Debug)]
pub struct Place {
    /// Everyone.
    pub roster: Roster,
    /// Where the shop keeps its files.
    pub paths: Paths,
    /// What the tiers know of each other.
    pub secrets: Secrets,
    /// The replica.
    pub member: Member,
}

impl Place {
    /// The other members that run and have not read this env.cfg when they started: they do not know of everyone in it.
    pub async fn who_reads_another_env_cfg(&self) -> Vec<ReplicaName> {
        let caller = Caller::new(&self.secrets, &self.member.name);
        let mut others = Vec::new();
        for member in self.roster.members().iter().filter(|member| member.name != self.member.name) {
            let ready: Result<Ready, _> = caller.get(member, "/readyz", LOOK).await;
            if ready.is_ok_and(|ready| ready.roster != self.roster.digest()) {
                others.push(member.name.clone());
            }
        }
        others
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Fatal {
    /// The call or the configuration is wrong: trying again is no use. Exit code 2.
    #[error("{0}")]
    Usage(String),
    /// Something went wrong that may go better another time. Exit code 1.
    #[error("{0}")]
    Failed(String),
}

impl From<crate::ServeError> for Fatal {
    fn from(error: crate::ServeError) -> Self {
        // Also a port in use: whoever has it may be gone in a moment.
        Self::Failed(error.to_string())
    }
}

impl ShopArgs {
    /// Everyone in the shop.
    ///
    /// # Errors
    /// [`Fatal::Usage`] with every mistake of the file.
    pub fn roster(&self) -> Result<Roster, Fatal> {
        Roster::load(&self.env).map_err(|mistakes| Fatal::Usage(mistakes.to_string()))
    }

    /// The replica `name`, which has to be of `tier`.
    ///
    /// # Errors
    /// [`Fatal::Usage`] where there is none, or the shop's secrets can't be had.
    pub fn place(&self, tier: Tier, name: &str) -> Result<Place, Fatal> {
        let roster = self.roster()?;
        let name: ReplicaName = name.parse().map_err(|error: cluster::NotAReplica| Fatal::Usage(error.to_string()))?;
        let member = roster.member(name.as_str()).filter(|member| member.tier == tier).cloned();
        let missing = || Fatal::Usage(format!("{} has no {tier} replica {name}", self.env.display()));
        let member = member.ok_or_else(missing)?;
        let secrets = Secrets::open(&self.data).map_err(|error| Fatal::Usage(error.to_string()))?;
        Ok(Place { roster, paths: Paths::new(&self.data), secrets, member })
    }

    /// The replica `name`, or each of `tier` where none is named.
    ///
    /// # Errors
    /// As [`Self::place`].
    pub fn places(&self, tier: Tier, name: Option<&str>) -> Result<Vec<Place>, Fatal> {
        match name {
            Some(name) => Ok(vec![self.place(tier, name)?]),
            None => self.roster()?.of(tier).map(|member| self.place(tier, member.name.as_str())).collect(),
        }
    }
}

/// Runs the command of this process to its end; what went wrong is one message on stderr.
pub fn run(program: &str, command: impl Future<Output = Result<(), Fatal>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(command);
            // Tasks that still wait for somebody are of no use to anyone any more.
            runtime.shutdown_timeout(Duration::from_secs(1));
            done
        }
        Err(error) => Err(Fatal::Failed(format!("can't start: {error}"))),
    };
    let Err(error) = done else { return ExitCode::SUCCESS };
    eprintln!("{program}: {error}");
    match error {
        Fatal::Usage(_) => ExitCode::from(2),
        Fatal::Failed(_) => ExitCode::from(1),
    }
}

//! What an operator does with the data of any replica that has a journal, beside serving them.

use crate::inspect::dump;
use crate::join::join;
use crate::{Kind, Setup, Stored, backup};
use clap::Subcommand;
use cluster::ReplicaName;
use serve::Caller;
use serve::command_line::{Fatal, Place, ShopArgs};
use std::path::{Path, PathBuf};

/// The subcommands that every tier with a journal has.
#[derive(Debug, Subcommand)]
pub enum Upkeep {
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
    /// Read everything that the other replicas of the tier have, before this one starts for the first time.
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

impl Upkeep {
    /// Runs it on data of this `kind`; `tables` are those of a replica that joins.
    ///
    /// # Errors
    /// What could not be done, and what to do about it.
    pub async fn run<S: Stored>(
        self,
        shop: &ShopArgs,
        kind: Kind,
        tables: impl FnOnce(ReplicaName) -> S,
    ) -> Result<(), Fatal> {
        let place = |name: &str| shop.place(kind.tier, name);
        match self {
            Self::Backup { name, directory } => back_up(&place(&name)?, kind, &directory),
            Self::Restore { name, file, replace } => restore(&place(&name)?, kind, &file, replace),
            Self::Join { name } => read_everything(&place(&name)?, kind, tables).await,
            Self::Dump { name } => dump(&kind.read_only(&place(&name)?)?, &mut std::io::stdout().lock())
                .map_err(|error| Fatal::Failed(error.to_string())),
        }
    }
}

/// Copies into `directory`, under the name of the replica.
fn back_up(place: &Place, kind: Kind, directory: &Path) -> Result<(), Fatal> {
    let name = &place.member.name;
    let to = directory.join(format!("{name}.db"));
    let mib = |bytes: u64| bytes >> 20;
    let progress = |done, most| eprintln!("{name}: {} of at most {} MiB", mib(done), mib(most));
    backup::back_up(&place.paths.replica_dir(name), kind, &to, progress)?;
    println!("{name} is in {}, checked; whoever starts on it is somebody new.", to.display());
    Ok(())
}

fn restore(place: &Place, kind: Kind, from: &Path, replace: bool) -> Result<(), Fatal> {
    let name = &place.member.name;
    let aside = backup::restore(&place.paths.replica_dir(name), kind, from, replace)?;
    if let Some(aside) = aside {
        println!("The data that {name} had is in {} now.", aside.display());
    }
    println!("{name} has the data of {}; it starts as somebody new and reads what it lacks.", from.display());
    Ok(())
}

async fn read_everything<S: Stored>(
    place: &Place,
    kind: Kind,
    tables: impl FnOnce(ReplicaName) -> S,
) -> Result<(), Fatal> {
    let strangers = place.who_reads_another_env_cfg().await;
    let name = &place.member.name;
    let caller = Caller::new(&place.secrets, name);
    let progress = |entries| eprintln!("{name}: {entries} entries so far");
    let joined = join(Setup::new(place, kind, None), tables(name.clone()), caller, progress).await?;
    println!("{name} has read {} entries from {}.", joined.entries, joined.read.join(", "));
    if strangers.is_empty() {
        println!("Everyone who runs knows of it: start it with ./runme.sh up.");
    } else {
        let names: Vec<&str> = strangers.iter().map(ReplicaName::as_str).collect();
        let names = names.join(", ");
        println!("To be restarted with this env.cfg, one after the other, before it is started: {names}.");
        println!("./runme.sh reload does both.");
    }
    Ok(())
}

//! What an operator does with copies of any replica's data; how a copy is made safely is `backup.rs`' business.

use crate::Kind;
use crate::backup::{back_up, restore};
use clap::Subcommand;
use serve::command_line::{Fatal, Place, ShopArgs};
use std::path::{Path, PathBuf};

/// The subcommands that every tier with data has.
#[derive(Debug, Subcommand)]
pub enum Copies {
    /// Copy the data of a replica, running or not, to DIRECTORY/NAME.db, and check the copy.
    ///
    /// Nothing that is there is written over. The copy does not say whose it was: a replica that is restored from it is
    /// a new one, which owns nothing and reads what it lacks from the others.
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
}

impl Copies {
    /// Runs it on data of this `kind`.
    ///
    /// # Errors
    /// What could not be done, and what to do about it.
    pub fn run(self, shop: &ShopArgs, kind: Kind) -> Result<(), Fatal> {
        let place = |name: &str| shop.place(kind.tier, name);
        match self {
            Self::Backup { name, directory } => copy(&place(&name)?, kind, &directory),
            Self::Restore { name, file, replace } => put_back(&place(&name)?, kind, &file, replace),
        }
    }
}

/// Copies into `directory`, under the name of the replica.
fn copy(place: &Place, kind: Kind, directory: &Path) -> Result<(), Fatal> {
    let name = &place.member.name;
    let to = directory.join(format!("{name}.db"));
    let mib = |bytes: u64| bytes >> 20;
    let progress = |done, most| eprintln!("{name}: {} of at most {} MiB", mib(done), mib(most));
    back_up(&place.paths.replica_dir(name), kind, &to, progress)?;
    println!("{name} is in {}, checked; whoever starts on it is somebody new.", to.display());
    Ok(())
}

fn put_back(place: &Place, kind: Kind, from: &Path, replace: bool) -> Result<(), Fatal> {
    let name = &place.member.name;
    let aside = restore(&place.paths.replica_dir(name), kind, from, replace)?;
    if let Some(aside) = aside {
        println!("The data that {name} had is in {} now.", aside.display());
    }
    println!("{name} has the data of {}; it starts as somebody new and reads what it lacks.", from.display());
    Ok(())
}

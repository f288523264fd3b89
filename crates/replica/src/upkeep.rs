//! What an operator does with the data of any replica that has a journal, beside serving them: what the journal makes
//! possible, and copies.

use crate::inspect::dump;
use crate::join::join;
use crate::{Copies, Journalled, Setup, Stored};
use clap::Subcommand;
use cluster::ReplicaName;
use serve::Caller;
use serve::command_line::{Fatal, Place, ShopArgs};

/// The subcommands that every tier with a journal has.
#[derive(Debug, Subcommand)]
pub enum Upkeep {
    /// Backup and restore.
    #[command(flatten)]
    Copies(Copies),
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
    /// Runs it on these `data`; `tables` are those of a replica that joins.
    ///
    /// # Errors
    /// What could not be done, and what to do about it.
    pub async fn run<S: Stored>(
        self,
        shop: &ShopArgs,
        data: Journalled,
        tables: impl FnOnce(ReplicaName) -> S,
    ) -> Result<(), Fatal> {
        let kind = data.kind;
        let place = |name: &str| shop.place(kind.tier, name);
        match self {
            Self::Copies(copies) => copies.run(shop, kind),
            Self::Join { name } => read_everything(&place(&name)?, data, tables).await,
            Self::Dump { name } => dump(&kind.read_only(&place(&name)?)?, &mut std::io::stdout().lock())
                .map_err(|error| Fatal::Failed(error.to_string())),
        }
    }
}

async fn read_everything<S: Stored>(
    place: &Place,
    data: Journalled,
    tables: impl FnOnce(ReplicaName) -> S,
) -> Result<(), Fatal> {
    let strangers = place.who_reads_another_env_cfg().await;
    let name = &place.member.name;
    let caller = Caller::new(&place.secrets, name);
    let progress = |entries| eprintln!("{name}: {entries} entries so far");
    let joined = join(Setup::new(place, data, None), tables(name.clone()), caller, progress).await?;
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

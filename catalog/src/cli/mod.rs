//! What an operator types; how a command finds its replica and how it ends is `serve::command_line`.

mod bring_in;
mod check;
mod cover_source;
mod covers;
mod export;
mod generate;
mod init;
mod join;
mod progress;
mod retire;

use crate::changes::Changes;
use crate::files::{Mapping, Reading};
use crate::machine::Catalog;
use crate::store::JOURNALLED;
use clap::{Parser, Subcommand};
use cluster::Tier;
use replica::{Serving, Upkeep};
use serve::clock;
use serve::command_line::{self, Fatal, ShopArgs};
use std::path::PathBuf;
use std::process::ExitCode;
use wire::OperatorName;

/// The catalog tier of a Bookend shop: books, their stock, and the right to sell it.
#[derive(Parser)]
#[command(name = "catalog", version)]
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
    /// Open the shop: make the first replica's data and mint its opening stock. Does nothing where that was done.
    Init {
        /// Which replica, as in env.cfg.
        #[arg(long, default_value = "catalogA")]
        name: String,
        /// The opening stock: a file as `catalog import` takes it. Books without an id are numbered in their order.
        #[arg(long)]
        seed: PathBuf,
    },
    /// Put the books of a file on the shelf of the running shop: CSV, or ONIX 3.0. Those that are known are brought up to date.
    ///
    /// CSV: the first line names the columns, in any order: title, topic, price, and id or isbn; units, authors, year,
    /// language, publisher, published, format, description and cover may be missing or empty. Between the columns stands a comma, a
    /// semicolon or a tab. A topic may be a path: fiction / crime. ONIX: reference names or short tags, of any size.
    ///
    /// A book is found again by its id, or by its ISBN where there is no id; a new one without an id gets the next one that is
    /// free. An empty field takes nothing away; without units, a known book keeps what it has, and a new one has none. Nothing
    /// is imported of a file with a bad row. Every catalog replica must be up: a new book's units are brought in by its home
    /// alone, so that they can't be brought in twice.
    Import {
        /// The file.
        file: PathBuf,
        /// Import the good rows of a file that has bad ones.
        #[arg(long)]
        skip_bad: bool,
        /// What a CSV file of others calls our columns; its other columns are left alone: title=Titel,price=Preis
        #[arg(long, default_value = "", hide_default_value = true, value_name = "OURS=THEIRS,…")]
        map: Mapping,
        /// Which prices of an ONIX file are ours, where it has several: a code of ISO 4217, such as EUR.
        #[arg(long)]
        currency: Option<String>,
        /// Bring in the covers, too, that the file names: in its column `cover`, or as the front cover of an ONIX record. An
        /// address beginning with https:// is fetched by this process, which needs curl; another text is the name of a file
        /// beside this one. PNG, JPEG or WebP, up to 512 KiB. Covers that can't be had are listed; the books are in anyway.
        #[arg(long)]
        covers: bool,
        /// What you are called, for the record of who changed what.
        #[arg(long, default_value = "", hide_default_value = true, value_name = "NAME")]
        by: OperatorName,
    },
    /// Write a file of made-up books that can be imported: the same ones for the same seed.
    ///
    /// Their ISBNs begin with 979-9, which has been given to no country; units follow Zipf's law, and most titles are single
    /// copies. Without ids: imported again, or with another seed, they are found again by their ISBNs.
    Generate(generate::Generate),
    /// Write the catalog as CSV, in the columns of `import`.
    Export {
        /// The file; standard output where none is named.
        file: Option<PathBuf>,
        /// Whose data to read; the first replica that has any where none is named.
        #[arg(long)]
        name: Option<String>,
    },
    /// Fold the journals of a replica again and compare with its tables; prints what differs, exit code 1.
    Check {
        /// Which replica, as in env.cfg.
        #[arg(long)]
        name: String,
    },
    #[command(flatten)]
    Upkeep(Upkeep),
    /// Take over from replicas that will not come back: a disk that is gone, a replica that was taken away.
    ///
    /// Ends the journal of every actor that was an incarnation of REPLICA and that nobody writes as now. Another replica
    /// then makes the sales its own that only orders know of, and takes the units over that are left. All other catalogs
    /// and all order replicas must answer. Nothing is taken over where it could sell a unit twice. Broken off, it is run
    /// again.
    Retire {
        /// The replicas, as in env.cfg, or as they were there.
        #[arg(required_unless_present = "list", conflicts_with = "list")]
        replicas: Vec<String>,
        /// Only show who is gone, and the units that nobody can sell.
        #[arg(long)]
        list: bool,
        /// Only show what would be taken over.
        #[arg(long)]
        dry_run: bool,
        /// Also end the journal of a replica that is running. Until it reads of it, it goes on selling at most the units
        /// it holds: those may then be sold twice.
        #[arg(long)]
        although_it_answers: bool,
        /// What you are called, for the record of who changed what.
        #[arg(long, default_value = "", hide_default_value = true, value_name = "NAME")]
        by: OperatorName,
    },
    /// Print who belongs to the shop, in the order in which it is started: name, tier, address, port.
    Roster {
        /// Only print what tells this list from another: `/readyz` says which one a replica has read.
        #[arg(long)]
        digest: bool,
    },
}

/// Runs the command of this process.
pub(crate) fn run() -> ExitCode {
    command_line::run("catalog", command(Cli::parse()))
}

async fn command(cli: Cli) -> Result<(), Fatal> {
    let shop = cli.shop;
    match cli.command {
        Command::Serve(Serving { name, most_data_mib }) => {
            crate::serve::serve(shop.place(Tier::Catalog, &name)?, most_data_mib).await
        }
        Command::Init { name, seed } => init::init(&shop.place(Tier::Catalog, &name)?, &seed).await,
        Command::Import { file, skip_bad, map, currency, covers, by } => {
            let (reading, choices) = (Reading { mapping: map, currency }, bring_in::Choices { skip_bad, covers, by });
            bring_in::import(&shop.places(Tier::Catalog, None)?, &file, &reading, choices).await
        }
        Command::Generate(wanted) => generate::generate(&wanted),
        Command::Export { file, name } => {
            export::export(&shop.places(Tier::Catalog, name.as_deref())?, file.as_deref())
        }
        Command::Check { name } => check::check(&shop.place(Tier::Catalog, &name)?),
        Command::Upkeep(upkeep) => {
            let joins = if let Upkeep::Join { name } = &upkeep { Some(name.clone()) } else { None };
            upkeep.run(&shop, JOURNALLED, |name| Catalog::new(name, Changes::default(), clock::now_ms)).await?;
            match joins {
                Some(name) => join::covers(&shop.place(Tier::Catalog, &name)?).await,
                None => Ok(()),
            }
        }
        Command::Retire { replicas, list, dry_run, although_it_answers, by } => {
            let wanted = retire::Retire { replicas, list, dry_run, although_it_answers, by };
            retire::retire(&shop.places(Tier::Catalog, None)?, wanted).await
        }
        Command::Roster { digest: true } => {
            println!("{}", shop.roster()?.digest());
            Ok(())
        }
        Command::Roster { digest: false } => {
            for member in shop.roster()?.members() {
                println!("{} {} {} {}", member.name, member.tier, member.ip, member.port);
            }
            Ok(())
        }
    }
}

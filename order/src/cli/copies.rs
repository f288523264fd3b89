//! `order backup` and `order restore`: a copy of a running replica's data, and its way back.

use crate::serve::FILE;
use crate::store::TABLES;
use replica::Kind;
use serve::command_line::{Fatal, Place};
use std::path::Path;

fn kind() -> Kind {
    Kind { file: FILE, table: "orders", version: TABLES.len() }
}

/// Copies into `directory`, under the name of the replica.
pub(super) fn back_up(place: &Place, directory: &Path) -> Result<(), Fatal> {
    let name = &place.member.name;
    let to = directory.join(format!("{name}.db"));
    let mib = |bytes: u64| bytes >> 20;
    let progress = |done, most| eprintln!("{name}: {} of at most {} MiB", mib(done), mib(most));
    replica::back_up(&place.paths.replica_dir(name), kind(), &to, progress)?;
    println!("{name} is in {}, checked; whoever starts on it is somebody new.", to.display());
    Ok(())
}

pub(super) fn restore(place: &Place, from: &Path, replace: bool) -> Result<(), Fatal> {
    let name = &place.member.name;
    let aside = replica::restore(&place.paths.replica_dir(name), kind(), from, replace)?;
    if let Some(aside) = aside {
        println!("The data that {name} had is in {} now.", aside.display());
    }
    println!("{name} has the data of {}; it starts as somebody new and reads what it lacks.", from.display());
    Ok(())
}

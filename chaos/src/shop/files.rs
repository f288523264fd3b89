//! What the shop's directories hold before it opens: who there is as each process sees it, and the opening stock; and the
//! copying of data.

use crate::fault::{Caller, Link, Replica};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// The text of an `env.cfg` with these ports.
pub(super) fn env_cfg(why: &str, port: impl Fn(Replica) -> u16) -> String {
    let mut text = format!("# {why}\n");
    for replica in Replica::ALL {
        writeln!(text, "{replica}_ip=127.0.0.1\n{replica}_port={}", port(replica)).expect("a text takes everything");
    }
    text
}

/// Who there is as `me` sees it: itself where it is, everyone else behind a link.
pub(super) fn seen_by(me: Replica, mine: u16, links: &BTreeMap<Link, u16>) -> String {
    env_cfg(&format!("The shop as {me} sees it: everybody else is behind a link that can be troubled."), |other| {
        let link = Link { from: Caller::Replica(me), to: other };
        links.get(&link).copied().filter(|_| other != me).unwrap_or(mine)
    })
}

/// The opening stock as `catalog init` reads it.
pub(super) fn books(stock: &BTreeMap<u32, u64>) -> String {
    let rows = stock
        .iter()
        .map(|(id, units)| format!("{id},Title {id},Author {id},1900,en,topic {},12.50,{units}\n", id % 10));
    format!("id,title,authors,year,language,topic,price,units\n{}", rows.collect::<String>())
}

/// Makes `to` a copy of the database in the directory `from`, whatever was there before.
pub(crate) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(to)? {
        let path = entry?.path();
        if path.is_file() {
            fs::remove_file(path)?;
        }
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.path().is_file() && entry.file_name().to_string_lossy().contains(".db") {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Bytes of the database and its log in a directory.
pub(crate) fn size(directory: &Path) -> u64 {
    let files = fs::read_dir(directory).into_iter().flatten().flatten();
    let databases = files.filter(|file| file.file_name().to_string_lossy().ends_with(".db"));
    databases.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sees_itself_where_it_is_and_everyone_else_behind_a_link_of_its_own() {
        let links: BTreeMap<Link, u16> = Link::all().into_iter().zip(20_000..).collect();
        let mut seen = std::collections::BTreeSet::new();
        for me in Replica::ALL {
            let text = seen_by(me, 9_000, &links);
            assert!(text.contains(&format!("{me}_port=9000\n")), "{text}");
            let ports: Vec<&str> = text.lines().filter(|line| line.contains("_port=2")).collect();
            assert_eq!(ports.len(), Replica::ALL.len() - 1, "{text}");
            assert!(ports.iter().all(|port| seen.insert(port.split('=').nth(1).map(str::to_owned))), "{text}");
        }
    }

    #[test]
    fn a_copy_replaces_what_was_there_and_is_of_the_database_alone() {
        let (from, to) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        let write = |directory: &Path, name: &str| fs::write(directory.join(name), name).expect("written");
        write(from.path(), "order.db");
        write(from.path(), "lock");
        write(to.path(), "order.db-wal");
        copy(from.path(), to.path()).expect("copied");
        let names: Vec<_> = fs::read_dir(to.path()).expect("read").flatten().map(|file| file.file_name()).collect();
        assert_eq!(names, ["order.db"]);
        assert_eq!(size(to.path()), 8);
    }
}

//! The last list, kept in a file, so that a start without ZooKeeper knows as much as the run before.
//!
//! It is written beside its place, synced and renamed, so that the file is always a whole list or none. It is a hint as
//! any list is: a file that is damaged, of another cluster, or of members that `env.cfg` no longer names costs the hint.

use crate::boot::BootId;
use crate::view::{Present, Source, View};
use cluster::{ClusterId, Member};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::net::IpAddr;
use std::path::Path;

/// A file longer than this is not ours, in bytes.
const MOST_BYTES: u64 = 64 * 1024;

#[derive(Serialize, Deserialize)]
struct List {
    cluster: String,
    since_ms: u64,
    members: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    name: String,
    address: IpAddr,
    port: u16,
    boot: Option<String>,
}

/// Reads the list at `path`; `None` when there is none yet.
///
/// # Errors
/// Why the file is of no use, for people.
pub(crate) fn load(path: &Path, cluster: ClusterId, all: &[Member]) -> Result<Option<View>, String> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("it is longer than {MOST_BYTES} bytes"));
    }
    let list: List = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    if list.cluster != cluster.to_string() {
        return Err("it is of another cluster".to_owned());
    }
    let there = |member: &Member| {
        let same = |entry: &&Entry| {
            entry.name == member.name.as_str() && (entry.address, entry.port) == (member.ip, member.port)
        };
        let entry = list.members.iter().find(same)?;
        let boot = entry.boot.as_ref().and_then(|boot| boot.parse::<BootId>().ok());
        Some(Present { member: member.clone(), boot })
    };
    let members = all.iter().filter_map(there).collect();
    Ok(Some(View::of_list(members, all, list.since_ms, Source::Remembered)))
}

/// Writes the list of `view` to `path`, durably.
pub(crate) fn save(path: &Path, cluster: ClusterId, view: &View) -> io::Result<()> {
    let entry = |Present { member, boot }: &Present| Entry {
        name: member.name.to_string(),
        address: member.ip,
        port: member.port,
        boot: boot.as_ref().map(ToString::to_string),
    };
    let members = view.members.iter().map(entry).collect();
    let list = List { cluster: cluster.to_string(), since_ms: view.since_ms, members };
    let draft = path.with_extension("draft");
    let mut file = File::create(&draft)?;
    file.write_all(&serde_json::to_vec(&list)?)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    // The rename itself is on disk only when the directory is.
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => File::open(directory)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_BYTES, load, save};
    use crate::boot::BootId;
    use crate::node::tests::{member, members};
    use crate::view::{Present, Source, View};
    use cluster::ClusterId;
    use std::fs;

    fn cluster(digit: char) -> ClusterId {
        digit.to_string().repeat(32).parse().expect("an id")
    }

    fn view() -> View {
        let present = |name: &str, boot| Present { member: member(name), boot: Some(BootId::from_bits(boot)) };
        View::of_list(vec![present("orderA", 1), present("orderC", u64::MAX)], &members(), 7, Source::ZooKeeper)
    }

    #[test]
    fn a_list_reads_back_as_it_was_written_and_a_later_one_takes_its_place() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("membership.json");
        assert_eq!(load(&path, cluster('1'), &members()), Ok(None));
        save(&path, cluster('1'), &View::of_env_cfg(&members(), 3, true)).expect("written");
        save(&path, cluster('1'), &view()).expect("written again");
        let read = load(&path, cluster('1'), &members()).expect("of use").expect("there");
        assert_eq!(read, View { source: Source::Remembered, healthy: false, ..view() });
        let files: Vec<_> = fs::read_dir(directory.path()).expect("a directory").collect();
        assert_eq!(files.len(), 1, "{files:?}");
    }

    #[test]
    fn members_that_moved_or_are_no_longer_named_are_left_out() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("membership.json");
        save(&path, cluster('1'), &view()).expect("written");
        let mut moved = member("orderC");
        moved.port += 1;
        let all = [member("orderB"), moved];
        let read = load(&path, cluster('1'), &all).expect("of use").expect("there");
        assert_eq!((read.members.len(), read.others), (0, all.to_vec()));
    }

    #[test]
    fn a_file_that_is_of_no_use_is_named_and_costs_only_the_hint() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("membership.json");
        save(&path, cluster('1'), &view()).expect("written");
        let why = load(&path, cluster('2'), &members()).expect_err("of another cluster");
        assert_eq!(why, "it is of another cluster");
        let whole = fs::read(&path).expect("there");
        for end in 0..whole.len() {
            fs::write(&path, &whole[..end]).expect("written");
            assert!(load(&path, cluster('1'), &members()).is_err(), "torn at {end}");
        }
        fs::write(&path, vec![b' '; usize::try_from(MOST_BYTES).expect("small") + 1]).expect("written");
        assert_eq!(load(&path, cluster('1'), &members()), Err("it is longer than 65536 bytes".to_owned()));
    }
}

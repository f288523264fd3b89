//! Copies of a replica's data: made while it runs, and put in place where it does not.
//!
//! A copy says nothing of whose it was. Whoever starts on it is somebody new, by construction, and owns nothing: two who
//! sell from one actor's rights would sell the same copy twice, and a cart replica that counts on an old copy would have
//! missed what was written since.

use crate::Kind;
use crate::database::{OpenError, lock, read_only};
use crate::rows::only;
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

const COPY: &str = "vacuum into ?1";
const INTEGRITY: &str = "pragma integrity_check(1)";
const VERSION: &str = "pragma user_version";
const HAS_TABLE: &str = "select exists (select 1 from sqlite_schema where type = 'table' and name = ?1) as there";
/// Between two looks at how far a copy is.
const LOOK: Duration = Duration::from_secs(2);
/// The files beside a database that belong to it.
const BESIDE: [&str; 3] = ["", "-wal", "-shm"];

/// Why a copy was not made or not put in place. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CopyError {
    /// The data can't be opened, or is in use.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A file can't be read or written.
    #[error("{}: {why}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        why: io::Error,
    },
    /// Something is there that would be lost.
    #[error("{} is there already: {advice}", path.display())]
    There {
        /// Which file.
        path: PathBuf,
        /// What to do.
        advice: &'static str,
    },
    /// The database said no.
    #[error("{}: {why}", path.display())]
    Database {
        /// Which file.
        path: PathBuf,
        /// What it said.
        why: rusqlite::Error,
    },
    /// The file is no copy that could be used here.
    #[error("{} can't be used: {why}", path.display())]
    Unfit {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl From<CopyError> for serve::command_line::Fatal {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::Open(error) => error.into(),
            error => Self::Failed(error.to_string()),
        }
    }
}

/// Copies the data in `directory`, whose replica may be running, to the file `to`, and checks the copy.
///
/// `progress` is told every two seconds how many bytes there are of how many at most.
///
/// # Errors
/// See [`CopyError`]; a file that is there is never written over.
pub(crate) fn back_up(
    directory: &Path,
    kind: Kind,
    to: &Path,
    progress: impl Fn(u64, u64) + Send,
) -> Result<(), CopyError> {
    let there = || CopyError::There { path: to.to_owned(), advice: "name another directory for this backup" };
    if to.exists() {
        return Err(there());
    }
    let draft = beside(to, ".unfinished");
    let file = |path: &Path| {
        let path = path.to_owned();
        move |why| CopyError::File { path, why }
    };
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(file(parent))?;
    }
    // What an earlier attempt left behind is of no use to anyone.
    forget(&draft).map_err(file(&draft))?;
    let from = read_only(directory, kind.file)?;
    let size = fs::metadata(directory.join(kind.file)).map_or(0, |data| data.len());
    let copied = watched(&draft, size, progress, || from.execute(COPY, [draft.to_string_lossy()]));
    copied.map_err(|why| CopyError::Database { path: draft.clone(), why })?;
    let done = strip(&draft, kind).and_then(|()| {
        // What has the name is whole, also after the power is lost.
        sync(&draft).map_err(file(&draft))?;
        // Unlike a renaming, a link never replaces what is there.
        fs::hard_link(&draft, to).map_err(|why| match why.kind() {
            io::ErrorKind::AlreadyExists => there(),
            _ => CopyError::File { path: to.to_owned(), why },
        })
    });
    // A draft that stays behind is removed by the next attempt.
    let _ = forget(&draft);
    done?;
    sync(to).map_err(file(to))
}

/// Puts a copy of the backup `from` in place as the data in `directory`, whose replica must not run. Its next start is
/// that of a new actor.
///
/// Data that is there is moved aside where `replace` says so; the path it was moved to is returned.
///
/// # Errors
/// See [`CopyError`].
pub(crate) fn restore(directory: &Path, kind: Kind, from: &Path, replace: bool) -> Result<Option<PathBuf>, CopyError> {
    // Held to the end, so that the replica can't start on half of it.
    let _lock = lock(directory)?;
    let to = directory.join(kind.file);
    if to.exists() && !replace {
        let advice = "this replica has data; --replace moves it aside";
        return Err(CopyError::There { path: to, advice });
    }
    let draft = beside(&to, ".restored");
    let file = |path: &Path| {
        let path = path.to_owned();
        move |why| CopyError::File { path, why }
    };
    forget(&draft).map_err(file(&draft))?;
    fs::copy(from, &draft).map_err(file(from))?;
    if let Err(unfit) = strip(&draft, kind) {
        let _ = forget(&draft);
        return Err(unfit);
    }
    let aside = if to.exists() { Some(move_aside(&to)?) } else { None };
    fs::rename(&draft, &to).map_err(file(&to))?;
    sync(&to).map_err(file(&to))?;
    Ok(aside)
}

/// Checks a copy, and takes out of it who wrote it.
fn strip(copy: &Path, kind: Kind) -> Result<(), CopyError> {
    let broken = |why| CopyError::Database { path: copy.to_owned(), why };
    let unfit = |why: String| CopyError::Unfit { path: copy.to_owned(), why };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(copy, flags).map_err(broken)?;
    let verdict: String = only(&database, INTEGRITY, (), |row| row.get(0)).map_err(broken)?;
    if verdict != "ok" {
        return Err(unfit(verdict));
    }
    if !only(&database, HAS_TABLE, [kind.own_table], |row| row.get("there")).map_err(broken)? {
        return Err(unfit("it is no database of this tier".into()));
    }
    let version: usize = only(&database, VERSION, (), |row| row.get(0)).map_err(broken)?;
    if version > kind.tables.len() {
        let known = kind.tables.len();
        return Err(unfit(format!("it has tables of version {version}, this program knows up to {known}")));
    }
    // A name of ours, not of anybody who could choose it.
    database.execute(&format!("delete from {}", kind.whose), ()).map_err(broken)?;
    database.close().map_err(|(_, why)| broken(why))
}

/// Tells how far the file `draft` has grown while `copy` works.
fn watched<T>(draft: &Path, size: u64, progress: impl Fn(u64, u64) + Send, copy: impl FnOnce() -> T) -> T {
    let (done, over) = std::sync::mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while over.recv_timeout(LOOK) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                progress(fs::metadata(draft).map_or(0, |data| data.len()), size);
            }
        });
        let copied = copy();
        drop(done);
        copied
    })
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Removes a database and what belongs to it, where it is.
fn forget(path: &Path) -> io::Result<()> {
    for suffix in BESIDE.into_iter().chain(["-journal"]) {
        match fs::remove_file(beside(path, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => (),
        }
    }
    Ok(())
}

/// Moves a database into a directory of its own beside it; returns where it is now.
fn move_aside(path: &Path) -> Result<PathBuf, CopyError> {
    let failed = |why| CopyError::File { path: path.to_owned(), why };
    let free =
        (1..=u32::MAX).map(|n| path.with_file_name(format!("replaced-{n}"))).find(|directory| !directory.exists());
    let directory = free.expect("there are more numbers than directories");
    fs::create_dir(&directory).map_err(failed)?;
    let name = path.file_name().unwrap_or_default();
    for suffix in BESIDE {
        match fs::rename(beside(path, suffix), beside(&directory.join(name), suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => (),
        }
    }
    Ok(directory.join(name))
}

/// The file and its name are on disk when this returns.
fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()?;
    path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::{CopyError, back_up, restore};
    use crate::{Database, JOURNAL_TABLES, Kind, RETIRED_TABLE, Tables, store};
    use cluster::Tier;
    use journal::ActorId;
    use std::fs;

    const TABLES: Tables = &[JOURNAL_TABLES, RETIRED_TABLE];
    const KIND: Kind =
        Kind { tier: Tier::Catalog, file: "test.db", tables: TABLES, own_table: "retired", whose: "identity" };

    #[test]
    fn a_copy_of_data_in_use_has_everything_but_who_wrote_it_and_replaces_nothing() {
        let directory = tempfile::tempdir().expect("a directory");
        let (data, copy) = (directory.path().join("data"), directory.path().join("backup/test.db"));
        let running = Database::open(&data, KIND.file, TABLES).expect("opens");
        store::become_actor(&running.writer, ActorId::from_bits(7)).expect("writes");
        running.writer.execute("insert into head values ('a', 1, 'b')", ()).expect("writes");
        back_up(&data, KIND, &copy, |_, _| ()).expect("copies");
        assert!(matches!(back_up(&data, KIND, &copy, |_, _| ()), Err(CopyError::There { .. })));
        assert!(matches!(restore(&data, KIND, &copy, true), Err(CopyError::Open(_))), "it is running");
        drop(running);
        assert!(matches!(restore(&data, KIND, &copy, false), Err(CopyError::There { .. })));
        let aside = restore(&data, KIND, &copy, true).expect("restores").expect("it was moved aside");
        assert!(aside.exists());
        let restored = Database::open(&data, KIND.file, TABLES).expect("opens");
        assert_eq!(store::identity(&restored.writer).expect("reads"), None);
        let heads: i64 = restored.writer.query_row("select count(*) from head", (), |row| row.get(0)).expect("reads");
        assert_eq!(heads, 1);
    }

    #[test]
    fn what_is_damaged_or_of_another_tier_is_not_put_in_place() {
        let directory = tempfile::tempdir().expect("a directory");
        let (data, copy) = (directory.path().join("data"), directory.path().join("copy.db"));
        drop(Database::open(&directory.path().join("other"), KIND.file, TABLES).expect("opens"));
        back_up(&directory.path().join("other"), KIND, &copy, |_, _| ()).expect("copies");
        let other = Kind { own_table: "orders", ..KIND };
        assert!(matches!(restore(&data, other, &copy, false), Err(CopyError::Unfit { .. })));
        let older = Kind { tables: &TABLES[..1], ..KIND };
        assert!(matches!(restore(&data, older, &copy, false), Err(CopyError::Unfit { .. })));
        let mut bytes = fs::read(&copy).expect("reads");
        let middle = bytes.len() / 2;
        bytes[..middle].fill(0x55);
        fs::write(&copy, bytes).expect("writes");
        assert!(restore(&data, KIND, &copy, false).is_err());
        assert!(!data.join(KIND.file).exists(), "nothing was put in place");
    }
}

//! One file of the desk: what has arrived of it, how far it is, and what was found wrong.

use crate::files::{self, Mapping, Reading};
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;
use wire::Problem;
use wire::import::{BadRow, MOST_BAD, MOST_BYTES, Phase, Status, Wanted};

use super::shelving::Tally;

/// The most characters of a file's name that are kept.
const MOST_NAME: usize = 200;
/// Books that could not be counted and are told of.
const MOST_TOLD: usize = 20;

/// Whether somebody can want this.
///
/// # Errors
/// The field that is wrong, and why.
pub(super) fn check(wanted: &Wanted) -> Result<(), Problem> {
    reading(wanted).map_err(|(field, why)| Problem::invalid(field, why)).map(drop)
}

/// How the file is to be read.
fn reading(wanted: &Wanted) -> Result<Reading, (&'static str, String)> {
    let mapping: Mapping = wanted.map.parse().map_err(|why| ("map", why))?;
    let currency = wanted.currency.trim();
    let is_code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
    if !currency.is_empty() && !is_code {
        return Err(("currency", "a currency has three capital letters, such as EUR".into()));
    }
    if wanted.name.chars().count() > MOST_NAME || wanted.name.chars().any(char::is_control) {
        return Err(("name", format!("the name of a file has at most {MOST_NAME} characters")));
    }
    Ok(Reading { mapping, currency: Some(currency.to_owned()).filter(|code| !code.is_empty()) })
}

/// What the disk said instead of taking a part.
pub(super) fn no_room(error: &io::Error) -> Problem {
    tracing::error!(%error, "a file of an import can't be written");
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Problem::definite(507, "no-room", "The disk of this catalog is full; nothing was imported.")
        }
        _ => Problem::definite(503, "not-written", "This catalog can't write the file down; nothing was imported."),
    }
}

/// A file on its way.
pub(super) struct Job {
    pub(super) id: Uuid,
    path: PathBuf,
    cancelled: AtomicBool,
    state: Mutex<State>,
}

struct State {
    status: Status,
    bad_rows: Vec<BadRow>,
    /// When something came of it last.
    touched: Instant,
}

impl Job {
    pub(super) fn new(id: Uuid, wanted: Wanted, path: PathBuf, now_ms: u64) -> Self {
        let status = Status {
            id,
            wanted,
            began_ms: now_ms,
            phase: Phase::Arriving,
            bytes: 0,
            read: 0,
            good: 0,
            bad: 0,
            done: 0,
            added: 0,
            changed: 0,
            recounted: 0,
            not_counted: Vec::new(),
        };
        let state = Mutex::new(State { status, bad_rows: Vec::new(), touched: Instant::now() });
        Self { id, path, cancelled: AtomicBool::new(false), state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn status(&self) -> Status {
        self.state().status.clone()
    }

    pub(super) fn bad_rows(&self) -> Vec<BadRow> {
        self.state().bad_rows.clone()
    }

    pub(super) fn is_over(&self) -> bool {
        self.state().status.phase.is_over()
    }

    /// Opens what arrived, from its beginning.
    pub(super) fn books(&self) -> Result<files::Books<io::BufReader<fs::File>>, String> {
        let reading = reading(&self.status().wanted).map_err(|(_, why)| why)?;
        let nameless = |why: String| why.strip_prefix(&format!("{}: ", self.path.display())).unwrap_or(&why).to_owned();
        files::open(self.file(), &reading).map_err(nameless)
    }

    fn file(&self) -> &Path {
        &self.path
    }

    /// Writes down what came. It blocks.
    pub(super) fn take(&self, from: u64, bytes: &[u8]) -> Result<(), Problem> {
        // Held while it is written: parts come one after the other.
        let mut state = self.state();
        let have = state.status.bytes;
        let end = from.saturating_add(bytes.len() as u64);
        if state.status.phase != Phase::Arriving {
            return Err(Problem::definite(409, "not-arriving", "Nothing more is taken of this file."));
        }
        if end <= have {
            return Ok(());
        }
        if from != have {
            let detail = format!("{have} bytes of this file are here; go on behind them");
            return Err(Problem::definite(409, "wrong-place", detail));
        }
        if end > MOST_BYTES {
            let why =
                format!("The file has more than {} MiB. Import it in parts, or with catalog import.", MOST_BYTES >> 20);
            self.over(&mut state, Phase::Stopped(why.clone()));
            return Err(Problem::definite(413, "too-large", why));
        }
        let written = OpenOptions::new().create(true).append(true).open(&self.path);
        if let Err(error) = written.and_then(|mut file| file.write_all(bytes)) {
            let problem = no_room(&error);
            self.over(&mut state, Phase::Stopped(problem.detail.clone()));
            return Err(problem);
        }
        (state.status.bytes, state.touched) = (end, Instant::now());
        Ok(())
    }

    pub(super) fn begin(&self) -> Result<(), Problem> {
        let mut state = self.state();
        if state.status.phase != Phase::Arriving {
            return Err(Problem::definite(409, "begun", "This import has begun, or is over."));
        }
        state.status.phase = Phase::Waiting;
        Ok(())
    }

    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
        let mut state = self.state();
        // What runs sees it for itself, and stops where it is whole.
        if matches!(state.status.phase, Phase::Arriving | Phase::Waiting) {
            self.over(&mut state, Phase::Cancelled);
        }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Gives it up where it stopped arriving so long ago.
    pub(super) fn give_up_after(&self, after: Duration) {
        let mut state = self.state();
        if state.status.phase == Phase::Arriving && state.touched.elapsed() > after {
            self.over(&mut state, Phase::Stopped("The rest of the file never came.".into()));
        }
    }

    /// It is in this phase now.
    pub(super) fn is(&self, phase: Phase) {
        let mut state = self.state();
        if phase.is_over() {
            self.over(&mut state, phase);
        } else {
            state.status.phase = phase;
        }
    }

    fn over(&self, state: &mut State, phase: Phase) {
        state.status.phase = phase;
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != ErrorKind::NotFound
        {
            tracing::warn!(%error, file = %self.path.display(), "the file of an import that is over can't be removed");
        }
    }

    /// So much was read, and what was found in it.
    pub(super) fn found(&self, read: u64, good: u64, bad: &mut Vec<BadRow>) {
        let mut state = self.state();
        state.status.read = read;
        state.status.good = good;
        state.status.bad += bad.len() as u64;
        let room = MOST_BAD - state.bad_rows.len();
        state.bad_rows.extend(bad.drain(..).take(room));
    }

    /// So many books more went through the shop, and what that did in all.
    pub(super) fn went(&self, more: u64, tally: &Tally) {
        let status = &mut self.state().status;
        status.done += more;
        (status.added, status.changed, status.recounted) = (tally.added, tally.changed, tally.recounted);
        status.not_counted = tally.not_counted.iter().take(MOST_TOLD).cloned().collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(directory: &Path) -> Job {
        Job::new(Uuid::from_u128(1), Wanted::default(), directory.join("file"), 7)
    }

    #[test]
    fn a_file_arrives_part_by_part_and_a_part_that_comes_twice_is_there_once() {
        let directory = tempfile::tempdir().expect("a directory");
        let job = job(directory.path());
        job.take(0, b"id,ti").expect("taken");
        job.take(5, b"tle").expect("taken");
        job.take(5, b"tle").expect("known");
        assert_eq!(job.take(9, b"x").expect_err("a gap").status, 409);
        assert_eq!(fs::read(job.file()).expect("there"), b"id,title");
        job.begin().expect("begun");
        assert_eq!((job.take(8, b"x").expect_err("begun").status, job.begin().expect_err("begun").status), (409, 409));
    }

    #[test]
    fn what_is_given_up_leaves_no_file_behind() {
        let directory = tempfile::tempdir().expect("a directory");
        let (cancelled, abandoned) = (job(directory.path()), job(directory.path()));
        cancelled.take(0, b"x").expect("taken");
        cancelled.cancel();
        assert_eq!(cancelled.status().phase, Phase::Cancelled);
        assert!(!cancelled.file().exists());
        abandoned.take(0, b"x").expect("taken");
        abandoned.give_up_after(Duration::ZERO);
        assert!(abandoned.is_over() && !abandoned.file().exists());
    }

    #[test]
    fn what_is_wanted_is_refused_by_the_name_of_its_field() {
        let wanted = |map: &str, currency: &str, name: &str| Wanted {
            map: map.into(),
            currency: currency.into(),
            name: name.into(),
            ..Wanted::default()
        };
        assert_eq!(check(&wanted("title=Titel", "EUR", "books.csv")), Ok(()));
        let long = "x".repeat(201);
        for (map, currency, name, field) in [
            ("title", "", "", "map"),
            ("", "euro", "", "currency"),
            ("", "", long.as_str(), "name"),
            ("", "", "\n", "name"),
        ] {
            assert_eq!(check(&wanted(map, currency, name)).expect_err(field).field.as_deref(), Some(field));
        }
    }
}

//! The files of a report: where they lie, and that each is there as a whole or not at all.

use super::page;
use crate::outcome::Outcome;
use serde::Serialize;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Where a report was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The outcome as JSON, to be computed with.
    pub json: PathBuf,
    /// The page, to be read: one file that asks nobody for anything.
    pub page: PathBuf,
}

/// Writes the outcome as `<scenario>.json` and its page as `<scenario>.html` to `directory`, which is made if need be.
/// What a former run of the scenario left there is replaced.
///
/// # Errors
/// The directory can't be made or a file can't be written; the error names which, and a former file is still whole.
pub fn write(directory: &Path, outcome: &Outcome) -> io::Result<Written> {
    let stem = stem(&outcome.scenario);
    let page = page::render(outcome, &format!("{stem}.json")).map_err(io::Error::other)?;
    keep(directory, &stem, outcome, &page)
}

/// Writes `figures` as `<stem>.json` and `page` as `<stem>.html` to `directory`, which is made if need be. What was there
/// is replaced.
///
/// # Errors
/// As [`write()`].
pub fn keep(directory: &Path, stem: &str, figures: &impl Serialize, page: &str) -> io::Result<Written> {
    fs::create_dir_all(directory).map_err(|error| about(directory, &error))?;
    let written =
        Written { json: directory.join(format!("{stem}.json")), page: directory.join(format!("{stem}.html")) };
    let mut json = serde_json::to_string_pretty(figures)?;
    json.push('\n');
    replace(&written.json, json.as_bytes())?;
    replace(&written.page, page.as_bytes())?;
    Ok(written)
}

/// The scenario as the name of a file: a name can't lead out of the directory, and hides nothing.
fn stem(scenario: &str) -> String {
    let plain: String = scenario
        .chars()
        .take(100)
        .map(|letter| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '-' })
        .collect();
    if plain.is_empty() { "run".to_owned() } else { plain }
}

/// Puts `content` in the place of `path` in one step: whoever reads sees the old file or the new one.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = PathBuf::from(beside);
    let done = fill(&beside, content).and_then(|()| fs::rename(&beside, path));
    done.map_err(|error| {
        // The error is what matters; the leftover is only untidy.
        drop(fs::remove_file(&beside));
        about(path, &error)
    })
}

/// Writes a new file and waits until the disk has it, so that the rename can't overtake the content.
fn fill(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// The error with the path it is about.
fn about(path: &Path, error: &io::Error) -> io::Error {
    let says = format!("cannot write the report to {}: {error}; name a directory that can be written", path.display());
    io::Error::new(error.kind(), says)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{Scratch, failover};

    #[test]
    fn the_json_file_is_the_outcome_again() {
        let scratch = Scratch::new();
        let written = write(&scratch.path().join("not/there/yet"), &failover()).expect("a directory to write to");
        let json = fs::read(&written.json).expect("the file was written");
        assert_eq!(serde_json::from_slice::<Outcome>(&json).expect("JSON"), failover());
        let page = fs::read_to_string(&written.page).expect("the file was written");
        assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    }

    #[test]
    fn a_second_run_replaces_the_first_and_leaves_nothing_beside_it() {
        let scratch = Scratch::new();
        let mut outcome = failover();
        write(scratch.path(), &outcome).expect("the first report");
        outcome.seed = 99;
        let written = write(scratch.path(), &outcome).expect("the second report");
        let json = fs::read(&written.json).expect("the file was written");
        assert_eq!(serde_json::from_slice::<Outcome>(&json).expect("JSON").seed, 99);
        assert_eq!(fs::read_dir(scratch.path()).expect("the directory").count(), 2);
    }

    #[test]
    fn a_scenario_cannot_lead_out_of_the_directory() {
        let scratch = Scratch::new();
        for (scenario, name) in [("../../etc/x", "------etc-x.json"), ("", "run.json"), ("cache_1", "cache_1.json")] {
            let written = write(scratch.path(), &Outcome { scenario: scenario.to_owned(), ..failover() });
            assert_eq!(written.expect("a report").json, scratch.path().join(name));
        }
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named_in_the_error() {
        let scratch = Scratch::new();
        let file = scratch.path().join("file");
        fs::write(&file, "in the way").expect("a file in the scratch directory");
        let error = write(&file, &failover()).expect_err("a file is no directory");
        assert!(error.to_string().contains(&file.display().to_string()), "{error}");
    }
}

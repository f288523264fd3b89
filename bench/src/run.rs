//! One run: the parts in turn, each with its table, and what is kept of them.

use crate::error::{BenchError, While};
use crate::figures::Part;
use crate::parts::{self, Name, Setting};
use crate::postgres::Install;
use crate::publish::Page;
use crate::shop::Place;
use crate::{Run, table};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Entries that a replica misses while it is away.
const MISSED: u64 = 100_000;
const QUICKLY_MISSED: u64 = 2_000;
/// Titles of a large shop.
const TITLES: u64 = 1_000_000;
const QUICK_TITLES: u64 = 5_000;

/// Runs what was asked for. A part that fails does not keep the others from being measured.
pub(crate) async fn run(options: Run) -> Result<(), BenchError> {
    let Run { parts, rounds, seconds, figures, quick, programs, scratch } = options;
    let (rounds, seconds) = if quick { (1, 1) } else { (rounds, seconds) };
    let parts = if parts.is_empty() { Name::ALL.to_vec() } else { parts };
    let repository = repository()?;
    // Known before anything takes minutes.
    let figures = figures.unwrap_or_else(|| repository.join("docs/figures.md"));
    let page = if quick { None } else { Some(Page::open(&figures, &parts)?) };
    let scratch = scratch.unwrap_or_else(|| repository.join("target"));
    fs::create_dir_all(&scratch).during(format!("making {}", scratch.display()))?;
    let programs = absolute(&programs.unwrap_or_else(|| repository.join("target/release")))?;
    let place = Place { programs, scratch: absolute(&scratch)?, repository };
    let postgres = Install::find();
    if postgres.is_none() && parts.contains(&Name::Sale) {
        eprintln!("PostgreSQL is not installed (Debian: apt-get install postgresql): its figures are skipped");
    }
    let (missed, titles) = if quick { (QUICKLY_MISSED, QUICK_TITLES) } else { (MISSED, TITLES) };
    let setting = Setting { place, rounds, span: Duration::from_secs(seconds), missed, titles, postgres };
    let mut failed = Vec::new();
    for name in parts {
        eprintln!("{name}:");
        match parts::measure(name, &setting).await {
            Ok(figures) => {
                let part = Part { name: name.to_string(), machine: machine(), rounds, seconds, figures };
                println!("## {name}\n\n{}", table::table(&part));
                if let Some(page) = &page {
                    page.take(part)?;
                }
            }
            Err(error) => {
                eprintln!("  {error}");
                failed.push(name.to_string());
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(BenchError::new(format!("not measured: {}", failed.join(", ")))) }
}

/// Returns when this process is to stop before its end.
pub(crate) async fn told_to_stop() -> Result<(), BenchError> {
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt()).during("listening")?, signal(SignalKind::terminate()).during("listening")?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Err(BenchError::new("stopped before its end; what it had started is stopped"))
}

fn repository() -> Result<PathBuf, BenchError> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    absolute(here.parent().unwrap_or(here))
}

fn absolute(path: &Path) -> Result<PathBuf, BenchError> {
    path.canonicalize().during(format!("looking for {}", path.display()))
}

/// What a reader has to know of the machine: its processor, and how many threads it runs at once.
fn machine() -> String {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("a processor that does not say its name", |(_, name)| name.trim());
    format!("{threads} threads of {model}")
}

//! `catalog import --covers`: brings covers into the running shop, some at once, each handed in as an upload is.

use super::cover_source::Source;
use super::progress::Progress;
use crate::covers::examined;
use crate::imports::Shelving;
use futures::StreamExt as _;
use futures::stream;
use std::path::{Path, PathBuf};
use wire::ItemId;

/// Covers that are fetched at the same time.
const AT_ONCE: usize = 8;
/// Failures that are shown; the rest is counted.
const MOST_SHOWN: usize = 50;

/// What became of the covers of an import.
pub(super) struct Covers {
    /// Where the file of books lies.
    directory: PathBuf,
    progress: Progress,
    brought: u64,
    failed: u64,
    /// The first of the failures.
    shown: Vec<String>,
}

impl Covers {
    /// Those that a file of `number` books names.
    pub(super) fn of(file: &Path, number: u64) -> Self {
        let directory = file.parent().unwrap_or(Path::new("")).to_owned();
        let progress = Progress::new("covers", "covers", number);
        Self { directory, progress, brought: 0, failed: 0, shown: Vec::new() }
    }

    /// Brings covers to their books. What fails is noted, and holds nothing up.
    pub(super) async fn bring(&mut self, to: &Shelving, covers: Vec<(ItemId, String)>) {
        let directory = self.directory.clone();
        let brought = stream::iter(covers).map(|(item, place)| {
            let directory = &directory;
            async move {
                let brought = one(to, item, &place, directory).await;
                brought.map_err(|why| format!("item {item}, {place}: {why}"))
            }
        });
        let mut brought = std::pin::pin!(brought.buffer_unordered(AT_ONCE));
        while let Some(one) = brought.next().await {
            match one {
                Ok(()) => self.brought += 1,
                Err(why) => {
                    self.failed += 1;
                    if self.shown.len() < MOST_SHOWN {
                        self.shown.push(why);
                    }
                }
            }
            self.progress.add(1);
        }
    }

    /// Says what became of them, and how many failed.
    pub(super) fn done(self) -> u64 {
        self.progress.done();
        println!("{} covers brought in, {} not.", self.brought, self.failed);
        for why in &self.shown {
            eprintln!("no cover: {why}");
        }
        if self.failed > MOST_SHOWN as u64 {
            eprintln!("… and {} more without a cover", self.failed - MOST_SHOWN as u64);
        }
        self.failed
    }
}

async fn one(to: &Shelving, item: ItemId, place: &str, directory: &Path) -> Result<(), String> {
    let bytes = Source::read(place, directory)?.fetched().await?;
    let image = examined(bytes).map_err(|why| why.to_string())?;
    to.cover(item, image.bytes.to_vec()).await.map_err(|error| error.to_string())
}

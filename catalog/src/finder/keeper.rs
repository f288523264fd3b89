//! The thread that keeps the index: opens it, builds it where it can't be opened, and follows the journals.
//!
//! It reads what is committed and writes beside it. How far it has read stands in each of its commits, so a crash costs
//! what was read since; and it rests ten times as long as it worked, so that neither its syncs nor its reading stand in the
//! way of sales, and an import is not kept up by its index.

use super::news::{News, document, leads_here, since};
use super::{Finder, Progress, State};
use crate::machine::Catalog;
use crate::store;
use journal::Heads;
use replica::{Published, Replica};
use rusqlite::Connection;
use search::{Document, Failed, Index, Writer};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::watch;
use wire::{ItemId, ItemState};

/// Books that are read in one go while the index is built.
const PAGE: u32 = 2_000;
/// The least and the most that it rests after its work: what changes meanwhile is one commit.
const REST: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));
/// Entries that may have been read without a commit: more would have to be read again after a crash.
const UNSAVED: u64 = 20_000;
/// Until the next try, when the index can't be written.
const AGAIN: Duration = Duration::from_secs(5);

/// Why the index is given up, to be built again.
#[derive(Debug, thiserror::Error)]
enum GivenUp {
    #[error(transparent)]
    Index(#[from] Failed),
    #[error("the catalog can't be read: {0}")]
    Data(#[from] rusqlite::Error),
    #[error("somebody could not read it")]
    Broken,
    #[error("its position can't be read")]
    Position,
}

/// What keeps the index of one replica.
pub(crate) struct Keeper {
    finder: Finder,
    replica: Replica<Catalog>,
    directory: PathBuf,
    published: watch::Receiver<Arc<Published>>,
    runtime: Handle,
    /// Whether the replica has ended, and there will be no more news.
    ended: bool,
}

/// The thread of the keeper; to be waited for after the replica has stopped.
pub(crate) struct KeeperThread(std::thread::JoinHandle<()>);

impl KeeperThread {
    /// Waits until the keeper has written down how far it has read.
    pub(crate) async fn finished(self) {
        // One that panicked has said so in the log, and the index is opened or built at the next start.
        drop(tokio::task::spawn_blocking(move || self.0.join()).await);
    }
}

impl Keeper {
    /// Starts to keep the index of `replica` in `directory`, for `finder` to ask.
    ///
    /// # Errors
    /// When there can't be another thread.
    pub(crate) fn start(
        finder: Finder,
        replica: Replica<Catalog>,
        directory: PathBuf,
    ) -> Result<KeeperThread, std::io::Error> {
        let (published, runtime) = (replica.follow(), Handle::current());
        let mut keeper = Self { finder, replica, directory, published, runtime, ended: false };
        std::thread::Builder::new().name("search".into()).spawn(move || keeper.run()).map(KeeperThread)
    }

    fn run(&mut self) {
        // Nothing is known of the data before the replica knows who it is.
        let known = self.runtime.block_on(self.published.wait_for(|published| published.me.is_some())).is_ok();
        let mut fresh = false;
        while known && !self.ended {
            let kept = self.opened(fresh).and_then(|(index, writer, position)| self.keep(&index, writer, position));
            self.finder.set(State::Opening);
            if let Err(why) = kept {
                tracing::warn!(%why, "the search index is given up for now");
                // What can't be read of the tables is no fault of the index.
                fresh = !matches!(why, GivenUp::Data(_));
                self.rest(AGAIN.min(REST.0 * 10));
            }
        }
    }

    /// The index as it is on disk, or a new one.
    fn opened(&mut self, fresh: bool) -> Result<(Index, Writer, Heads), GivenUp> {
        if !fresh {
            match Index::open(&self.directory) {
                Ok((index, writer, position)) => {
                    let heads: Heads = serde_json::from_str(&position).map_err(|_| GivenUp::Position)?;
                    let held = self.held();
                    let (then, now) = (heads.clone(), held);
                    if self.read(move |data| leads_here(data, &then, &now))? {
                        tracing::info!(titles = index.books(), "the search index was opened");
                        return Ok((index, writer, heads));
                    }
                    tracing::warn!("the search index is of other data: it is built again");
                }
                Err(why) => tracing::info!(%why, "the search index can't be opened: it is built"),
            }
        }
        self.build()
    }

    /// Builds it from the tables. What changes meanwhile is in the journals behind the position it begins with.
    fn build(&mut self) -> Result<(Index, Writer, Heads), GivenUp> {
        let (began, progress) = (Instant::now(), Arc::new(Progress::default()));
        self.finder.set(State::Building(Arc::clone(&progress), began));
        let position = self.held();
        let titles = self.read(store::titles)?;
        progress.of.store(titles, Ordering::Relaxed);
        let (index, mut writer) = Index::create(&self.directory)?;
        let mut after: Option<ItemId> = None;
        loop {
            let page = self.read(move |books| store::of_topic(books, None, after, Some(PAGE)))?;
            for state in page.iter().filter_map(|state| serde_json::from_str::<ItemState>(state).ok()) {
                after = Some(state.id);
                if let Some(document) = document(&state) {
                    writer.add(&document)?;
                }
            }
            progress.done.fetch_add(page.len() as u64, Ordering::Relaxed);
            if page.len() < PAGE as usize || self.has_ended() {
                break;
            }
        }
        if self.has_ended() {
            // Not committed, it is none: the next start builds it.
            return Ok((index, writer, position));
        }
        writer.commit(&written(&position))?;
        tracing::info!(titles = index.books(), took = ?began.elapsed(), "the search index was built");
        Ok((index, writer, position))
    }

    /// Follows the journals until the replica ends.
    fn keep(&mut self, index: &Index, mut writer: Writer, mut position: Heads) -> Result<(), GivenUp> {
        let (mut unsaved, mut shown) = (0, false);
        while !self.has_ended() {
            let began = Instant::now();
            let held = self.held();
            let mut changed = false;
            loop {
                let (then, now) = (position.clone(), held.clone());
                let (news, states) = self.read(move |data| news_with_states(data, &then, &now))?;
                changed |= put(index, &mut writer, &news, &states)?;
                unsaved += news.entries;
                position = news.read;
                if !news.more {
                    break;
                }
            }
            if changed || unsaved >= UNSAVED {
                writer.commit(&written(&position))?;
                unsaved = 0;
            }
            if !shown {
                // Only now: an index from before a crash is brought up first.
                self.finder.set(State::Ready(index.clone()));
                shown = true;
            }
            self.rest((began.elapsed() * 10).clamp(REST.0, REST.1));
            self.wait_for_news()?;
        }
        if unsaved > 0 {
            writer.commit(&written(&position))?;
        }
        Ok(writer.finish()?)
    }

    fn held(&mut self) -> Heads {
        self.published.borrow_and_update().held.heads.clone()
    }

    fn has_ended(&mut self) -> bool {
        self.ended |= self.published.has_changed().is_err();
        self.ended
    }

    fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> rusqlite::Result<T> {
        self.runtime.block_on(self.replica.readers().read(look))
    }

    /// Waits for a commit of the replica, or for its end.
    fn wait_for_news(&mut self) -> Result<(), GivenUp> {
        let (broken, published) = (&self.finder.0.broken, &mut self.published);
        self.runtime.block_on(async {
            tokio::select! {
                () = broken.notified() => Err(GivenUp::Broken),
                // The end is noticed by whoever waits next.
                _ = published.changed() => Ok(()),
            }
        })
    }

    /// Rests, unless the replica ends.
    fn rest(&mut self, how_long: Duration) {
        let (published, mut news) = (&mut self.published, false);
        let ended = async {
            while published.changed().await.is_ok() {
                news = true;
            }
        };
        self.ended |= self.runtime.block_on(async { tokio::time::timeout(how_long, ended).await.is_ok() });
        if news {
            // What was passed over here is news all the same.
            self.published.mark_changed();
        }
    }
}

fn news_with_states(data: &Connection, position: &Heads, held: &Heads) -> rusqlite::Result<(News, Vec<ItemState>)> {
    let news = since(data, position, held)?;
    let ids: Vec<ItemId> = news.described.union(&news.counted).copied().collect();
    let states = store::states(data, &ids)?;
    let read = states.into_values().filter_map(|state| serde_json::from_str(&state).ok());
    Ok((news, read.collect()))
}

/// Puts the books into the index that are otherwise there; returns whether there were any.
fn put(index: &Index, writer: &mut Writer, news: &News, states: &[ItemState]) -> Result<bool, Failed> {
    let mut changed = false;
    for document in states.iter().filter_map(document) {
        if news.described.contains(&document.id) || has_turned(index, &document)? {
            writer.put(&document)?;
            changed = true;
        }
    }
    Ok(changed)
}

/// Whether the index still says that there is none of a book, or that there is one.
fn has_turned(index: &Index, document: &Document) -> Result<bool, Failed> {
    Ok(index.available(document.id)? != Some(document.available))
}

fn written(position: &Heads) -> String {
    serde_json::to_string(position).expect("actors, numbers and hashes have a JSON form")
}

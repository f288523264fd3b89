//! Finding books: the index beside this replica's data, and who may ask it when.
//!
//! The index is a copy of what the tables say, and nothing but that: it may be missing, of another version, damaged or
//! behind, and is built again or brought up by [`keeper`], on a thread of its own. Nobody who sells waits for it, and
//! until it is there whoever searches is told so. [`news`] says which books the journal has changed, [`answer`] makes an
//! answer out of what was found.

mod answer;
mod keeper;
mod news;

pub(crate) use keeper::Keeper;

use search::{Ask, Found, Index};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore, watch};
use wire::Problem;

/// Searches that are under way at once: one for each core, so that a crowd waits in line instead of in each other's way.
/// Decision 10 has both beside each other.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// How long one waits in that line.
const PATIENCE: Duration = Duration::from_millis(300);
/// How long one waits for an index that may be there in a moment, and how long it may be expected to.
const MOMENT: Duration = Duration::from_millis(500);

/// The index as those see it who ask. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Finder(Arc<Inner>);

struct Inner {
    state: watch::Sender<State>,
    turns: Arc<Semaphore>,
    /// Wakes the keeper when the index turned out not to be readable.
    broken: Notify,
}

/// How far the index is.
#[derive(Clone)]
enum State {
    /// It is being looked for.
    Opening,
    /// It is being built since then: so many books are in it, of so many.
    Building(Arc<Progress>, Instant),
    /// It can be asked.
    Ready(Index),
}

#[derive(Default)]
pub(super) struct Progress {
    pub(super) done: AtomicU64,
    pub(super) of: AtomicU64,
}

impl Progress {
    fn percent(&self) -> u64 {
        let (done, of) = (self.done.load(Ordering::Relaxed), self.of.load(Ordering::Relaxed));
        (done * 100).checked_div(of).unwrap_or(0).min(99)
    }
}

impl Finder {
    /// Nothing to ask yet.
    pub(crate) fn new() -> Self {
        let turns = Arc::new(Semaphore::new(at_once()));
        Self(Arc::new(Inner { state: watch::Sender::new(State::Opening), turns, broken: Notify::new() }))
    }

    fn set(&self, state: State) {
        self.0.state.send_replace(state);
    }

    fn state(&self) -> State {
        self.0.state.borrow().clone()
    }

    /// How far it is, for the about page and `/readyz`.
    pub(crate) fn detail(&self) -> String {
        match self.state() {
            State::Opening => "opening".into(),
            State::Building(progress, _) => format!("building, {} %", progress.percent()),
            State::Ready(index) => format!("{} titles", index.books()),
        }
    }

    /// How far it is, after a moment where it may then be ready. A build that has taken longer is not waited for.
    async fn settled(&self) -> State {
        let mut state = self.0.state.subscribe();
        let is_settled = |state: &State| match state {
            State::Ready(_) => true,
            State::Opening => false,
            State::Building(_, since) => since.elapsed() > MOMENT,
        };
        // Whatever it is when the moment is over is the answer.
        let waited = tokio::time::timeout(MOMENT, state.wait_for(is_settled)).await;
        drop(waited);
        self.state()
    }

    /// Asks the index, on a thread that may wait for the disk.
    ///
    /// # Errors
    /// 503 while there is no index, or too many ask at once: another replica may do better.
    pub(crate) async fn search(&self, ask: Ask) -> Result<Found, Problem> {
        let index = match self.settled().await {
            State::Ready(index) => index,
            State::Opening => return Err(not_yet("it is being opened")),
            State::Building(progress, _) => {
                return Err(not_yet(&format!("{} % of the books are in it", progress.percent())));
            }
        };
        let turn = tokio::time::timeout(PATIENCE, self.0.turns.clone().acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or_else(|| {
            Problem::definite(503, "busy", "too many are searching at the moment; try again in a moment")
        })?;
        let searched = tokio::task::spawn_blocking(move || {
            let found = index.search(&ask);
            drop(turn);
            found
        });
        match searched.await {
            Ok(Ok(found)) => Ok(found),
            // A panic over what was read is damage as well.
            failed => {
                tracing::error!(?failed, "the search index can't be read: it will be built again");
                self.set(State::Opening);
                self.0.broken.notify_one();
                Err(not_yet("it can't be read and will be built again"))
            }
        }
    }
}

fn not_yet(why: &str) -> Problem {
    Problem::definite(503, "search-building", format!("the search index is not ready: {why}; try again in a moment"))
}

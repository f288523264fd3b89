//! What changed lately, for those who follow: the frontends' caches and the spreading of the stock.
//!
//! Best effort by design. A follower that falls behind hears nothing of further books, which costs a cache a second of
//! freshness and a unit a second of waiting, never more.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use wire::{ItemId, ItemState};

/// The most books a follower may be behind.
const MOST: usize = 10_000;

/// Which changes a follower wants to hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Those that this replica made itself: everybody else's are told by whoever made them.
    Own,
    /// All of them.
    Everyones,
}

struct Board {
    whose: Whose,
    news: Mutex<BTreeMap<ItemId, ItemState>>,
    /// Whether there was no room for some since that was asked last.
    missed: AtomicBool,
    posted: Notify,
}

/// Where changes are noted; each follower has a board of its own, and a book is on it once.
#[derive(Clone, Default)]
pub(crate) struct Changes {
    boards: Vec<Arc<Board>>,
}

/// One who follows the changes.
pub(crate) struct Follower(Arc<Board>);

impl Changes {
    /// A new follower, told of these changes from now on.
    pub(crate) fn follow(&mut self, whose: Whose) -> Follower {
        let board =
            Arc::new(Board { whose, news: Mutex::default(), missed: AtomicBool::default(), posted: Notify::new() });
        self.boards.push(board.clone());
        Follower(board)
    }

    /// Notes the latest states of books, each with whose change it was.
    pub(crate) fn note<'a>(&self, states: impl Iterator<Item = (&'a ItemState, Whose)>) {
        let states: Vec<_> = states.collect();
        for board in &self.boards {
            let wanted = |whose| board.whose == Whose::Everyones || whose == Whose::Own;
            let mut wanted = states.iter().filter(|(_, whose)| wanted(*whose)).map(|(state, _)| *state).peekable();
            if wanted.peek().is_none() {
                continue;
            }
            let mut news = board.news.lock().expect("nothing panics while it holds the lock");
            for state in wanted {
                if news.len() < MOST || news.contains_key(&state.id) {
                    news.insert(state.id, state.clone());
                } else {
                    board.missed.store(true, Ordering::Relaxed);
                }
            }
            drop(news);
            board.posted.notify_one();
        }
    }
}

impl Follower {
    /// Waits until there is news.
    pub(crate) async fn wait(&self) {
        self.0.posted.notified().await;
    }

    /// Whether books have changed since this was asked last that are not on the board, since it was full.
    pub(crate) fn has_missed_some(&self) -> bool {
        self.0.missed.swap(false, Ordering::Relaxed)
    }

    /// Takes at most `most` books off the board.
    pub(crate) fn take(&self, most: usize) -> Vec<ItemState> {
        let mut news = self.0.news.lock().expect("nothing panics while it holds the lock");
        let rest = news.keys().nth(most).copied().map(|id| news.split_off(&id)).unwrap_or_default();
        std::mem::replace(&mut *news, rest).into_values().collect()
    }
}

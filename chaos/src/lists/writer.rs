//! What those who write lists do, until the shop closes: several of them on one list, each adding what nobody else adds.
//!
//! Each write adds one item with a name of its own, by which it is recognised wherever it is seen. Most writers have looked
//! before, or go on from what their last write was answered, and put everything that they were shown, less what they take
//! off; some write without having looked.

use super::asker::Asker;
use super::{ListAnswer, Put, Seen};
use crate::error::ChaosError;
use crate::fault::Replica;
use crate::floor::Floor;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// Those who write lists.
pub(crate) const WRITERS: u32 = 6;
/// How many of them are on one list.
const TOGETHER: u32 = 3;
/// Between two visits.
const THINKS_MS: Range<u64> = 60..160;
/// Writes to one list, after which another is begun; the judge compares each with each.
const WRITES: u32 = 40;
/// The chance of each habit.
const LOOKS_AT_AN_OLD_LIST: f64 = 0.1;
const WRITES_BLINDLY: f64 = 0.2;
const GOES_ON: f64 = 0.3;
const TAKES_SOMETHING_OFF: f64 = 0.4;

/// What writers of one group tell each other: the lists that they have made, and how often the last was written.
#[derive(Clone, Default)]
struct Board(Arc<Mutex<Lists>>);

#[derive(Default)]
struct Lists {
    made: Vec<Uuid>,
    writes: u32,
}

impl Board {
    /// The list to write to now; none where a new one must be made.
    fn latest(&self) -> Option<Uuid> {
        let mut lists = self.lists();
        lists.writes += 1;
        lists.made.last().copied().filter(|_| lists.writes <= WRITES)
    }

    fn has_made(&self, list: Uuid) {
        let mut lists = self.lists();
        lists.made.push(list);
        lists.writes = 0;
    }

    fn is_new(&self, list: Uuid) -> bool {
        !self.lists().made.contains(&list)
    }

    fn any(&self, random: &mut StdRng) -> Option<Uuid> {
        self.lists().made.choose(random).copied()
    }

    fn lists(&self) -> MutexGuard<'_, Lists> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Writer {
    asker: Asker,
    board: Board,
    number: u32,
    at: Replica,
    written: u32,
    /// What the last write was answered.
    last: Option<(Uuid, Seen)>,
    random: StdRng,
}

/// All writers of the run with this seed, each to be played until the shop closes.
pub(crate) fn all(floor: &Floor, seed: u64) -> Vec<impl Future<Output = Result<(), ChaosError>> + use<>> {
    let boards: Vec<Board> = (0..WRITERS.div_ceil(TOGETHER)).map(|_| Board::default()).collect();
    let of = |number: u32| boards[(number / TOGETHER) as usize].clone();
    (0..WRITERS).map(|number| writes(floor.clone(), of(number), number, seed)).collect()
}

async fn writes(floor: Floor, board: Board, number: u32, seed: u64) -> Result<(), ChaosError> {
    let asker = Asker::new(floor.clone(), number)?;
    let random = StdRng::seed_from_u64(seed ^ (u64::from(number) << 40));
    let at = Replica::FRONTENDS[(number % 2) as usize];
    let mut writer = Writer { asker, board, number, at, written: 0, last: None, random };
    while !floor.is_closing() {
        writer.visits().await;
        // Not a wait for something: people think.
        tokio::time::sleep(Duration::from_millis(writer.random.random_range(THINKS_MS))).await;
    }
    Ok(())
}

impl Writer {
    /// One visit at a list. Where there is no answer, the next one is at the other frontend.
    async fn visits(&mut self) {
        let old = if self.random.random_bool(LOOKS_AT_AN_OLD_LIST) { self.board.any(&mut self.random) } else { None };
        let answer = match old.or_else(|| self.board.latest()) {
            Some(list) => self.works_on(list).await,
            None => self.asker.makes(self.at).await,
        };
        match answer {
            ListAnswer::Stored { list, seen, .. } => {
                if self.board.is_new(list) {
                    self.board.has_made(list);
                }
                self.last = Some((list, seen));
            }
            ListAnswer::Shown(_) => {}
            ListAnswer::Refused { .. } | ListAnswer::Unknown { .. } => self.at = self.at.peer(),
        }
    }

    async fn works_on(&mut self, list: Uuid) -> ListAnswer {
        if self.random.random_bool(WRITES_BLINDLY) {
            let put = self.put(list, None);
            return self.asker.puts(self.at, put).await;
        }
        let answered = self.last.take().filter(|(of, _)| *of == list);
        if let Some((_, seen)) = answered.filter(|_| self.random.random_bool(GOES_ON)) {
            let put = self.put(list, Some(seen));
            return self.asker.puts(self.at, put).await;
        }
        match self.asker.reads(self.at, list).await {
            ListAnswer::Shown(seen) => {
                let put = self.put(list, Some(seen));
                self.asker.puts(self.at, put).await
            }
            other => other,
        }
    }

    /// The next write to a list of which this was seen.
    fn put(&mut self, list: Uuid, saw: Option<Seen>) -> Put {
        let adds = format!("{}-{}", self.number, self.written);
        self.written += 1;
        let mut items = saw.as_ref().map_or_else(BTreeSet::new, |seen| seen.items.clone());
        if self.random.random_bool(TAKES_SOMETHING_OFF) {
            let shown: Vec<String> = items.iter().cloned().collect();
            if let Some(unwanted) = shown.choose(&mut self.random) {
                items.remove(unwanted);
            }
        }
        items.insert(adds.clone());
        Put { list, adds, items, saw }
    }
}

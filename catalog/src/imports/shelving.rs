//! Books of a file on the shelves of the running shop: which id each has, whose it is to bring it in, and the calls.
//!
//! A book without an id is the one with its ISBN, at whatever replica; where there is none, an id is drawn for it. Who brings
//! books in is their home alone: it says so when an id that was drawn is another book's by then, and another is drawn.

use crate::files::FiledBook;
use cluster::Member;
use futures::future::{join_all, try_join_all};
use journal::ActorId;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use replica::HeadsReport;
use serve::{CallError, Caller};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use stock::command::{NewBook, Shelved};
use wire::{Isbn, ItemId, ItemState, OperatorName, home};

const DEADLINE: Duration = Duration::from_secs(20);
/// How long the replicas may take to read each other's part.
const SETTLING: Duration = Duration::from_secs(15);
/// How often ids are drawn for the same books: others import too.
const DRAWS: usize = 5;

/// Why an import stopped before its end.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Stopped(pub(crate) String);

/// What an import did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) added: u64,
    pub(crate) changed: u64,
    pub(crate) recounted: u64,
    pub(crate) not_counted: Vec<String>,
}

/// The running shop: every catalog replica, since a new book's units are brought in by its home alone.
pub(crate) struct Shelving {
    members: Vec<Member>,
    caller: Caller,
    by: OperatorName,
    tally: Tally,
    /// The highest id that the file names.
    named: Option<ItemId>,
    /// The id to be drawn next, once one was needed.
    next: Option<u64>,
    /// Where the covers are of books that were sent since somebody asked.
    covers: BTreeMap<ItemId, String>,
}

impl Shelving {
    /// Reaches every replica, all of which are `members`. `named` is the highest id that the file names: none at or below it
    /// is drawn.
    ///
    /// # Errors
    /// Where one of them is not ready.
    pub(crate) async fn reach(
        members: Vec<Member>,
        caller: Caller,
        named: Option<ItemId>,
        by: OperatorName,
    ) -> Result<Self, Stopped> {
        for member in &members {
            let ready: Result<serde_json::Value, _> = caller.get(member, "/readyz", Duration::from_secs(1)).await;
            ready.map_err(|error| Stopped(format!("{error}; every catalog replica must be up for an import")))?;
        }
        Ok(Self { members, caller, by, tally: Tally::default(), named, next: None, covers: BTreeMap::new() })
    }

    /// What was done so far.
    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Where the covers are of the books that were put on the shelves since this was asked last.
    pub(crate) fn covers(&mut self) -> Vec<(ItemId, String)> {
        std::mem::take(&mut self.covers).into_iter().collect()
    }

    /// Hands in the cover of a book, at its home.
    ///
    /// # Errors
    /// Where it does not answer, or refuses.
    pub(crate) async fn cover(&self, item: ItemId, bytes: Vec<u8>) -> Result<(), CallError> {
        let (home, path) = (self.home_of(item), format!("/internal/items/{item}/cover"));
        self.caller.put_bytes::<serde_json::Value>(&home, &path, bytes.into(), DEADLINE).await.map(drop)
    }

    /// Puts these books on the shelves.
    ///
    /// # Errors
    /// Where a replica does not answer, or refuses.
    pub(crate) async fn shelve(&mut self, books: Vec<FiledBook>) -> Result<(), Stopped> {
        let mut books = books;
        for _ in 0..DRAWS {
            let identified = self.identified(books).await.map_err(|error| self.stopped(&error.to_string()))?;
            books = self.send(identified).await?;
            if books.is_empty() {
                return Ok(());
            }
            self.next = None;
        }
        Err(self.stopped("the ids that were drawn are taken again and again: somebody else is importing"))
    }

    fn stopped(&self, why: &str) -> Stopped {
        let sent = self.tally.added + self.tally.changed;
        Stopped(format!("stopped after {sent} books: {why}. Import the file again: what is there stays as it is"))
    }

    /// The same books, each with its id.
    async fn identified(&mut self, books: Vec<FiledBook>) -> Result<Vec<NewBook>, CallError> {
        let isbns: Vec<Isbn> =
            books.iter().filter(|book| book.id.is_none()).filter_map(|book| book.fields.isbn).collect();
        let there = if isbns.is_empty() { BTreeMap::new() } else { self.by_isbn(&isbns).await? };
        let mut identified = Vec::with_capacity(books.len());
        for FiledBook { id, fields, units, cover } in books {
            let known = id.or_else(|| there.get(&fields.isbn?).copied());
            let (id, drawn) = match known {
                Some(id) => (id, false),
                None => (self.draw().await?, true),
            };
            self.covers.extend(cover.map(|place| (id, place)));
            identified.push(NewBook { id, fields, units, drawn });
        }
        Ok(identified)
    }

    /// Which book has each ISBN, as far as any replica knows.
    async fn by_isbn(&self, isbns: &[Isbn]) -> Result<BTreeMap<Isbn, ItemId>, CallError> {
        let asked = self.members.iter().map(|member| async move {
            let found: Result<BTreeMap<Isbn, ItemId>, _> =
                self.caller.post(member, "/internal/isbns/read", isbns, DEADLINE).await;
            found
        });
        let mut found: BTreeMap<Isbn, ItemId> = BTreeMap::new();
        for (isbn, item) in try_join_all(asked).await?.into_iter().flatten() {
            // The same one for everybody who asks, also where two replicas were apart.
            found.entry(isbn).and_modify(|known| *known = item.min(*known)).or_insert(item);
        }
        Ok(found)
    }

    /// An id above all that there are.
    async fn draw(&mut self) -> Result<ItemId, CallError> {
        let next = match self.next {
            Some(next) => next,
            None => self.highest().await?.max(self.named).map_or(1, |highest| u64::from(highest.0) + 1),
        };
        self.next = Some(next + 1);
        // Beyond the range of ids every draw is the last one, which is taken; so the import stops there.
        Ok(ItemId(u32::try_from(next).unwrap_or(u32::MAX)))
    }

    async fn highest(&self) -> Result<Option<ItemId>, CallError> {
        let asked = self.members.iter().map(|member| async move {
            let newest: Result<Vec<ItemState>, _> = self.caller.get(member, "/internal/newest?limit=1", DEADLINE).await;
            newest
        });
        let newest = try_join_all(asked).await?;
        Ok(newest.into_iter().flatten().map(|state| state.id).max())
    }

    /// Sends each book to its home; returns those whose drawn ids are others' by now, without their ids.
    async fn send(&mut self, books: Vec<NewBook>) -> Result<Vec<FiledBook>, Stopped> {
        let mut batches: BTreeMap<String, (Member, Vec<NewBook>)> = BTreeMap::new();
        for book in books {
            let home = self.home_of(book.id);
            batches.entry(home.name.to_string()).or_insert_with(|| (home, Vec::new())).1.push(book);
        }
        let sent = batches.values().map(|(home, batch)| self.post_again(home, batch));
        let answers = join_all(sent).await;
        let mut again = Vec::new();
        for ((home, batch), answer) in batches.into_values().zip(answers) {
            let Shelved { added, changed, recount, taken } =
                answer.map_err(|error| self.stopped(&error.to_string()))?;
            self.tally.added += added;
            self.tally.changed += changed;
            for (item, units) in recount {
                match self.count(&home, item, units).await {
                    Ok(()) => self.tally.recounted += 1,
                    Err(error) => self.tally.not_counted.push(format!("item {item}: {error}")),
                }
            }
            if !taken.is_empty() {
                let lost = batch.into_iter().filter(|book| taken.contains(&book.id));
                let covers = &mut self.covers;
                again.extend(lost.map(|NewBook { id, fields, units, .. }| FiledBook {
                    id: None,
                    fields,
                    units,
                    cover: covers.remove(&id),
                }));
            }
        }
        Ok(again)
    }

    fn home_of(&self, item: ItemId) -> Member {
        let mut members = self.members.clone();
        home::rank(&item.key(), &mut members, |member| member.name.as_str());
        members.swap_remove(0)
    }

    /// Sent again it changes nothing, so a broken connection is no reason to give up at once.
    async fn post_again(&self, to: &Member, batch: &[NewBook]) -> Result<Shelved, CallError> {
        let mut answer = self.post(to, batch).await;
        for _ in 0..3 {
            if !answer.as_ref().is_err_and(CallError::worth_another_replica) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
            answer = self.post(to, batch).await;
        }
        answer
    }

    /// Waits until every replica has read what was brought in, so that whoever looks next finds it everywhere.
    pub(crate) async fn until_everyone_has_it(&self) {
        let began = Instant::now();
        let mut wanted: BTreeMap<ActorId, u64> = BTreeMap::new();
        for _ in 0..2 {
            for member in &self.members {
                while let Ok(report) = self.heads(member).await {
                    let held = |actor| report.held.heads.get(actor).map_or(0, |head| head.seq);
                    if wanted.iter().all(|(actor, seq)| held(actor) >= *seq) || began.elapsed() > SETTLING {
                        wanted.extend(report.held.heads.iter().map(|(actor, head)| (*actor, head.seq)));
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }

    async fn heads(&self, of: &Member) -> Result<HeadsReport, CallError> {
        self.caller.get(of, "/internal/journal/heads", DEADLINE).await
    }

    async fn post(&self, to: &Member, batch: &[NewBook]) -> Result<Shelved, CallError> {
        let by = utf8_percent_encode(self.by.as_str(), NON_ALPHANUMERIC);
        self.caller.post(to, &format!("/internal/import?by={by}"), batch, DEADLINE).await
    }

    async fn count(&self, to: &Member, item: ItemId, units: u64) -> Result<(), CallError> {
        let take = serde_json::json!({"item": item, "count": units, "force": false, "by": self.by, "import": true});
        self.caller.post(to, "/internal/stock-take", &take, DEADLINE).await
    }
}

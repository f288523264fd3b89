//! Asking the catalog tier: whichever replica is ready, and another one when it does not answer.
//!
//! Every question has a deadline, and asking a second time costs a retry of the budget, so that a tier that is down
//! isn't kept down by its callers. What the answers mean, and how they are remembered, is `browse.rs`' business.

mod covers;
pub mod importing;
mod record;
mod retirement;
pub mod stocking;

use crate::replicas::Replicas;
use cluster::{Member, ReplicaName, Tier};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serve::{CallError, Caller, Fleet};
use std::collections::BTreeMap;
use std::time::Duration;
use wire::item::TopicCount;
use wire::search::{Found, Wanted};
use wire::{ItemId, ItemState, Problem};

/// How long one catalog may take for one question.
const DEADLINE: Duration = Duration::from_millis(400);
/// How long one may take for a search: it may have to read what was not looked for lately.
const SEARCH_DEADLINE: Duration = Duration::from_secs(1);
/// How long one may take to list a range of ids.
const RANGE_DEADLINE: Duration = Duration::from_secs(2);
/// How long to wait for any catalog when none is ready: the time in which a restarted one is noticed.
const PATIENCE: Duration = Duration::from_millis(250);

/// No catalog answers at the moment. Nothing has happened; ask again later.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no catalog answers at the moment: {0}")]
pub struct NoCatalog(String);

impl NoCatalog {
    /// The frontend itself is going down.
    pub(crate) fn stopping() -> Self {
        Self("this frontend is stopping".into())
    }
}

impl From<NoCatalog> for Problem {
    fn from(_: NoCatalog) -> Self {
        // Which replica failed how is in the log; a customer can't do anything with it.
        Self::definite(503, "no-catalog", "The catalog does not answer at the moment; try again in a moment.")
    }
}

/// The catalog replicas.
pub struct Catalogs {
    replicas: Replicas<ItemId, Option<ItemState>>,
}

impl Catalogs {
    /// Starts to watch the catalogs, on the runtime of the caller.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn watch(caller: &Caller, members: Vec<Member>) -> Self {
        Self { replicas: Replicas::watch(Tier::Catalog, caller, members, "/internal/items/read", DEADLINE) }
    }

    /// Who there is and who answers.
    pub fn fleet(&self) -> &Fleet {
        self.replicas.fleet()
    }

    /// The replica that answered last.
    pub fn answered_last(&self) -> Option<ReplicaName> {
        self.replicas.answered_last()
    }

    /// The book as some catalog knows it; `None` when no catalog that answers knows such a book.
    ///
    /// # Errors
    /// [`NoCatalog`].
    pub async fn item(&self, item: ItemId) -> Result<Option<ItemState>, NoCatalog> {
        // A book that was added a moment ago may have reached one replica only.
        let ask = |member: Member| async move {
            let state = self.replicas.ask(&member, item).await?;
            Ok(if state.is_none() { Said::Perhaps(state) } else { Said::Answer(state) })
        };
        self.first_answer(ask).await
    }

    /// What every catalog knows of this book, as far as they answer, one after the other as they come.
    pub fn item_everywhere(&self, item: ItemId) -> impl futures::Stream<Item = ItemState> + '_ {
        let asked: futures::stream::FuturesUnordered<_> = self
            .fleet()
            .ready()
            .into_iter()
            .map(|member| async move { self.replicas.ask(&member, item).await.ok().flatten() })
            .collect();
        futures::StreamExt::filter_map(asked, std::future::ready)
    }

    /// The topics, by name, with how many titles each has.
    ///
    /// # Errors
    /// [`NoCatalog`].
    pub async fn topics(&self) -> Result<Vec<TopicCount>, NoCatalog> {
        self.get("/internal/topics").await
    }

    /// At most `limit` books of a topic (or of every one), in the order of their ids, after the id `after`; those of the
    /// topics below it too, where `below` says so.
    ///
    /// # Errors
    /// [`NoCatalog`].
    pub async fn books(
        &self,
        topic: Option<&str>,
        below: bool,
        after: Option<ItemId>,
        limit: usize,
    ) -> Result<Vec<ItemState>, NoCatalog> {
        let of_topic = topic.map(|topic| format!("&topic={}&below={below}", encoded(topic))).unwrap_or_default();
        self.get(&paged(format!("/internal/books?limit={limit}{of_topic}"), after)).await
    }

    /// At most `limit` other books of the same author or topic.
    ///
    /// # Errors
    /// [`NoCatalog`].
    pub async fn related(&self, item: ItemId, limit: usize) -> Result<Vec<ItemState>, NoCatalog> {
        self.get(&format!("/internal/related?item={item}&limit={limit}")).await
    }

    /// Whether all units of a book are where nobody answers, as far as the others know. They are asked only while a catalog
    /// is away; when all are there, whoever has none borrows some.
    pub async fn held_elsewhere(&self, item: ItemId) -> bool {
        let ready = self.fleet().ready();
        if ready.len() == self.fleet().members().len() {
            return false;
        }
        self.holders(item).await.is_ok_and(|held| {
            let at_hand = |holder: &String| ready.iter().any(|member| member.name.as_str() == holder);
            !held.is_empty() && !held.keys().any(at_hand)
        })
    }

    /// Who holds how many units of this book, as far as a catalog knows: replicas by their names, and what is no replica's
    /// any more. Only its holder sells a unit without asking.
    ///
    /// # Errors
    /// [`NoCatalog`].
    pub async fn holders(&self, item: ItemId) -> Result<BTreeMap<String, u64>, NoCatalog> {
        self.get(&format!("/internal/items/{item}/holders")).await
    }

    /// The ids of the books from `from` up to, but without, `below`: a range of at most 100,000.
    ///
    /// # Errors
    /// [`NoCatalog`].
    pub async fn ids(&self, from: u64, below: u64) -> Result<Vec<ItemId>, NoCatalog> {
        self.get_within(&format!("/internal/ids?from={from}&below={below}"), RANGE_DEADLINE).await
    }

    /// Which ranges of `size` ids (at least 1,000) have a book, in their order: 0 is that of the ids below `size`.
    ///
    /// # Errors
    /// [`NoCatalog`].
    pub async fn id_ranges(&self, size: u32) -> Result<Vec<u32>, NoCatalog> {
        self.get_within(&format!("/internal/ids/ranges?size={size}"), RANGE_DEADLINE).await
    }

    /// The `limit` titles that came last, the last one first.
    ///
    /// # Errors
    /// [`NoCatalog`].
    pub async fn newest(&self, limit: usize) -> Result<Vec<ItemState>, NoCatalog> {
        self.get(&format!("/internal/newest?limit={limit}")).await
    }

    /// At most `limit` books in whose title or authors every word of `words` occurs, by id, after the id `after`.
    ///
    /// # Errors
    /// [`NoCatalog`].
    pub async fn find(&self, words: &str, after: Option<ItemId>, limit: usize) -> Result<Vec<ItemState>, NoCatalog> {
        self.get(&paged(format!("/internal/find?limit={limit}&q={}", encoded(words)), after)).await
    }

    /// What is found, or why the question is refused.
    ///
    /// A catalog whose index is being built sends its callers on; when all of them do, that is the answer.
    ///
    /// # Errors
    /// [`NoCatalog`].
    pub async fn search(&self, wanted: &Wanted) -> Result<Result<Found, Problem>, NoCatalog> {
        let ask = |member: Member| async move {
            let answer = self.replicas.caller().post(&member, "/internal/search", wanted, SEARCH_DEADLINE).await;
            match answer {
                Ok(found) => Ok(Said::Answer(Ok(found))),
                Err(CallError::Refused { problem, .. }) if problem.status < 500 => Ok(Said::Answer(Err(*problem))),
                Err(CallError::Refused { problem, .. }) if problem.kind == "search-building" => {
                    Ok(Said::Perhaps(Err(*problem)))
                }
                Err(error) => Err(error),
            }
        };
        self.first_answer(ask).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, NoCatalog> {
        self.get_within(path, DEADLINE).await
    }

    async fn get_within<T: DeserializeOwned>(&self, path: &str, deadline: Duration) -> Result<T, NoCatalog> {
        let ask =
            |member: Member| async move { self.replicas.caller().get(&member, path, deadline).await.map(Said::Answer) };
        self.first_answer(ask).await
    }

    /// Asks the ready catalogs one after the other, and once more after a pause when none was ready.
    async fn first_answer<T, F>(&self, ask: impl Fn(Member) -> F) -> Result<T, NoCatalog>
    where
        F: Future<Output = Result<Said<T>, CallError>>,
    {
        self.replicas.first_try();
        let (mut perhaps, mut why) = (None, None);
        for round in 0..2 {
            for member in self.fleet().ready() {
                if why.is_some() && !self.replicas.may_retry() {
                    break;
                }
                let name = member.name.clone();
                match ask(member).await {
                    Ok(said) => {
                        self.replicas.answered(&name);
                        match said {
                            Said::Answer(answer) => return Ok(answer),
                            Said::Perhaps(answer) if perhaps.is_some() => return Ok(answer),
                            Said::Perhaps(answer) => perhaps = Some(answer),
                        }
                    }
                    Err(error) => {
                        self.fleet().failed(&name, &error);
                        tracing::warn!(replica = %name, %error, "a catalog did not answer");
                        let again = error.worth_another_replica();
                        why = Some(NoCatalog(error.to_string()));
                        if !again {
                            break;
                        }
                    }
                }
            }
            if let Some(answer) = perhaps.take() {
                return Ok(answer);
            }
            if round > 0 || !self.fleet().until_any_ready(PATIENCE).await {
                break;
            }
        }
        Err(why.unwrap_or_else(|| NoCatalog("none is ready".into())))
    }
}

/// What a catalog said.
enum Said<T> {
    /// This.
    Answer(T),
    /// This, unless somebody else knows better.
    Perhaps(T),
}

fn encoded(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
}

fn paged(path: String, after: Option<ItemId>) -> String {
    match after {
        Some(after) => format!("{path}&after={after}"),
        None => path,
    }
}

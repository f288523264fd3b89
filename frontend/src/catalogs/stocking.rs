//! What an operator changes of books and stock through a frontend.
//!
//! Such a change has a name, and is made at the book's home, where a repetition is noticed; with it goes who wants it. How
//! it is made is the catalogs' business.

use super::Catalogs;
use cluster::Member;
use serde::Serialize;
use serde_json::{Value, json};
use serve::CallError;
use std::time::Duration;
use wire::{IdempotencyKey, ItemId, ItemState, Money, OperatorName, Problem, home};

/// How long a catalog may take, which may have to ask others.
const DEADLINE: Duration = Duration::from_secs(5);

/// A book that the shop does not have yet.
#[derive(Clone, Debug, Serialize)]
pub struct NewBook {
    /// Its number.
    pub id: ItemId,
    /// Its title.
    pub title: String,
    /// Its topic.
    pub topic: String,
    /// Its price.
    pub price: Money,
    /// Units there are of it.
    pub units: u64,
}

impl Catalogs {
    /// Adds units of a book, or takes them away, and says how the book is then. The same key again changes nothing; without
    /// a key another catalog may do it where the home can't be reached.
    ///
    /// # Errors
    /// What the catalog says, or 503.
    pub async fn add_units(
        &self,
        item: ItemId,
        units: i64,
        key: Option<&IdempotencyKey>,
        by: &OperatorName,
    ) -> Result<ItemState, Problem> {
        let reference = key.map_or_else(|| format!("delta-{}", uuid::Uuid::new_v4()), |key| format!("key-{key}"));
        let adjust = json!({"item": item, "delta": units, "reference": reference, "by": by});
        let caller = self.replicas.caller();
        self.changed(item, key.is_none(), async |member| {
            caller.post(member, "/internal/adjust", &adjust, DEADLINE).await
        })
        .await
    }

    /// Sets the price of a book, and says how the book is then.
    ///
    /// # Errors
    /// What the catalog says, or 503.
    pub async fn set_price(&self, item: ItemId, price: Money, by: &OperatorName) -> Result<ItemState, Problem> {
        self.put(item, &format!("/item/{item}"), &json!({"cost": price, "by": by})).await
    }

    /// Makes it so many units of a book, and says how the book is then. Where the replica that counts this book, or one that
    /// holds units of it, can't be reached, that is refused, unless it is forced.
    ///
    /// # Errors
    /// What the catalog says, or 503.
    pub async fn take_stock(
        &self,
        item: ItemId,
        count: u64,
        force: bool,
        by: &OperatorName,
    ) -> Result<ItemState, Problem> {
        self.put(item, &format!("/item/{item}?force={force}"), &json!({"count": count, "by": by})).await
    }

    async fn put(&self, item: ItemId, path: &str, change: &Value) -> Result<ItemState, Problem> {
        let caller = self.replicas.caller();
        let put = async |member: &Member| caller.put::<_, Value>(member, path, change, DEADLINE).await.map(|_| ());
        self.changed(item, true, put).await
    }

    /// Lets the book's home make a change; `elsewhere`, another catalog may where the home can't be reached.
    pub(super) async fn changed(
        &self,
        item: ItemId,
        elsewhere: bool,
        change: impl AsyncFn(&Member) -> Result<(), CallError>,
    ) -> Result<ItemState, Problem> {
        let mut answer = Err(Problem::definite(503, "no-catalog", "This shop has no catalogs."));
        for member in self.ranked(item) {
            let Err(error) = change(&member).await else { return self.as_it_is_at(&member, item).await };
            let goes_on = elsewhere && error.definite() && error.shows_it_is_down();
            answer = Err(through(&member, error));
            if !goes_on {
                break;
            }
        }
        answer
    }

    /// Puts a new book on the shelf, and says how it is then; only at its home, so that its units are not there twice.
    ///
    /// # Errors
    /// What the catalog says, or 503.
    pub async fn shelve(&self, book: &NewBook) -> Result<ItemState, Problem> {
        let NewBook { id, title, topic, price, units } = book;
        let none = || Problem::definite(503, "no-catalog", "This shop has no catalogs.");
        let at = self.ranked(*id).into_iter().next().ok_or_else(none)?;
        let fields = json!({"title": title, "topic": topic, "cost": price});
        let books = json!([{"id": id, "fields": fields, "units": units}]);
        let shelved: Result<Value, _> = self.replicas.caller().post(&at, "/internal/import", &books, DEADLINE).await;
        shelved.map_err(|error| through(&at, error))?;
        self.as_it_is_at(&at, *id).await
    }

    /// The book where it was changed a moment ago: others may not have heard of it yet.
    async fn as_it_is_at(&self, member: &Member, item: ItemId) -> Result<ItemState, Problem> {
        let read: Result<Vec<Option<ItemState>>, _> =
            self.replicas.caller().post(member, "/internal/items/read", &[item], DEADLINE).await;
        let state = read.ok().and_then(|states| states.into_iter().flatten().next());
        let why = "It was done, and can't be shown at the moment. With an Idempotency-Key it is safe to ask again.";
        state.ok_or_else(|| Problem::uncertain(503, "done-unseen", why))
    }

    /// Who may change a book, its home first.
    fn ranked(&self, item: ItemId) -> Vec<Member> {
        let mut members = self.fleet().members().to_vec();
        home::rank(&item.key(), &mut members, |member| member.name.as_str());
        members
    }
}

/// The catalog's own refusal, or that it did not answer.
fn through(to: &Member, error: CallError) -> Problem {
    match error {
        CallError::Refused { problem, .. } => *problem,
        error => {
            let name = &to.name;
            let why =
                format!("{name}, where changes of this book are made, does not answer; ask again with the same key.");
            Problem { definite: error.definite(), ..Problem::uncertain(503, "home-away", why) }
        }
    }
}

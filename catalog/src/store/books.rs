//! Books: what is told of them, and whose their units are.

use journal::ActorId;
use replica::Script;
use replica::rows::{damaged, elements, json};
use sqlx::{Row, SqliteExecutor, sqlite::SqliteRow};
use std::collections::BTreeMap;
use stock::{Account, Accounts, Book};
use wire::item::TopicCount;
use wire::{ItemId, ItemState};

const STATES: &str = "select id, state from item where id in (select value from json_each($1)) and words <> ''";
/// All that is known of some books: one row, each column the elements of a JSON array, so that it is one trip however
/// many rows it takes.
const BOOKS: &str = "select
    (select group_concat(state) from item where id in (select value from json_each($1))) as states,
    (select group_concat(json_array(item, actor, seq, minted, burned, sold, got, gave)) from stock
        where item in (select value from json_each($1))) as accounts,
    (select group_concat(json_array(item, giver, taker, cum)) from give
        where item in (select value from json_each($1))) as gives";
const SET_STATES: &str = "insert into item (id, topic, words, state)
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each(?) where true
    on conflict do update set topic = excluded.topic, words = excluded.words, state = excluded.state";
const SET_ACCOUNTS: &str = "insert into stock (item, actor, seq, minted, burned, sold, got, gave)
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
    from json_each(?) where true
    on conflict do update set seq = excluded.seq, minted = excluded.minted, burned = excluded.burned,
        sold = excluded.sold, got = excluded.got, gave = excluded.gave";
const SET_GIVES: &str = "insert into give (item, giver, taker, cum)
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each(?) where true
    on conflict do update set cum = excluded.cum";
const OF_TOPIC: &str = "select state from item where topic = $1 and id > $2 and words <> '' order by id limit $3";
const EVERY_TOPIC: &str = "select state from item where id > $1 and words <> '' order by id limit $2";
const NEWEST: &str = "select state from item where words <> '' order by id desc limit $1";
const FIND: &str = "select state from item
    where id > $2 and words <> '' and not exists (select 1 from json_each($1) where instr(item.words, value) = 0)
    order by id limit $3";
const TOPICS: &str = "select topic, count(*) as titles from item where topic <> '' group by topic order by topic";

const TITLES: &str = "select count(*) as titles from item where topic <> ''";
const HELD: &str = "select coalesce(sum(minted + got - gave - burned - sold), 0) as units from stock where actor = $1";

/// Every statement, to be prepared against the tables by a test.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] =
    &[STATES, BOOKS, SET_STATES, SET_ACCOUNTS, SET_GIVES, OF_TOPIC, EVERY_TOPIC, NEWEST, FIND, TOPICS];

/// A row of `stock`.
type AccountRow = (ItemId, ActorId, u64, u64, u64, u64, u64, u64);

fn number(row: &SqliteRow, column: &str) -> sqlx::Result<u64> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|error| damaged(column, error))
}

fn item(row: &SqliteRow, column: &str) -> sqlx::Result<ItemId> {
    u32::try_from(row.try_get::<i64, _>(column)?).map(ItemId).map_err(|error| damaged(column, error))
}

/// Loads books with their accounts, also those of which only units are known yet.
pub(crate) async fn books(from: impl SqliteExecutor<'_>, ids: &[ItemId]) -> sqlx::Result<Vec<Book>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let row = sqlx::query(BOOKS).bind(json(&ids)).fetch_one(from).await?;
    let states = elements::<ItemState>(&row, "states")?.into_iter();
    let mut books: BTreeMap<_, _> =
        states.map(|state| (state.id, Book::loaded(state, Accounts::new(), BTreeMap::new()))).collect();
    for (item, actor, seq, minted, burned, sold, got, gave) in elements::<AccountRow>(&row, "accounts")? {
        if let Some(book) = books.get_mut(&item) {
            book.accounts.insert(actor, Account { seq, minted, burned, sold, got, gave });
        }
    }
    for (item, giver, taker, cum) in elements::<(ItemId, ActorId, ActorId, u64)>(&row, "gives")? {
        if let Some(book) = books.get_mut(&item) {
            book.gives.insert((giver, taker), cum);
        }
    }
    Ok(books.into_values().collect())
}

/// Stores what changed of books.
pub(crate) fn write_books(script: &mut Script, changed: &[&Book]) {
    let states: Vec<_> = changed.iter().map(|book| row(&book.state)).collect();
    if states.is_empty() {
        return;
    }
    script.add(SET_STATES, &states);
    let accounts = changed.iter().flat_map(|book| {
        book.changed_accounts.iter().map(move |actor| {
            let account = book.accounts.get(actor).copied().unwrap_or_default();
            let Account { seq, minted, burned, sold, got, gave } = account;
            (book.state.id, actor, seq, minted, burned, sold, got, gave)
        })
    });
    script.add(SET_ACCOUNTS, &accounts.collect::<Vec<_>>());
    let gives = changed.iter().flat_map(|book| {
        book.changed_gives.iter().map(move |(giver, taker)| (book.state.id, giver, taker, book.given(*giver, *taker)))
    });
    let gives: Vec<_> = gives.collect();
    if !gives.is_empty() {
        script.add(SET_GIVES, &gives);
    }
}

/// The row of a book. Without a title it is no book yet: its topic and words are empty, and no reader finds it.
fn row(state: &ItemState) -> (ItemId, &str, String, String) {
    if state.title.value.is_empty() {
        return (state.id, "", String::new(), json(state));
    }
    let words = format!("{} {}", state.title.value, state.authors.value).to_lowercase();
    (state.id, &state.topic.value, words, json(state))
}

/// The states of these books, as JSON, by id; those the shop does not have are left out.
pub(crate) async fn states(from: impl SqliteExecutor<'_>, ids: &[ItemId]) -> sqlx::Result<BTreeMap<ItemId, String>> {
    let rows = sqlx::query(STATES).bind(json(&ids)).fetch_all(from).await?;
    rows.iter().map(|row| Ok((item(row, "id")?, row.try_get("state")?))).collect()
}

async fn texts(
    query: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
    from: impl SqliteExecutor<'_>,
) -> sqlx::Result<Vec<String>> {
    let rows = query.fetch_all(from).await?;
    rows.iter().map(|row| row.try_get("state")).collect()
}

/// The states, as JSON, of books of `topic` (or of every one) with ids above `after`, by id, at most `limit`.
pub(crate) async fn of_topic(
    from: impl SqliteExecutor<'_>,
    topic: Option<&str>,
    after: Option<ItemId>,
    limit: Option<u32>,
) -> sqlx::Result<Vec<String>> {
    let after = after.map_or(-1, |id| i64::from(id.0));
    let limit = limit.map_or(-1, i64::from);
    match topic {
        Some(topic) => texts(sqlx::query(OF_TOPIC).bind(topic).bind(after).bind(limit), from).await,
        None => texts(sqlx::query(EVERY_TOPIC).bind(after).bind(limit), from).await,
    }
}

/// The states, as JSON, of the books with the highest ids, highest first.
pub(crate) async fn newest(from: impl SqliteExecutor<'_>, limit: u32) -> sqlx::Result<Vec<String>> {
    texts(sqlx::query(NEWEST).bind(limit), from).await
}

/// The states, as JSON, of books that have every word of `question` in their title or authors, by id.
pub(crate) async fn find(
    from: impl SqliteExecutor<'_>,
    question: &str,
    after: Option<ItemId>,
    limit: u32,
) -> sqlx::Result<Vec<String>> {
    let question = question.to_lowercase();
    let words: Vec<&str> = question.split_whitespace().collect();
    let after = after.map_or(-1, |id| i64::from(id.0));
    texts(sqlx::query(FIND).bind(json(&words)).bind(after).bind(limit), from).await
}

/// Every topic, by name, with its number of titles.
pub(crate) async fn topics(from: impl SqliteExecutor<'_>) -> sqlx::Result<Vec<TopicCount>> {
    let rows = sqlx::query(TOPICS).fetch_all(from).await?;
    rows.iter().map(|row| Ok(TopicCount { topic: row.try_get("topic")?, titles: number(row, "titles")? })).collect()
}

/// How many titles the shop has, and how many units `actor` may sell of them.
pub(crate) async fn totals(pool: &sqlx::SqlitePool, actor: ActorId) -> sqlx::Result<(u64, u64)> {
    let titles = number(&sqlx::query(TITLES).fetch_one(pool).await?, "titles")?;
    let held = sqlx::query(HELD).bind(actor.to_string()).fetch_one(pool).await?;
    Ok((titles, number(&held, "units")?))
}

//! Books: what is told of them, and whose their units are.

use super::{covers, found_by};
use journal::ActorId;
use replica::rows::{all, each, first, json, only, parsed, read_json, signed};
use rusqlite::{Connection, Params, Row};
use std::collections::BTreeMap;
use stock::{Account, Accounts, Book};
use wire::item::TopicCount;
use wire::{ItemId, ItemState};

const STATE: &str = "select state from item where id = ?1 and words <> ''";
const BOOK: &str = "select state from item where id = ?1";
const ACCOUNTS: &str = "select actor, seq, minted, burned, sold, got, gave from stock where item = ?1";
const GIVES: &str = "select giver, taker, cum from give where item = ?1";
// A sale changes neither topic nor words, and an index that is told of them is a page to write.
const SET_STATE: &str = "update item set state = ?2 where id = ?1";
const SET_BOOK: &str = "insert into item (id, topic, words, state) values (?1, ?2, ?3, ?4)
    on conflict do update set topic = excluded.topic, words = excluded.words, state = excluded.state";
const SET_ACCOUNT: &str = "insert into stock (item, actor, seq, minted, burned, sold, got, gave)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    on conflict do update set seq = excluded.seq, minted = excluded.minted, burned = excluded.burned,
        sold = excluded.sold, got = excluded.got, gave = excluded.gave";
const SET_GIVE: &str = "insert into give (item, giver, taker, cum) values (?1, ?2, ?3, ?4)
    on conflict do update set cum = excluded.cum";
const OF_TOPIC: &str = "select state from item where topic = ?1 and id > ?2 and words <> '' order by id limit ?3";
const EVERY_TOPIC: &str = "select state from item where id > ?1 and words <> '' order by id limit ?2";
const NEWEST: &str = "select state from item where words <> '' order by id desc limit ?1";
const FIND: &str = "select state from item
    where id > ?2 and words <> '' and not exists (select 1 from json_each(?1) where instr(item.words, value) = 0)
    order by id limit ?3";
const TOPICS: &str = "select topic, count(*) as titles from item where topic <> '' group by topic order by topic";
const TITLES: &str = "select count(*) as titles from item where topic <> ''";
const HELD: &str = "select coalesce(sum(minted + got - gave - burned - sold), 0) as units from stock where actor = ?1";

/// Every statement, to be prepared against the tables by a test.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    STATE,
    BOOK,
    ACCOUNTS,
    GIVES,
    SET_STATE,
    SET_BOOK,
    SET_ACCOUNT,
    SET_GIVE,
    OF_TOPIC,
    EVERY_TOPIC,
    NEWEST,
    FIND,
    TOPICS,
    TITLES,
    HELD,
];

/// Loads books with their accounts, also those of which only units are known yet.
pub(crate) fn books<'a>(from: &Connection, ids: impl IntoIterator<Item = &'a ItemId>) -> rusqlite::Result<Vec<Book>> {
    let mut books = Vec::new();
    for id in ids {
        if let Some(state) = first(from, BOOK, [id.0], |row| read_json(row, "state"))? {
            let accounts: Accounts = all(from, ACCOUNTS, [id.0], account)?.into_iter().collect();
            let gives = all(from, GIVES, [id.0], give)?.into_iter().collect();
            books.push(Book::loaded(state, accounts, gives));
        }
    }
    Ok(books)
}

fn account(row: &Row<'_>) -> rusqlite::Result<(ActorId, Account)> {
    let n = |column| row.get::<_, u64>(column);
    let (seq, minted, burned) = (n("seq")?, n("minted")?, n("burned")?);
    let (sold, got, gave) = (n("sold")?, n("got")?, n("gave")?);
    Ok((parsed(row, "actor")?, Account { seq, minted, burned, sold, got, gave }))
}

fn give(row: &Row<'_>) -> rusqlite::Result<((ActorId, ActorId), u64)> {
    Ok(((parsed(row, "giver")?, parsed(row, "taker")?), row.get("cum")?))
}

/// Stores what changed of books.
pub(crate) fn write_books(to: &Connection, changed: &[&Book]) -> rusqlite::Result<()> {
    let (described, sold): (Vec<&Book>, Vec<&Book>) = changed.iter().partition(|book| book.changed_fields);
    each(to, SET_BOOK, described.iter().map(|book| row(&book.state)))?;
    found_by::write(to, &described)?;
    covers::name(to, &described)?;
    each(to, SET_STATE, sold.iter().map(|book| (book.state.id.0, json(&book.state))))?;
    let accounts = changed.iter().flat_map(|book| {
        book.changed_accounts.iter().map(move |actor| {
            let account = book.accounts.get(actor).copied().unwrap_or_default();
            let Account { seq, minted, burned, sold, got, gave } = account;
            // A thousand entries at the end of their range would add up to more than a column holds.
            let [minted, burned, sold, got, gave] = [minted, burned, sold, got, gave].map(signed);
            (book.state.id.0, actor.to_string(), seq, minted, burned, sold, got, gave)
        })
    });
    each(to, SET_ACCOUNT, accounts)?;
    let gives = changed.iter().flat_map(|book| {
        book.changed_gives.iter().map(move |(giver, taker)| {
            (book.state.id.0, giver.to_string(), taker.to_string(), book.given(*giver, *taker))
        })
    });
    each(to, SET_GIVE, gives)
}

/// The row of a book. Without a title it is no book yet: its topic and words are empty, and no reader finds it.
pub(super) fn row(state: &ItemState) -> (u32, &str, String, String) {
    if state.title.value.is_empty() {
        return (state.id.0, "", String::new(), json(state));
    }
    let words = format!("{} {}", state.title.value, state.authors.value).to_lowercase();
    (state.id.0, &state.topic.value, words, json(state))
}

/// The states of these books, as JSON, by id; those the shop does not have are left out.
pub(crate) fn states(from: &Connection, ids: &[ItemId]) -> rusqlite::Result<BTreeMap<ItemId, String>> {
    let state = |id: &ItemId| Ok(first(from, STATE, [id.0], |row| row.get("state"))?.map(|state| (*id, state)));
    ids.iter().filter_map(|id| state(id).transpose()).collect()
}

pub(super) fn texts(from: &Connection, statement: &str, params: impl Params) -> rusqlite::Result<Vec<String>> {
    all(from, statement, params, |row| row.get("state"))
}

/// The states, as JSON, of books of `topic` (or of every one) with ids above `after`, by id, at most `limit`.
pub(crate) fn of_topic(
    from: &Connection,
    topic: Option<&str>,
    after: Option<ItemId>,
    limit: Option<u32>,
) -> rusqlite::Result<Vec<String>> {
    let after = after.map_or(-1, |id| i64::from(id.0));
    let limit = limit.map_or(-1, i64::from);
    match topic {
        Some(topic) => texts(from, OF_TOPIC, (topic, after, limit)),
        None => texts(from, EVERY_TOPIC, (after, limit)),
    }
}

/// The states, as JSON, of the books with the highest ids, highest first.
pub(crate) fn newest(from: &Connection, limit: u32) -> rusqlite::Result<Vec<String>> {
    texts(from, NEWEST, [limit])
}

/// The states, as JSON, of books that have every word of `question` in their title or authors, by id.
pub(crate) fn find(
    from: &Connection,
    question: &str,
    after: Option<ItemId>,
    limit: u32,
) -> rusqlite::Result<Vec<String>> {
    let question = question.to_lowercase();
    let words: Vec<&str> = question.split_whitespace().collect();
    let after = after.map_or(-1, |id| i64::from(id.0));
    texts(from, FIND, (json(&words), after, limit))
}

/// Every topic, by name, with its number of titles.
pub(crate) fn topics(from: &Connection) -> rusqlite::Result<Vec<TopicCount>> {
    all(from, TOPICS, (), |row| Ok(TopicCount { topic: row.get("topic")?, titles: row.get("titles")? }))
}

/// How many titles the shop has.
pub(crate) fn titles(from: &Connection) -> rusqlite::Result<u64> {
    only(from, TITLES, (), |row| row.get("titles"))
}

/// How many titles the shop has, and how many units `actor` may sell of them.
pub(crate) fn totals(from: &Connection, actor: ActorId) -> rusqlite::Result<(u64, u64)> {
    let titles = titles(from)?;
    let held = only(from, HELD, [actor.to_string()], |row| row.get("units"))?;
    Ok((titles, held))
}

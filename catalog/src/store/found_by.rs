//! Books by their ISBN, by their author, and below a topic.

use super::books::texts;
use replica::rows::{each, first};
use rusqlite::Connection;
use std::collections::BTreeMap;
use stock::Book;
use wire::{Isbn, ItemId, ItemState, topic};

const SET: &str = "insert into found_by (item, isbn, author) values (?1, ?2, ?3)
    on conflict do update set isbn = excluded.isbn, author = excluded.author";
const BY_ISBN: &str = "select min(item) as item from found_by where isbn = ?1 and isbn <> ''";
const BY_AUTHOR: &str = "select state from found_by join item on id = item
    where author = ?1 and author <> '' and item <> ?2 order by item limit ?3";
// Two halves of a ring, so that each book of a long topic has other neighbours.
const AFTER: &str = "select state from item where topic = ?1 and id > ?2 and words <> '' order by id limit ?3";
const BEFORE: &str = "select state from item where topic = ?1 and id < ?2 and words <> '' order by id limit ?3";
// The ids come from the index alone: only what is shown is read, however much is below the topic.
const BELOW: &str = "select state from item where id in (
        select id from item where (topic = ?1 or topic >= ?2 and topic < ?3) and id > ?4 order by id limit ?5)
    and words <> '' order by id";

/// Every statement, to be prepared against the tables by a test.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[SET, BY_ISBN, BY_AUTHOR, AFTER, BEFORE, BELOW];

/// The row of a book that has a title.
pub(super) fn row(state: &ItemState) -> (u32, String, &str) {
    let isbn = state.isbn.value.map(|isbn| isbn.to_string()).unwrap_or_default();
    // Blanks only, as the tables do it for the books from before.
    let author = state.authors.value.split(';').next().unwrap_or_default().trim_matches(' ');
    (state.id.0, isbn, author)
}

/// Notes by what the books are found of which a field has changed.
pub(super) fn write(to: &Connection, described: &[&Book]) -> rusqlite::Result<()> {
    each(to, SET, described.iter().filter(|book| book.exists()).map(|book| row(&book.state)))
}

/// Which book has each of these ISBNs, the one with the lowest id where several have; those that none has are left out.
pub(crate) fn by_isbn(from: &Connection, isbns: &[Isbn]) -> rusqlite::Result<BTreeMap<Isbn, ItemId>> {
    let mut found = BTreeMap::new();
    for isbn in isbns {
        let item: Option<Option<u32>> = first(from, BY_ISBN, [isbn.to_string()], |row| row.get("item"))?;
        found.extend(item.flatten().map(|item| (*isbn, ItemId(item))));
    }
    Ok(found)
}

/// The states, as JSON, of at most `limit` other books that may please whoever looks at `book`: first those with the same
/// first author, then those of the same topic.
pub(crate) fn related(from: &Connection, book: &ItemState, limit: u32) -> rusqlite::Result<Vec<String>> {
    let (item, _, author) = row(book);
    let mut found = texts(from, BY_AUTHOR, (author, item, limit))?;
    if book.topic.value.is_empty() {
        return Ok(found);
    }
    for statement in [AFTER, BEFORE] {
        let room = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
        // Those of the same author, too, may be of the same topic: as many more are read as may be there already.
        let more = texts(from, statement, (&book.topic.value, item, limit))?;
        let more: Vec<String> = more.into_iter().filter(|state| !found.contains(state)).take(room as usize).collect();
        found.extend(more);
    }
    Ok(found)
}

/// The states, as JSON, of the books of `topic` and of all topics below it, with ids above `after`, by id, at most `limit`.
pub(crate) fn below(
    from: &Connection,
    topic: &str,
    after: Option<ItemId>,
    limit: Option<u32>,
) -> rusqlite::Result<Vec<String>> {
    let (first, end) = topic::below(topic);
    let after = after.map_or(-1, |id| i64::from(id.0));
    texts(from, BELOW, (topic, first, end, after, limit.map_or(-1, i64::from)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{KIND, write_books};
    use journal::ActorId;
    use replica::Database;
    use stock::{Fields, Numbers, Op, Shelf};

    const ME: ActorId = ActorId::from_bits(1);

    fn database(at: &std::path::Path) -> Database {
        Database::open(at, KIND.file, KIND.tables).expect("opens")
    }

    fn fields(title: &str, authors: &str, topic: &str) -> Fields {
        let text = |text: &str| Some(text.to_owned());
        Fields { title: text(title), authors: text(authors), topic: text(topic), ..Fields::default() }
    }

    fn shelve(into: &Connection, shelf: &mut Shelf, seq: u64, item: u32, fields: Fields) {
        shelf.apply(ME, seq, Op::Set { item: ItemId(item), hlc: seq, fields, why: None });
        write_books(into, &shelf.changed_books().collect::<Vec<_>>()).expect("is written");
    }

    fn ids(states: rusqlite::Result<Vec<String>>) -> Vec<u32> {
        let id = |state: &String| serde_json::from_str::<ItemState>(state).expect("a state").id.0;
        states.expect("can be read").iter().map(id).collect()
    }

    #[test]
    fn a_book_is_found_by_the_isbn_that_it_has_now() {
        let directory = tempfile::tempdir().expect("a directory");
        let (database, mut shelf) = (database(directory.path()), Shelf::new(ME, Numbers::new('A', 0, false)));
        let isbn = |text: &str| text.parse::<Isbn>().expect("an ISBN");
        let (one, other) = (isbn("9780306406157"), isbn("080442957X"));
        let with = |isbn| Fields { isbn: Some(isbn), ..fields("A", "B", "c") };
        shelve(&database.writer, &mut shelf, 1, 7, with(one));
        shelve(&database.writer, &mut shelf, 2, 8, with(one));
        let find = || by_isbn(&database.writer, &[one, other]).expect("can be read");
        assert_eq!(find(), [(one, ItemId(7))].into());
        shelve(&database.writer, &mut shelf, 3, 7, with(other));
        assert_eq!(find(), [(one, ItemId(8)), (other, ItemId(7))].into());
    }

    #[test]
    fn related_are_others_of_the_author_and_then_of_the_topic_each_once() {
        let directory = tempfile::tempdir().expect("a directory");
        let (database, mut shelf) = (database(directory.path()), Shelf::new(ME, Numbers::new('A', 0, false)));
        let books = [(1, "X", "t"), (2, "A; Y", "t"), (3, "A", "other"), (4, "", "t"), (5, "A", "t"), (6, "Y", "t")];
        for (seq, (item, authors, topic)) in (1..).zip(books) {
            shelve(&database.writer, &mut shelf, seq, item, fields("T", authors, topic));
        }
        let of = |item: u32, limit| {
            let state = &shelf.book(ItemId(item)).expect("known").state;
            ids(related(&database.writer, state, limit))
        };
        assert_eq!(of(5, 9), [2, 3, 6, 1, 4]);
        assert_eq!(of(5, 1), [2]);
        assert_eq!(of(4, 3), [5, 6, 1]);
        assert_eq!(of(3, 9), [2, 5]);
    }

    #[test]
    fn below_a_topic_is_what_its_path_begins_with_and_nothing_else() {
        let directory = tempfile::tempdir().expect("a directory");
        let (database, mut shelf) = (database(directory.path()), Shelf::new(ME, Numbers::new('A', 0, false)));
        let topics = ["fiction / crime", "fiction", "fictional", "fiction / crime / cosy", "fiction/x", "a / fiction"];
        for (seq, topic) in (1..).zip(topics) {
            shelve(&database.writer, &mut shelf, seq, u32::try_from(seq).expect("few"), fields("T", "", topic));
        }
        let of = |topic, after, limit| ids(below(&database.writer, topic, after, limit));
        assert_eq!(of("fiction", None, None), [1, 2, 4]);
        assert_eq!(of("fiction / crime", None, None), [1, 4]);
        assert_eq!(of("fiction", Some(ItemId(1)), Some(1)), [2]);
        assert_eq!(of("a", None, None), [6]);
    }

    #[test]
    fn data_from_before_is_found_by_its_first_author() {
        let directory = tempfile::tempdir().expect("a directory");
        let old = &KIND.tables[..3];
        let database = Database::open(directory.path(), KIND.file, old).expect("opens");
        let mut shelf = Shelf::new(ME, Numbers::new('A', 0, false));
        shelf.apply(ME, 1, Op::Set { item: ItemId(1), hlc: 1, fields: fields("T", " Ada ; Ben", "t"), why: None });
        let state = &shelf.book(ItemId(1)).expect("known").state;
        let insert = "insert into item (id, topic, words, state) values (1, 't', 't ada ; ben', ?1)";
        database.writer.execute(insert, [replica::rows::json(state)]).expect("is written");
        drop(database);
        let database = self::database(directory.path());
        let other = ItemState { id: ItemId(2), topic: wire::Register::default(), ..state.clone() };
        assert_eq!(ids(related(&database.writer, &other, 9)), [1]);
        let (_, _, author) = row(state);
        assert_eq!(author, "Ada");
    }
}

//! Which ids are books' at all, for those who list the whole shop a range at a time.
//!
//! From the narrow rows of `found_by`, one a book that has a title: nothing else of a book is read for it.

use replica::rows::{all, only};
use rusqlite::Connection;
use wire::ItemId;

const IDS: &str = "select item from found_by where item >= ?1 and item < ?2 order by item";
const NEXT: &str = "select min(item) as item from found_by where item >= ?1";

/// Every statement, to be prepared against the tables by a test.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[IDS, NEXT];

/// The ids of all books from `from` up to, but without, `below`, in their order.
pub(crate) fn ids(from: &Connection, least: u64, below: u64) -> rusqlite::Result<Vec<ItemId>> {
    let end = |id: u64| i64::try_from(id).unwrap_or(i64::MAX);
    all(from, IDS, (end(least), end(below)), |row| row.get("item").map(ItemId))
}

/// Cuts all ids into ranges of `size`, and says which of them have a book: 0 for those below `size`, and so on. The first
/// `most` of them. Each costs one look at the tree of rows, however many books are in it.
pub(crate) fn ranges(from: &Connection, size: u32, most: usize) -> rusqlite::Result<Vec<u32>> {
    let (mut found, mut least) = (Vec::new(), 0);
    while found.len() < most {
        let next: Option<u32> = only(from, NEXT, [i64::try_from(least).unwrap_or(i64::MAX)], |row| row.get("item"))?;
        let Some(id) = next else { break };
        let range = id / size;
        found.push(range);
        least = (u64::from(range) + 1) * u64::from(size);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{KIND, write_books};
    use journal::ActorId;
    use replica::Database;
    use stock::{Fields, Numbers, Op, Shelf};

    #[test]
    fn ranges_with_books_are_found_wherever_they_are_and_what_has_no_title_is_no_book() {
        let directory = tempfile::tempdir().expect("a directory");
        let database = Database::open(directory.path(), KIND.file, KIND.tables).expect("opens");
        let me = ActorId::from_bits(1);
        let mut shelf = Shelf::new(me, Numbers::new('A', 0, false));
        for (seq, item) in [0, 9, 10, 25, u32::MAX].map(ItemId).into_iter().enumerate() {
            let fields = Fields { title: Some("T".into()), topic: Some("t".into()), ..Fields::default() };
            shelf.apply(me, seq as u64 + 1, Op::Set { item, hlc: 1, fields, why: None });
        }
        shelf.apply(me, 9, Op::Mint { item: ItemId(77), n: 1, reference: "only units".into(), why: None });
        write_books(&database.writer, &shelf.changed_books().collect::<Vec<_>>()).expect("writes");
        let found = |least, below| ids(&database.writer, least, below).expect("reads");
        assert_eq!(found(0, 10), [ItemId(0), ItemId(9)]);
        assert_eq!(found(70, 80), []);
        assert_eq!(found(4_294_967_290, 5_000_000_000), [ItemId(u32::MAX)]);
        let cut = |most| ranges(&database.writer, 10, most).expect("reads");
        assert_eq!(cut(100), [0, 1, 2, u32::MAX / 10]);
        assert_eq!(cut(2), [0, 1]);
    }
}

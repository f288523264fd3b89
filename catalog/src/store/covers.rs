//! The bytes of covers, by their hashes; and which of those that books have are not here.

use journal::Hash;
use replica::rows::{all, damaged, each, first, only, parsed};
use rusqlite::{Connection, Row};
use stock::Book;
use stock::command::Image;
use wire::cover::hash_of;

const NAME: &str = "insert into cover (hash, bytes) values (?1, null) on conflict do nothing";
const KEEP: &str = "insert into cover (hash, bytes) values (?1, ?2)
    on conflict do update set bytes = excluded.bytes where cover.bytes is null";
const READ: &str = "select bytes from cover where hash = ?1 and bytes is not null";
const MISSING: &str = "select hash from cover where bytes is null and hash > ?1 order by hash limit ?2";
const IS_NAMED: &str = "select exists (select 1 from cover where hash = ?1) as there";
const EVERY: &str = "select hash, bytes from cover where bytes is not null order by hash";
const NUMBER_MISSING: &str = "select count(*) as missing from cover where bytes is null";

/// Every statement, to be prepared against the tables by a test.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[NAME, KEEP, READ, MISSING, IS_NAMED, EVERY, NUMBER_MISSING];

/// Notes which covers the books have of which a field has changed.
pub(super) fn name(to: &Connection, described: &[&Book]) -> rusqlite::Result<()> {
    let named = described.iter().filter_map(|book| book.state.cover.value);
    each(to, NAME, named.map(|cover| [cover.hash.to_string()]))
}

/// Stores the bytes of covers; those that are here stay as they are.
pub(crate) fn keep(to: &Connection, images: &[Image]) -> rusqlite::Result<()> {
    each(to, KEEP, images.iter().map(|image| (image.cover.hash.to_string(), &*image.bytes)))
}

/// The bytes of a cover, where they are here.
pub(crate) fn cover(from: &Connection, hash: Hash) -> rusqlite::Result<Option<Vec<u8>>> {
    first(from, READ, [hash.to_string()], |row| row.get("bytes"))
}

/// At most `most` covers whose bytes are not here, after `after`, in the order of their hashes.
pub(crate) fn missing_covers(from: &Connection, after: Option<Hash>, most: u32) -> rusqlite::Result<Vec<Hash>> {
    let after = after.map(|hash| hash.to_string()).unwrap_or_default();
    all(from, MISSING, (after, most), |row| parsed(row, "hash"))
}

/// How many covers' bytes are not here.
pub(crate) fn number_of_missing_covers(from: &Connection) -> rusqlite::Result<u64> {
    only(from, NUMBER_MISSING, (), |row| row.get("missing"))
}

/// Whether the table has a row for a cover that a book has.
pub(crate) fn is_named(from: &Connection, hash: Hash) -> rusqlite::Result<bool> {
    only(from, IS_NAMED, [hash.to_string()], |row| row.get("there"))
}

/// The covers whose bytes are not those of their hash.
pub(crate) fn damaged_covers(from: &Connection) -> rusqlite::Result<Vec<String>> {
    let read = |row: &Row<'_>| {
        let (hash, bytes) = (row.get::<_, String>("hash")?, row.get_ref("bytes")?);
        let bytes = bytes.as_blob().map_err(|error| damaged("bytes", error))?;
        Ok((hash_of(bytes).to_string() != hash).then_some(hash))
    };
    Ok(all(from, EVERY, (), read)?.into_iter().flatten().collect())
}

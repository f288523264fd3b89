//! The SQL of the objects. It loads and stores; what a state means is `crdt`'s.
//!
//! Statements are named constants.

use crate::machine::{Change, categories};
use blake3::Hash;
use crdt::Object;
use replica::Tables;
use replica::rows::{all, first, json, parsed, read_json};
use rusqlite::{Connection, Row};
use wire::cart::{Key, ObjectDigests, Places};

/// The database's file.
pub(crate) const FILE: &str = "cart.db";
/// Its tables.
pub(crate) const TABLES: Tables = &[include_str!("../tables/1_objects.sql")];

const LOAD: &str = "select body from object where key = ?1";
const SET: &str = "insert into object (key, bucket, body, digest) values (?1, ?2, ?3, ?4)
    on conflict (key) do update set body = excluded.body, digest = excluded.digest";
const FORGET: &str = "delete from object where key = ?1";
const DIGESTS: &str = "select key, bucket, digest from object";
const BUCKET: &str = "select key, digest from object where bucket = ?1";
const UNLIST: &str = "delete from category where key = ?1";
const LIST: &str = "insert into category (category, key) values (?1, ?2)";
const OF_CATEGORY: &str = "select key from category where category = ?1 and key > ?2 order by key limit ?3";
const OF_KIND: &str = "select key from object where key > ?1 and key < ?2 order by key limit ?3";

/// Every statement, to be prepared against the tables by a test.
#[cfg(test)]
const STATEMENTS: &[&str] = &[LOAD, SET, FORGET, DIGESTS, BUCKET, UNLIST, LIST, OF_CATEGORY, OF_KIND];

/// The object of this key.
pub(crate) fn load(objects: &Connection, key: &Key) -> rusqlite::Result<Option<Object>> {
    first(objects, LOAD, [key.as_str()], |row| read_json(row, "body"))
}

/// The objects of these keys, in their order.
pub(crate) fn load_all(objects: &Connection, keys: &[Key]) -> rusqlite::Result<Vec<Option<Object>>> {
    keys.iter().map(|key| load(objects, key)).collect()
}

/// Writes what a batch has changed; the digests of the states that are there now.
pub(crate) fn save(objects: &Connection, changes: &[Change]) -> rusqlite::Result<Vec<Option<[u8; 32]>>> {
    changes.iter().map(|change| save_one(objects, change)).collect()
}

fn save_one(objects: &Connection, Change { key, after, .. }: &Change) -> rusqlite::Result<Option<[u8; 32]>> {
    objects.prepare_cached(UNLIST)?.execute([key.as_str()])?;
    let Some(object) = after else {
        objects.prepare_cached(FORGET)?.execute([key.as_str()])?;
        return Ok(None);
    };
    let digest = object.digest();
    objects.prepare_cached(SET)?.execute((key.as_str(), Places::bucket_of(key), json(object), digest))?;
    for category in categories(key, object) {
        objects.prepare_cached(LIST)?.execute((category, key.as_str()))?;
    }
    Ok(Some(digest))
}

/// Shows `each` object's key, bucket and digest.
pub(crate) fn each_digest(objects: &Connection, mut each: impl FnMut(u16, &Key, &[u8; 32])) -> rusqlite::Result<()> {
    let mut statement = objects.prepare(DIGESTS)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        each(row.get("bucket")?, &parsed(row, "key")?, &row.get("digest")?);
    }
    Ok(())
}

/// The digests of one bucket's objects.
pub(crate) fn bucket(objects: &Connection, bucket: u16) -> rusqlite::Result<ObjectDigests> {
    let row = |row: &Row<'_>| Ok((parsed(row, "key")?, Hash::from_bytes(row.get("digest")?).to_hex().to_string()));
    Ok(all(objects, BUCKET, [bucket], row)?.into_iter().collect())
}

/// At most `limit` carts after this key that show a book of the category, by key.
pub(crate) fn of_category(objects: &Connection, category: &str, after: &str, limit: u32) -> rusqlite::Result<Vec<Key>> {
    all(objects, OF_CATEGORY, (category, after, limit), |row| parsed(row, "key"))
}

/// At most `limit` objects of a kind after this key, by key.
pub(crate) fn of_kind(objects: &Connection, kind: &str, after: &str, limit: u32) -> rusqlite::Result<Vec<Key>> {
    // Between the slash after the kind and the character that follows a slash.
    let (first, end) = (format!("{kind}/"), format!("{kind}0"));
    all(objects, OF_KIND, (after.max(&first), end, limit), |row| parsed(row, "key"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crdt::{Actor, CounterMap};
    use wire::cart::CATEGORY;

    fn tables() -> Connection {
        let objects = Connection::open_in_memory().expect("opens");
        objects.execute_batch(TABLES[0]).expect("makes its tables");
        objects
    }

    #[test]
    fn every_statement_fits_the_tables() {
        let objects = tables();
        for statement in STATEMENTS {
            objects.prepare(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    }

    #[test]
    fn the_index_of_categories_follows_what_a_cart_shows() {
        let (objects, actor) = (tables(), Actor::from_bits(1));
        let key = Key::of("cart", "c").expect("a key");
        let mut cart = CounterMap::new();
        let saved = |cart: &CounterMap| {
            let after = Some(Object::Counters(cart.clone()));
            save(&objects, &[Change { key: key.clone(), before: None, after }]).expect("saved");
            let found = |category| of_category(&objects, category, "", 10).expect("read").len();
            (found("poetry"), found("history"))
        };
        for (item, category) in [("1", "poetry"), ("2", "history"), ("3", "history")] {
            cart.add(actor, item, 1).expect("an edit");
            cart.set(actor, item, CATEGORY, category, 1).expect("an edit");
        }
        assert_eq!(saved(&cart), (1, 1));
        cart.remove(actor, "1").expect("an edit");
        cart.remove(actor, "2").expect("an edit");
        assert_eq!(saved(&cart), (0, 1));
        cart.add(actor, "3", -1).expect("an edit");
        assert_eq!(saved(&cart), (0, 0));
    }

    #[test]
    fn the_objects_of_a_kind_are_listed_by_key_a_part_at_a_time_and_no_others() {
        let objects = tables();
        for name in ["a/x", "cart/1", "cart/2", "cart/~", "cart0/x", "carts/1", "list/1"] {
            // Not all of these are keys; whatever stands beside a kind is not of it.
            let values = (name, 0, "{}", [0_u8; 32]);
            objects
                .execute("insert into object (key, bucket, body, digest) values (?1, ?2, ?3, ?4)", values)
                .expect("in");
        }
        let listed = |after| -> Vec<String> {
            of_kind(&objects, "cart", after, 2).expect("read").into_iter().map(String::from).collect()
        };
        assert_eq!(listed(""), ["cart/1", "cart/2"]);
        assert_eq!(listed("cart/2"), ["cart/~"]);
        assert_eq!(listed("list/1"), [] as [&str; 0]);
    }
}

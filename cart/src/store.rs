//! The SQL of the objects. It loads and stores; what a state means is `crdt`'s.
//!
//! Statements are named constants.

use crate::machine::{Change, categories, is_empty_cart, may_be_listed};
use crate::standing::Standing;
use cluster::Tier;
use crdt::Object;
use replica::Kind;
use replica::rows::{all, damaged, first, json, parsed, read_json};
use rusqlite::{Connection, Row};
use wire::cart::{Digest, Forget, Key, ObjectDigests, Places};

/// A cart replica's data.
pub(crate) const KIND: Kind = Kind {
    tier: Tier::Cart,
    file: "cart.db",
    tables: &[
        include_str!("../tables/1_objects.sql"),
        include_str!("../tables/2_standing.sql"),
        include_str!("../tables/3_emptiness.sql"),
    ],
    own_table: "object",
    // Whoever starts on a copy may lack what was written since.
    whose: "standing",
};

const LOAD: &str = "select body, digest from object where key = ?1";
const SET: &str = "insert into object (key, bucket, body, digest, empty_since) values (?1, ?2, ?3, ?4, ?5)
    on conflict (key) do update set
        body = excluded.body, digest = excluded.digest, empty_since = excluded.empty_since";
const EMPTY: &str = "select key, digest from object where empty_since <= ?1 order by empty_since limit 1000";
const FORGET: &str = "delete from object where key = ?1";
const DIGESTS: &str = "select key, bucket, digest from object";
const BUCKET: &str = "select key, digest from object where bucket = ?1";
const UNLIST: &str = "delete from category where key = ?1";
const LIST: &str = "insert into category (category, key) values (?1, ?2)";
const STAND: &str = "insert into standing (one, layouts, whole) values (1, ?1, ?2)
    on conflict (one) do update set layouts = excluded.layouts, whole = excluded.whole";
const STANDING: &str = "select layouts, whole from standing";
const EVERYTHING: &str = "select key, bucket, body, digest, empty_since from object order by key";
const CATEGORIES: &str = "select category, key from category";
const OF_CATEGORY: &str = "select key from category where category = ?1 and key > ?2 order by key limit ?3";
const OF_KIND: &str = "select key from object where key > ?1 and key < ?2 order by key limit ?3";

/// Every statement, to be prepared against the tables by a test.
#[cfg(test)]
const STATEMENTS: &[&str] = &[
    LOAD,
    SET,
    EMPTY,
    FORGET,
    DIGESTS,
    BUCKET,
    UNLIST,
    LIST,
    STAND,
    STANDING,
    EVERYTHING,
    CATEGORIES,
    OF_CATEGORY,
    OF_KIND,
];

/// The object of this key, and the digest that is written down of it.
pub(crate) fn load(objects: &Connection, key: &Key) -> rusqlite::Result<Option<(Object, Digest)>> {
    first(objects, LOAD, [key.as_str()], |row| Ok((read_json(row, "body")?, Digest(row.get("digest")?))))
}

/// The objects of these keys, in their order.
pub(crate) fn load_all(objects: &Connection, keys: &[Key]) -> rusqlite::Result<Vec<Option<Object>>> {
    keys.iter().map(|key| Ok(load(objects, key)?.map(|(object, _)| object))).collect()
}

/// Writes what a batch has changed at this time; the digests of the states that are there now.
pub(crate) fn save(objects: &Connection, changes: &[Change], now_ms: u64) -> rusqlite::Result<Vec<Option<Digest>>> {
    changes.iter().map(|change| save_one(objects, change, now_ms)).collect()
}

fn save_one(objects: &Connection, Change { key, after, .. }: &Change, now_ms: u64) -> rusqlite::Result<Option<Digest>> {
    if may_be_listed(key) {
        objects.prepare_cached(UNLIST)?.execute([key.as_str()])?;
    }
    let Some(object) = after else {
        objects.prepare_cached(FORGET)?.execute([key.as_str()])?;
        return Ok(None);
    };
    let digest = object.digest();
    let empty_since = is_empty_cart(key, object).then_some(now_ms);
    let row = (key.as_str(), Places::bucket_of(key), json(object), digest, empty_since);
    objects.prepare_cached(SET)?.execute(row)?;
    for category in categories(key, object) {
        objects.prepare_cached(LIST)?.execute((category, key.as_str()))?;
    }
    Ok(Some(Digest(digest)))
}

/// Writes where the replica stands.
pub(crate) fn stand(objects: &Connection, standing: &Standing) -> rusqlite::Result<()> {
    objects.prepare_cached(STAND)?.execute((json(standing.layouts()), standing.whole())).map(drop)
}

/// Where the replica stands; `None` on a disk that knows of no layout.
pub(crate) fn standing(objects: &Connection) -> rusqlite::Result<Option<Standing>> {
    let found = first(objects, STANDING, (), |row| Ok((read_json(row, "layouts")?, row.get("whole")?)))?;
    found.map(|(layouts, whole)| Standing::of(layouts, whole).map_err(|error| damaged("layouts", error))).transpose()
}

/// An object, and what else is written down of it.
pub(crate) struct Stored {
    pub(crate) key: Key,
    pub(crate) bucket: u16,
    pub(crate) object: Object,
    pub(crate) digest: Digest,
    pub(crate) empty_since: Option<u64>,
}

/// Shows every object.
pub(crate) fn each(objects: &Connection, mut each: impl FnMut(Stored)) -> rusqlite::Result<()> {
    let mut statement = objects.prepare(EVERYTHING)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        each(Stored {
            key: parsed(row, "key")?,
            bucket: row.get("bucket")?,
            object: read_json(row, "body")?,
            digest: Digest(row.get("digest")?),
            empty_since: row.get("empty_since")?,
        });
    }
    Ok(())
}

/// Every category of every cart, with its key.
pub(crate) fn every_category(objects: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    all(objects, CATEGORIES, (), |row| Ok((row.get("category")?, row.get("key")?)))
}

/// Shows `each` object's key, bucket and digest.
pub(crate) fn each_digest(objects: &Connection, mut each: impl FnMut(u16, &Key, &Digest)) -> rusqlite::Result<()> {
    let mut statement = objects.prepare(DIGESTS)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        each(row.get("bucket")?, &parsed(row, "key")?, &Digest(row.get("digest")?));
    }
    Ok(())
}

/// The digests of one bucket's objects.
pub(crate) fn bucket(objects: &Connection, bucket: u16) -> rusqlite::Result<ObjectDigests> {
    let row = |row: &Row<'_>| Ok((parsed(row, "key")?, Digest(row.get("digest")?)));
    Ok(all(objects, BUCKET, [bucket], row)?.into_iter().collect())
}

/// Carts that have shown nothing since this time or longer, the longest first.
pub(crate) fn empty_since(objects: &Connection, before_ms: u64) -> rusqlite::Result<Vec<Forget>> {
    all(objects, EMPTY, [before_ms], |row| Ok(Forget { key: parsed(row, "key")?, digest: Digest(row.get("digest")?) }))
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
        for tables in KIND.tables {
            objects.execute_batch(tables).expect("makes its tables");
        }
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
    fn the_indexes_of_categories_and_of_empty_carts_follow_what_a_cart_shows() {
        let (objects, actor) = (tables(), Actor::from_bits(1));
        let key = Key::of("cart", "c").expect("a key");
        let mut cart = CounterMap::new();
        let saved = |cart: &CounterMap| {
            let after = Some(Object::Counters(cart.clone()));
            save(&objects, &[Change { key: key.clone(), before: None, after }], 7).expect("saved");
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
        assert_eq!(empty_since(&objects, 7).expect("read"), []);
        cart.add(actor, "3", -1).expect("an edit");
        assert_eq!(saved(&cart), (0, 0));
        assert_eq!(empty_since(&objects, 6).expect("read"), []);
        assert_eq!(empty_since(&objects, 7).expect("read").len(), 1);
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

//! `cart check`: reads every object of a replica, and compares with what the tables say of it.
//!
//! Nothing is repaired: a replica whose data are damaged is started anew on an empty disk, and the others fill it.

use crate::machine::{categories, is_empty_cart};
use crate::store::{self, KIND, Stored};
use crdt::Limits;
use rusqlite::Connection;
use serve::command_line::{Fatal, Place};
use std::collections::BTreeSet;
use wire::cart::{Digest, Places};

/// Differences that are shown; the rest is counted.
const MOST_SHOWN: usize = 50;

pub(super) fn check(place: &Place) -> Result<(), Fatal> {
    let name = &place.member.name;
    let failed = |error: rusqlite::Error| Fatal::Failed(format!("can't read {name}: {error}"));
    let database = KIND.read_only(place)?;
    // One transaction, so that a replica that is running does not change under the comparison.
    let reader = database.unchecked_transaction().map_err(failed)?;
    let (objects, differences) = compare(&reader).map_err(failed)?;
    for difference in differences.iter().take(MOST_SHOWN) {
        println!("{difference}");
    }
    if !differences.is_empty() {
        return Err(Fatal::Failed(format!("{name}: {} differences in {objects} objects", differences.len())));
    }
    println!("{name}: {objects} objects are what the tables say of them");
    Ok(())
}

/// How many objects there are, and what is wrong with them.
fn compare(objects: &Connection) -> rusqlite::Result<(usize, Vec<String>)> {
    let (mut count, mut differences) = (0, Vec::new());
    let mut listed: BTreeSet<(String, String)> = store::every_category(objects)?.into_iter().collect();
    store::each(objects, |stored| {
        count += 1;
        differences.extend(wrong(&stored).map(|what| format!("{}: {what}", stored.key)));
        for category in categories(&stored.key, &stored.object) {
            if !listed.remove(&(category.clone(), stored.key.to_string())) {
                differences.push(format!("{}: is not listed under category {category}", stored.key));
            }
        }
    })?;
    differences.extend(listed.into_iter().map(|(category, key)| format!("{key}: is listed under category {category}")));
    if let Err(error) = store::standing(objects) {
        differences.push(format!("what the replica knows of layouts can't be read: {error}"));
    }
    Ok((count, differences))
}

fn wrong(Stored { key, bucket, object, digest, empty_since }: &Stored) -> impl Iterator<Item = String> {
    let there = Places::bucket_of(key);
    let found = [
        (there != *bucket).then(|| format!("is filed in bucket {bucket} and belongs into {there}")),
        (Digest(object.digest()) != *digest).then(|| "its state has another digest than was written down".to_owned()),
        (is_empty_cart(key, object) != empty_since.is_some())
            .then(|| "is wrongly marked as empty, or as not".to_owned()),
        object.fits(&Limits::default()).err().map(|error| error.to_string()),
    ];
    found.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::compare;
    use crate::machine::Change;
    use crate::store;
    use crdt::{Actor, CounterMap, Object};
    use replica::Database;
    use wire::cart::{CATEGORY, Key};

    #[test]
    fn what_was_changed_behind_the_back_of_a_replica_is_found() {
        let directory = tempfile::tempdir().expect("a directory");
        let database = Database::open(directory.path(), store::KIND.file, store::KIND.tables).expect("opens");
        let mut cart = CounterMap::new();
        cart.add(Actor::from_bits(1), "1", 1).expect("an edit");
        cart.set(Actor::from_bits(1), "1", CATEGORY, "poetry", 1).expect("an edit");
        let key = Key::of("cart", "c").expect("a key");
        let change = Change { key, before: None, after: Some(Object::Counters(cart)) };
        store::save(&database.writer, &[change], 7).expect("saves");
        assert_eq!(compare(&database.writer).expect("reads"), (1, Vec::new()));
        for (damage, found) in [
            ("update object set bucket = (bucket + 1) % 1024", "bucket"),
            ("update object set bucket = (bucket + 1023) % 1024, digest = zeroblob(32)", "digest"),
            ("update category set category = 'history'", "category"),
            ("update object set empty_since = 5", "empty"),
        ] {
            database.writer.execute(damage, ()).expect("damages");
            let (_, differences) = compare(&database.writer).expect("reads");
            assert!(differences.iter().any(|difference| difference.contains(found)), "{damage}: {differences:?}");
        }
    }
}

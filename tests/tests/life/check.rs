//! `check` notices every kind of damage and names it.

use super::{buys, done, passes_its_checks, said, shares, shop_with};
use rusqlite::Connection;
use serde_json::json;
use std::fs;
use tests::Cluster;

/// Damages the data of a replica that does not run, one way after the other, and sees what `check` says of each.
async fn each_is_noticed(shop: &Cluster, tier: &str, name: &str, damages: &[(&str, &str)]) {
    let data = shop.data_of(name).join(format!("{tier}.db"));
    let whole = data.with_extension("whole");
    // Stopped well, so that all of it is in one file.
    fs::copy(&data, &whole).expect("the data can be copied");
    for (damage, words) in damages {
        let changed = {
            let database = Connection::open(&data).expect("the data opens");
            database.execute(damage, ()).unwrap_or_else(|error| panic!("{damage}: {error}"))
        };
        assert!(changed > 0, "{damage} changes nothing");
        let output = shop.command(tier, &["check", "--name", name]).await;
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{damage}\n{said}");
        assert!(said.contains(words) && said.contains("differences between"), "{damage}\n{said}");
        for beside in ["-wal", "-shm"] {
            let _ = fs::remove_file(data.with_extension(format!("db{beside}")));
        }
        fs::copy(&whole, &data).expect("the data can be put back");
    }
    done(shop, tier, &["check", "--name", name]).await;
}

#[tokio::test]
async fn every_kind_of_damage_to_a_catalogs_data_is_noticed_and_named() {
    let shop = shop_with(8).await;
    shares(&shop).await;
    buys(&shop, "orderA", 2).await;
    shop.operator().puts("catalogA", 1, &json!({"cost": 13})).await.has_status(201);
    shop.closes().await;
    passes_its_checks(&shop).await;
    let damages = [
        ("update stock set sold = sold + 1 where item = 1", "accounts of item 1"),
        ("insert into stock select 99, actor, seq, 1, 0, 0, 0, 0 from stock limit 1", "the tables have"),
        ("update give set cum = cum + 1 where item = 2", "gifts of item 2"),
        ("delete from give where item = 2", "gifts of item 2"),
        ("update item set topic = 'other' where id = 3", "item 3: its topic, words"),
        ("update item set state = replace(state, 'Title 4', 'Title 5') where id = 4", "item 4"),
        ("delete from item where id = 4", "the journals make 4 books, the tables have 3"),
        ("update sale set live = 0", "sale "),
        ("delete from sale", "the table says nothing"),
        ("update reference set delta = delta + 1 where name = 'opening-1'", "adjustment opening-1"),
        ("delete from reference where name = 'opening-1'", "adjustment opening-1: the table says nothing"),
        ("insert into reference values ('never', 1, 1)", "adjustment never"),
        ("delete from change", "stands in only one of table and journals"),
        ("update change set listed = 0", "stands in only one of table and journals"),
        ("update incarnation set replica = 'catalogQ'", "of catalogQ stands in only one"),
        ("update number set highest = highest + 1", "highest order number"),
        ("update head set seq = seq + 1", "the table of heads"),
        ("delete from head", "the table of heads says 0"),
        (
            "insert into retired select actor, seq, hash from head where actor not in (select actor from identity)",
            "the table of retired actors says",
        ),
        (
            "update journal set body = replace(body, '\"n\":8', '\"n\":9') where seq = 3",
            "does not follow the one before",
        ),
        ("update journal set hash = (select hash from head limit 1) where seq = 2", "does not follow the one before"),
        ("delete from journal where seq = 4", "does not follow the one before"),
        ("delete from journal where rowid in (select max(rowid) from journal)", "the last entry is"),
    ];
    each_is_noticed(&shop, "catalog", "catalogA", &damages).await;
}

#[tokio::test]
async fn every_kind_of_damage_to_an_order_replicas_data_is_noticed_and_named() {
    let shop = shop_with(8).await;
    buys(&shop, "orderA", 2).await;
    shop.closes().await;
    passes_its_checks(&shop).await;
    let last = "where number = (select max(number) from number)";
    let swapped = format!("update number set order_id = (select id from orders order by number limit 1) {last}");
    let missing = format!("delete from number {last}");
    let unlisted = format!("update orders set number = number + 26 {last}");
    let gone = format!("delete from orders {last}");
    let damages = [
        ("update orders set body = replace(body, '\"told\":true', '\"told\":false')", "the tables differ"),
        ("update orders set placed = '[]'", "the tables differ"),
        ("update orders set sales = '[]'", "the tables differ"),
        (gone.as_str(), "the journals make 8 orders, the tables have 7"),
        (unlisted.as_str(), "is listed by number"),
        (swapped.as_str(), "leads to"),
        (missing.as_str(), "leads to {}"),
        ("insert into number select 1, id from orders limit 1", "number 1 leads to"),
        ("delete from sale", "stands in only one of table and journals"),
        ("insert into sale select actor, 9999 from sale limit 1", "step 9999"),
        ("update head set seq = seq + 1", "the table of heads"),
        ("update journal set body = replace(body, '\"number\":', '\"number\":1') where seq = 2", "does not follow"),
    ];
    each_is_noticed(&shop, "order", "orderA", &damages).await;
}

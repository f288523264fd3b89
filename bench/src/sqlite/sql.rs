//! The statements, each as the replicas have it but for the names of the tables; a test compares them.

pub(super) const STATE: &str = "update catalog_item set state = ?2 where id = ?1";
pub(super) const ITEM: &str = "insert into catalog_item (id, topic, words, state) values (?1, ?2, ?3, ?4)
    on conflict do update set topic = excluded.topic, words = excluded.words, state = excluded.state";
pub(super) const STOCK: &str = "insert into catalog_stock (item, actor, seq, minted, burned, sold, got, gave)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    on conflict do update set seq = excluded.seq, minted = excluded.minted, burned = excluded.burned,
        sold = excluded.sold, got = excluded.got, gave = excluded.gave";
pub(super) const CATALOG_SALE: &str = "insert into catalog_sale (actor, seq, order_id, live) values (?1, ?2, ?3, 1)";
pub(super) const HIGHEST: &str = "insert into catalog_number (only_one, highest) values (1, ?1)
    on conflict do update set highest = excluded.highest";
pub(super) const CATALOG_JOURNAL: &str = "insert into catalog_journal (actor, seq, hash, body) values (?1, ?2, ?3, ?4)";
pub(super) const CATALOG_HEAD: &str = "insert into catalog_head (actor, seq, hash) values (?1, ?2, ?3)
    on conflict do update set seq = excluded.seq, hash = excluded.hash";

pub(super) const ORDER: &str =
    "insert into order_orders (id, number, body, placed, sales, buyer, created_ms, fulfilment)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict (id) do update set
        number = excluded.number, body = excluded.body, placed = excluded.placed, sales = excluded.sales,
        buyer = excluded.buyer, created_ms = excluded.created_ms, fulfilment = excluded.fulfilment";
pub(super) const NUMBER: &str = "insert into order_number (number, order_id) values (?1, ?2) on conflict do nothing";
pub(super) const ORDER_SALE: &str = "insert into order_sale (actor, seq) values (?1, ?2) on conflict do nothing";
pub(super) const ORDER_JOURNAL: &str = "insert into order_journal (actor, seq, hash, body) values (?1, ?2, ?3, ?4)";
pub(super) const ORDER_HEAD: &str = "insert into order_head (actor, seq, hash) values (?1, ?2, ?3)
    on conflict do update set seq = excluded.seq, hash = excluded.hash";

/// Every statement, to be looked for by a test among those of the replicas.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    ITEM,
    STOCK,
    CATALOG_SALE,
    HIGHEST,
    CATALOG_JOURNAL,
    CATALOG_HEAD,
    ORDER,
    NUMBER,
    ORDER_SALE,
    ORDER_JOURNAL,
    ORDER_HEAD,
];

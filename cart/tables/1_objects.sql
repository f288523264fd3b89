-- What this replica holds. An object is what `crdt` reads and writes; its digest is the one that replicas compare.
create table object (
    key text primary key,
    bucket integer not null,
    body text not null,
    digest blob not null
) strict, without rowid;
create index object_by_bucket on object (bucket);

-- Which carts have a book of which category. It follows from the objects, and is written in their transactions.
create table category (
    category text not null,
    key text not null,
    primary key (category, key)
) strict, without rowid;
create index category_by_key on category (key);

-- The tables that a sale writes to in one catalog and one order replica, in one file. Some names occur in both, hence
-- the prefixes. A test compares columns, keys and indexes with those of the replicas' own tables.

create table catalog_journal (
    actor text not null,
    seq   integer not null,
    hash  text not null,
    body  text not null,
    primary key (actor, seq)
);
create table catalog_head (
    actor text primary key,
    seq   integer not null,
    hash  text not null
) without rowid;
create table catalog_item (
    id    integer primary key,
    topic text not null,
    words text not null,
    state text not null
);
create index catalog_item_by_topic on catalog_item (topic, id);
create table catalog_stock (
    item   integer not null,
    actor  text not null,
    seq    integer not null,
    minted integer not null,
    burned integer not null,
    sold   integer not null,
    got    integer not null,
    gave   integer not null,
    primary key (item, actor)
) without rowid;
create table catalog_sale (
    actor    text not null,
    seq      integer not null,
    order_id text not null,
    live     integer not null,
    primary key (actor, seq)
) without rowid;
create index catalog_sale_by_order on catalog_sale (order_id);
create table catalog_number (
    only_one integer primary key check (only_one = 1),
    highest  integer not null
);

create table order_journal (
    actor text not null,
    seq   integer not null,
    hash  text not null,
    body  text not null,
    primary key (actor, seq)
);
create table order_head (
    actor text primary key,
    seq   integer not null,
    hash  text not null
) without rowid;
create table order_orders (
    id     text not null unique,
    number integer not null,
    body   text not null,
    placed text not null,
    sales  text not null,
    buyer  text,
    created_ms integer,
    fulfilment text not null default 'placed'
);
create index order_orders_of_buyer on order_orders (buyer, created_ms, id) where buyer is not null;
create index order_orders_by_moment on order_orders (created_ms, id);
create index order_orders_by_fulfilment on order_orders (fulfilment, created_ms, id);
create table order_number (
    number   integer not null,
    order_id text not null,
    primary key (number, order_id)
) without rowid;
create table order_sale (
    actor text not null,
    seq   integer not null,
    primary key (actor, seq)
) without rowid;

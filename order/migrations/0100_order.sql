-- The fold of the order journals. An order is a function of the sales it stands on, so replicas that know the same
-- sales have the same rows.

create table orders (
    id     text primary key,      -- UUID
    number integer not null,
    body   text not null          -- JSON: the order as it is told to others
) without rowid;
create index orders_by_number on orders (number);

-- Every number an order was sold under; more than one only where replicas sold it apart.
create table number (
    number   integer primary key,
    order_id text not null
);

-- The catalog's sales that were seen: what stands in whose journal there.
create table sale (
    actor    text not null,
    seq      integer not null,
    order_id text not null,
    told     integer not null,  -- 1 where a buyer was answered with it
    primary key (actor, seq)
) without rowid;
create index sale_by_order on sale (order_id);

-- Which entries of the order journals carry an order: whoever holds one of them has the order.
create table placed (
    order_id text not null,
    actor    text not null,
    seq      integer not null,
    primary key (order_id, actor, seq)
) without rowid;

-- How far each catalog actor's sales have been compared with the orders here.
create table compared (
    actor text primary key,
    seq   integer not null
) without rowid;

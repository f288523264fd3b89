-- The fold of the order journals. An order is a function of the sales it stands on, so replicas that know the same
-- sales have the same rows. Order ids are random: each index over them costs a page of its own for every order, so
-- there is one, and everything that is looked up by it lies in one row.

create table orders (
    id     text not null unique,  -- UUID
    number integer not null,      -- the one its buyer was told
    body   text not null,         -- JSON: the order as it is told to others
    placed text not null,         -- JSON: the entries of the order journals that carry it; who holds one has the order
    sales  text not null          -- JSON: the catalogs' sales of it, and whether a buyer was answered with them
);

-- Every number an order was sold under; more than one only where replicas sold it apart.
create table number (
    number   integer primary key,
    order_id text not null
);

-- The catalogs' sales that were seen: what stands in whose journal there.
create table sale (
    actor text not null,
    seq   integer not null,
    primary key (actor, seq)
) without rowid;

-- How far each catalog actor's sales have been compared with the orders here.
create table compared (
    actor text primary key,
    seq   integer not null
) without rowid;

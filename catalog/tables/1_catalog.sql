-- The fold of the catalog journals. Everything here can be rebuilt from `journal` (`catalog check` compares).

create table item (
    id    integer primary key,
    topic text not null,      -- empty while only units of it are known
    words text not null,      -- title and authors in lower case, for finding
    state text not null       -- JSON as it is told to others: fields with their stamps, and what each actor did
);
create index item_by_topic on item (topic, id);

-- Whose units they are: one row an actor and book.
create table stock (
    item   integer not null,
    actor  text not null,
    seq    integer not null,  -- the actor's last entry that changed what is shown of the book
    minted integer not null,
    burned integer not null,
    sold   integer not null,
    got    integer not null,
    gave   integer not null,
    primary key (item, actor)
) without rowid;

-- All units that one actor ever gave to another.
create table give (
    item  integer not null,
    giver text not null,
    taker text not null,
    cum   integer not null,
    primary key (item, giver, taker)
) without rowid;

-- Where the sales of an order stand; the sale itself is the body of that journal entry.
create table sale (
    actor    text not null,
    seq      integer not null,
    order_id text not null,
    live     integer not null,
    primary key (actor, seq)
) without rowid;
create index sale_by_order on sale (order_id);

-- Adjustments by name, so that a repeated question changes nothing.
create table reference (
    name  text primary key,
    item  integer not null,
    delta integer not null
) without rowid;

-- Which replica an actor is an incarnation of.
create table incarnation (
    actor   text primary key,
    replica text not null
) without rowid;

-- One row: the highest order number seen.
create table number (
    only_one integer primary key check (only_one = 1),
    highest  integer not null
);

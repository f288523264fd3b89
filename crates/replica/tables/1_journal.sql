-- What every replica with a journal keeps, whatever its tier.

create table journal (
    actor text not null,      -- 32 hexadecimal digits
    seq   integer not null,   -- dense from 1
    hash  text not null,      -- BLAKE3 of the chain up to here, 64 hexadecimal digits
    body  text not null,      -- JSON, byte for byte as its writer wrote it
    primary key (actor, seq)  -- an index beside the rows: they stay where they were appended, on full pages
);

create table head (
    actor text primary key,
    seq   integer not null,
    hash  text not null
) without rowid;

-- Actors that were written by two processes: nothing of theirs is taken any more.
create table frozen (
    actor text primary key,
    why   text not null
) without rowid;

-- One row: who writes here.
create table identity (
    only_one integer primary key check (only_one = 1),
    actor    text not null
);

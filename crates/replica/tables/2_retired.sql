-- Actors that were declared finished: their journals are read up to here.
create table retired (
    actor text primary key,
    seq   integer not null,
    hash  text not null
) without rowid;

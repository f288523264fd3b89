-- A number leads to one order, unless somebody forged a sale with a number that another has: then each of the two keeps
-- it, so that no replica lists one of them only because it heard of it first.
create table numbers (
    number   integer not null,
    order_id text not null,
    primary key (number, order_id)
) without rowid;
insert into numbers (number, order_id) select number, order_id from number;
drop table number;
alter table numbers rename to number;

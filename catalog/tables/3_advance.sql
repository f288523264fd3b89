-- Where the steps stand that orders took after their sale; the step itself is the body of that journal entry.
create table advance (
    actor    text not null,
    seq      integer not null,
    order_id text not null,
    primary key (actor, seq)
) without rowid;
create index advance_by_order on advance (order_id);

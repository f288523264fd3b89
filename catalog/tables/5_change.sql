-- Entries that say who wanted them, by their book and their moment; what they say is the body of that journal entry. A part
-- of the fold of the journals.
create table change (
    item   integer not null,  -- -1 where it is about no book
    at_ms  integer not null,
    actor  text not null,
    seq    integer not null,
    listed integer not null,  -- whether it stands in the list of all changes
    primary key (item, at_ms, actor, seq)
) without rowid;
create index change_listed on change (at_ms, actor, seq) where listed;

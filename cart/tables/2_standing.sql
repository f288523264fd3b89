-- What this replica knows of the layouts, and up to which of them it has all that it should have: one row, or none on a
-- disk that nobody has told of a layout yet.
create table standing (
    one integer primary key check (one = 1),
    layouts text not null,
    whole integer not null
) strict;

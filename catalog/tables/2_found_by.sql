-- By what else a book is found than by its id, its topic and its words: one row a book that has a title. A part of the
-- fold of the journals. No column of `item`, since a sale changes neither of these.
create table found_by (
    item   integer primary key,
    isbn   text not null,     -- 13 digits; empty where the book has none
    author text not null      -- the first author; empty where unknown
);
create index found_by_isbn on found_by (isbn, item) where isbn <> '';
create index found_by_author on found_by (author, item) where author <> '';

-- Books from before this table: none of them has an ISBN.
insert into found_by (item, isbn, author)
    select id, '', trim(substr(authors, 1, instr(authors || ';', ';') - 1))
    from (select id, json_extract(state, '$.authors.v') as authors from item where words <> '');

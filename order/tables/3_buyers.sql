-- Whose orders there are. Ids of buyers are random, so this index costs a page of its own for every order of somebody: for
-- orders of nobody in particular, which nobody can list, it has no row.
alter table orders add column buyer text generated always as (nullif(body ->> '$.buyer', '')) virtual;
alter table orders add column created_ms integer generated always as (body ->> '$.created_ms') virtual;
create index orders_of_buyer on orders (buyer, created_ms, id) where buyer is not null;

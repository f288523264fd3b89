-- How far each order has come. Operators list all orders, or those that have come so far, the latest first: by the moment
-- of the sale, so that new rows go to the end of both indexes.
alter table orders add column fulfilment text not null default 'placed';
create index orders_by_moment on orders (created_ms, id);
create index orders_by_fulfilment on orders (fulfilment, created_ms, id);

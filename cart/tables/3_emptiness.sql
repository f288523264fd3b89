-- Since when a cart shows nothing, in Unix milliseconds; null where it shows something. What has been empty for long is
-- forgotten when every replica agrees.
alter table object add column empty_since integer;
create index object_by_emptiness on object (empty_since) where empty_since is not null;

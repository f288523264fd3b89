-- Covers that books have of their own, by the hash of their bytes. Which there are is a part of the fold of the journals;
-- their bytes are in none of them, and are asked of the others where they are missing.
create table cover (
    hash  text primary key,   -- BLAKE3, 64 digits
    bytes blob                -- null while they are not here
);
create index cover_missing on cover (hash) where bytes is null;

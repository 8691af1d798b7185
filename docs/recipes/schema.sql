-- What the recipes work on. A token fits a signed 64-bit column.
CREATE TABLE records (
  name  text   PRIMARY KEY,
  value text,                       -- NULL: deleted
  token bigint NOT NULL
);
CREATE TABLE fences (
  lock_name text   PRIMARY KEY,
  token     bigint NOT NULL
);
CREATE TABLE jobs (
  name   text   PRIMARY KEY,
  state  text   NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'claimed', 'finished')),
  result text,
  token  bigint NOT NULL DEFAULT 0  -- of the last claim
);

-- $1 name, $2 token. No row changed: do not run it. It is finished, or claimed under this token or
-- a newer one.
UPDATE jobs SET state = 'claimed', token = $2
WHERE name = $1 AND state <> 'finished' AND token < $2;

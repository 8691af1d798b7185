-- $1 name, $2 token, $3 result. No row changed: claimed by somebody newer, or finished.
UPDATE jobs SET state = 'finished', result = $3
WHERE name = $1 AND state = 'claimed' AND token = $2;

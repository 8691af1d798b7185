-- $1 name, $2 token. No row: refused, or there is no such record.
UPDATE records SET token = $2
WHERE name = $1 AND token <= $2
RETURNING value;

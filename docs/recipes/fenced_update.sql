-- $1 name, $2 value, $3 token. No row changed: refused, or there is no such record.
UPDATE records SET value = $2, token = $3
WHERE name = $1 AND token <= $3;

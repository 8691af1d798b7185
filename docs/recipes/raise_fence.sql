-- $1 lock, $2 token. The first statement of the transaction. No row changed: refused, roll back.
INSERT INTO fences (lock_name, token) VALUES ($1, $2)
ON CONFLICT (lock_name) DO UPDATE SET token = excluded.token
WHERE fences.token <= excluded.token;

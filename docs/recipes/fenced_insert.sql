-- $1 name, $2 value, $3 token. No row changed: refused.
INSERT INTO records (name, value, token) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, token = excluded.token
WHERE records.token <= excluded.token;

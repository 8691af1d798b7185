-- $1 name. Whoever learns of a job adds it; the second time changes nothing.
INSERT INTO jobs (name) VALUES ($1)
ON CONFLICT (name) DO NOTHING;

-- a deleted account is absent from the first, and nothing of it is left from the second; its row keeps its name taken
ALTER TABLE accounts ADD COLUMN deleted_at_ms bigint;
ALTER TABLE accounts ADD COLUMN purged_at_ms bigint;
CREATE INDEX accounts_deleted ON accounts (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;
CREATE INDEX accounts_unpurged ON accounts (user_id) WHERE deleted_at_ms IS NOT NULL AND purged_at_ms IS NULL;

-- what stands between an account and others, from their side
CREATE INDEX blocks_by_blocked ON blocks (blocked_id);
CREATE INDEX mutes_by_author ON mutes (author_id);
CREATE INDEX follow_requests_by_requester ON follow_requests (requester_id);

-- sessions that ended before their token; a row is of no use once the token has expired
CREATE TABLE revoked_sessions (
    session_id text PRIMARY KEY,
    expires_at_ms bigint NOT NULL
);
CREATE INDEX revoked_sessions_by_expiry ON revoked_sessions (expires_at_ms);

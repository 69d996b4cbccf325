-- the default makes everybody active who registered before this was known, and whoever registers later
ALTER TABLE accounts ADD COLUMN last_seen_at timestamptz NOT NULL DEFAULT now();

-- the picture: a media of the account's owner, and its object that is shown
ALTER TABLE accounts ADD COLUMN avatar_media_id bigint;
ALTER TABLE accounts ADD COLUMN avatar_key text;

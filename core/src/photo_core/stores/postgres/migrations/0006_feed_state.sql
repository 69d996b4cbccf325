-- one row: counts every change of pull_ranges and hidden_posts; whoever changes them holds it until the commit, so
-- the order of versions is the order of commits
CREATE TABLE feed_state (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    version bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO feed_state DEFAULT VALUES;

-- posts that no reader may show although a cache may still hold them
CREATE TABLE hidden_posts (
    post_id bigint PRIMARY KEY,
    hidden_at timestamptz NOT NULL DEFAULT now()
);

-- the version that last changed a range; set by a trigger, since pods of the version before write ranges as well
ALTER TABLE pull_ranges ADD COLUMN changed_version bigint NOT NULL DEFAULT 0;
CREATE INDEX pull_ranges_by_change ON pull_ranges (changed_version);
CREATE FUNCTION stamp_pull_range() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE feed_state SET version = version + 1 RETURNING version INTO NEW.changed_version; RETURN NEW; END
$$;
CREATE TRIGGER pull_range_changes BEFORE INSERT OR UPDATE ON pull_ranges
    FOR EACH ROW EXECUTE FUNCTION stamp_pull_range();

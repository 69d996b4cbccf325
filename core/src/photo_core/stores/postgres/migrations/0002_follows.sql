-- the key leads with the follower, who a shard would be chosen by; the index serves an author's followers
CREATE TABLE follows (
    follower_id bigint NOT NULL,
    followee_id bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (follower_id, followee_id)
);
CREATE INDEX follows_by_followee ON follows (followee_id, follower_id);

-- posts that are merged at read: from_id <= id, and id <= to_id once closed; at most one open range an author
CREATE TABLE pull_ranges (
    author_id bigint NOT NULL,
    from_id bigint NOT NULL,
    to_id bigint,
    PRIMARY KEY (author_id, from_id)
);
CREATE UNIQUE INDEX pull_ranges_open ON pull_ranges (author_id) WHERE to_id IS NULL;

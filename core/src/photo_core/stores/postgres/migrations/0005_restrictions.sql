-- what stands between two accounts; a block is looked for both ways, by its whole key
CREATE TABLE blocks (
    blocker_id bigint NOT NULL,
    blocked_id bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (blocker_id, blocked_id),
    CHECK (blocker_id <> blocked_id)
);

CREATE TABLE mutes (
    viewer_id bigint NOT NULL,
    author_id bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (viewer_id, author_id),
    CHECK (viewer_id <> author_id)
);

-- who waits for the owner of a private account
CREATE TABLE follow_requests (
    owner_id bigint NOT NULL,
    requester_id bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (owner_id, requester_id),
    CHECK (owner_id <> requester_id)
);

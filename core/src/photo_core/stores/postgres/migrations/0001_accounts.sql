-- people; counts and graph_version change in the transaction of the follow that changes them
CREATE TABLE accounts (
    user_id bigint PRIMARY KEY,
    username text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    full_name text NOT NULL DEFAULT '',
    bio text NOT NULL DEFAULT '',
    private boolean NOT NULL DEFAULT false,
    follower_count bigint NOT NULL DEFAULT 0 CHECK (follower_count >= 0),
    following_count bigint NOT NULL DEFAULT 0 CHECK (following_count >= 0),
    graph_version bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);

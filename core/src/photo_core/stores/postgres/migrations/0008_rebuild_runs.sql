-- rebuilds of all active feeds: one run each time that feeds were lost, the newest counts; counts are of viewers
CREATE TABLE rebuild_runs (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fingerprint text NOT NULL,
    after_id bigint NOT NULL DEFAULT -1,
    planned bigint NOT NULL DEFAULT 0,
    handled bigint NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT now(),
    progressed_at timestamptz NOT NULL DEFAULT now(),
    planned_at timestamptz
);

-- who mints ids as which worker; a number is free two hours after its lease began
CREATE TABLE worker_id_leases (
    worker_id integer PRIMARY KEY CHECK (worker_id BETWEEN 0 AND 8191),
    holder text NOT NULL UNIQUE,
    leased_at timestamptz NOT NULL
);

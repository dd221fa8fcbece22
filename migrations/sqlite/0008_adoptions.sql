-- Workloads of others that apps take over. `upkeep` is how one was kept running, from the moment it is told to stop.
CREATE TABLE adoptions (
    app_id TEXT NOT NULL PRIMARY KEY REFERENCES apps (id),
    environment TEXT NOT NULL,
    workload_id TEXT NOT NULL,
    workload TEXT NOT NULL,
    stops TEXT NOT NULL,
    state TEXT NOT NULL,
    upkeep TEXT,
    trouble TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX adoptions_by_state ON adoptions (state);
CREATE INDEX adoptions_by_environment ON adoptions (environment);

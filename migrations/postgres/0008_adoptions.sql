-- Workloads of others that apps take over. `upkeep` is how one was kept running, from the moment it is told to stop.
CREATE TABLE adoptions (
    app_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES apps (id),
    environment TEXT COLLATE "C" NOT NULL,
    workload_id TEXT COLLATE "C" NOT NULL,
    workload TEXT COLLATE "C" NOT NULL,
    stops TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    upkeep TEXT COLLATE "C",
    trouble TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX adoptions_by_state ON adoptions (state);
CREATE INDEX adoptions_by_environment ON adoptions (environment);

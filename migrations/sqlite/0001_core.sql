-- Times are milliseconds since 1970, flags 0 or 1, structures JSON text.
CREATE TABLE environments (
    name TEXT NOT NULL PRIMARY KEY,
    engine TEXT NOT NULL,
    protected BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- `revision`, `generation` and `wanted` are what is asked for; `stable_*` is what last held, where a rollback goes.
CREATE TABLE apps (
    id TEXT NOT NULL PRIMARY KEY,
    environment TEXT NOT NULL,
    name TEXT NOT NULL,
    project TEXT NOT NULL,
    version TEXT NOT NULL,
    image TEXT,
    revision BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    wanted BIGINT NOT NULL,
    resume_wanted BIGINT NOT NULL,
    stable_revision BIGINT,
    stable_generation BIGINT,
    stable_wanted BIGINT NOT NULL,
    last_revision BIGINT NOT NULL,
    last_generation BIGINT NOT NULL,
    last_number BIGINT NOT NULL,
    last_deployment TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    destroyed_at BIGINT
);
CREATE UNIQUE INDEX apps_place ON apps (environment, name) WHERE destroyed_at IS NULL;
CREATE INDEX apps_name ON apps (name, environment) WHERE destroyed_at IS NULL;
CREATE INDEX apps_gone ON apps (environment, name, last_generation);

CREATE TABLE revisions (
    app_id TEXT NOT NULL REFERENCES apps (id),
    revision BIGINT NOT NULL,
    definition TEXT NOT NULL,
    hash TEXT NOT NULL,
    version TEXT NOT NULL,
    author_kind TEXT NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, revision)
);

-- What the engine is asked to run. A row is deleted when nothing of it runs and nothing will.
CREATE TABLE replica_sets (
    app_id TEXT NOT NULL REFERENCES apps (id),
    revision BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    wanted BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, revision, generation)
);

CREATE TABLE deployments (
    id TEXT NOT NULL PRIMARY KEY,
    app_id TEXT NOT NULL REFERENCES apps (id),
    environment TEXT NOT NULL,
    app TEXT NOT NULL,
    project TEXT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    active BIGINT NOT NULL,
    from_revision BIGINT,
    to_revision BIGINT,
    from_instances BIGINT,
    to_instances BIGINT,
    from_version TEXT,
    to_version TEXT,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    rollout TEXT NOT NULL,
    rollout_state TEXT NOT NULL,
    command TEXT,
    row_version BIGINT NOT NULL
);
CREATE UNIQUE INDEX deployments_number ON deployments (app_id, number);
CREATE UNIQUE INDEX deployments_one_active ON deployments (app_id) WHERE active = 1;
CREATE INDEX deployments_active ON deployments (environment) WHERE active = 1;
CREATE INDEX deployments_by_app ON deployments (environment, app, id);
CREATE INDEX deployments_by_environment ON deployments (environment, id);
CREATE INDEX deployments_by_app_name ON deployments (app, id);
CREATE INDEX deployments_by_project ON deployments (project, id);
CREATE INDEX deployments_by_actor ON deployments (actor, id);
CREATE INDEX deployments_by_state ON deployments (state, id);
CREATE INDEX deployments_by_kind ON deployments (kind, id);
CREATE INDEX deployments_by_number ON deployments (number, id);

CREATE TABLE deployment_events (
    id INTEGER NOT NULL PRIMARY KEY,
    deployment TEXT NOT NULL,
    time BIGINT NOT NULL,
    actor_kind TEXT,
    actor TEXT,
    what TEXT NOT NULL
);
CREATE INDEX deployment_events_by_deployment ON deployment_events (deployment, id);

CREATE TABLE audit (
    id INTEGER NOT NULL PRIMARY KEY,
    time BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL
);

-- Answers to changes that carried an Idempotency-Key; `status` and `answer` are null while the first one is at work.
CREATE TABLE idempotency (
    caller TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    status BIGINT,
    answer TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (caller, idempotency_key)
);
CREATE INDEX idempotency_by_time ON idempotency (created_at);

CREATE TABLE artifacts (
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    digest TEXT NOT NULL,
    size BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (name, version)
);

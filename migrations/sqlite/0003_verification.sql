-- What checks measured, what that adds up to, and who agreed. `step` counts from 1; 0 is the background.
CREATE TABLE measurements (
    id INTEGER NOT NULL PRIMARY KEY,
    deployment TEXT NOT NULL,
    check_name TEXT NOT NULL,
    step BIGINT NOT NULL,
    time BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    value DOUBLE PRECISION,
    baseline DOUBLE PRECISION,
    asked TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX measurements_by_deployment ON measurements (deployment, id);
CREATE INDEX measurements_by_check ON measurements (deployment, check_name, id);

CREATE TABLE check_runs (
    deployment TEXT NOT NULL,
    check_name TEXT NOT NULL,
    step BIGINT NOT NULL,
    tally TEXT NOT NULL,
    PRIMARY KEY (deployment, check_name, step)
);

-- `person` is the user behind the actor, so that nobody counts twice by a token of his own.
CREATE TABLE approvals (
    deployment TEXT NOT NULL,
    step BIGINT NOT NULL,
    person TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (deployment, step, person)
);

-- `person` is who asked for it; `stands_*` is what the app stood for when it ended.
ALTER TABLE deployments ADD COLUMN person TEXT;
ALTER TABLE deployments ADD COLUMN stands_revision BIGINT;
ALTER TABLE deployments ADD COLUMN stands_instances BIGINT;
CREATE INDEX deployments_stands ON deployments (app_id, ended_at) WHERE stands_revision IS NOT NULL;

-- When and by whom may be deployed, as JSON.
ALTER TABLE environments ADD COLUMN rules TEXT NOT NULL DEFAULT '{}';

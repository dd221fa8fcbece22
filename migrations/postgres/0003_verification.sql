-- What checks measured, what that adds up to, and who agreed. `step` counts from 1; 0 is the background.
CREATE TABLE measurements (
    id BIGINT NOT NULL PRIMARY KEY,
    deployment TEXT COLLATE "C" NOT NULL,
    check_name TEXT COLLATE "C" NOT NULL,
    step BIGINT NOT NULL,
    time BIGINT NOT NULL,
    verdict TEXT COLLATE "C" NOT NULL,
    value DOUBLE PRECISION,
    baseline DOUBLE PRECISION,
    asked TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL
);
CREATE INDEX measurements_by_deployment ON measurements (deployment, id);
CREATE INDEX measurements_by_check ON measurements (deployment, check_name, id);

CREATE TABLE check_runs (
    deployment TEXT COLLATE "C" NOT NULL,
    check_name TEXT COLLATE "C" NOT NULL,
    step BIGINT NOT NULL,
    tally TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (deployment, check_name, step)
);

-- `person` is the user behind the actor, so that nobody counts twice by a token of his own.
CREATE TABLE approvals (
    deployment TEXT COLLATE "C" NOT NULL,
    step BIGINT NOT NULL,
    person TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (deployment, step, person)
);

-- `person` is who asked for it; `stands_*` is what the app stood for when it ended.
ALTER TABLE deployments ADD COLUMN person TEXT COLLATE "C";
ALTER TABLE deployments ADD COLUMN stands_revision BIGINT;
ALTER TABLE deployments ADD COLUMN stands_instances BIGINT;
CREATE INDEX deployments_stands ON deployments (app_id, ended_at) WHERE stands_revision IS NOT NULL;

-- When and by whom may be deployed, as JSON.
ALTER TABLE environments ADD COLUMN rules TEXT COLLATE "C" NOT NULL DEFAULT '{}';

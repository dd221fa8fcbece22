-- Apps that scale by what is measured; `state` is what the next decision needs, `decision` the newest one.
CREATE TABLE autoscalers (
    app_id TEXT NOT NULL PRIMARY KEY REFERENCES apps (id),
    policy TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    decision TEXT
);

-- Apps that scale by the clock; `memory` is there while an entry holds.
CREATE TABLE calendars (
    app_id TEXT NOT NULL PRIMARY KEY REFERENCES apps (id),
    schedules TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    memory TEXT
);

-- What autoscalers decided, where it was something else than before.
CREATE TABLE scaling_decisions (
    id TEXT NOT NULL PRIMARY KEY,
    app_id TEXT NOT NULL REFERENCES apps (id),
    time BIGINT NOT NULL,
    decision TEXT NOT NULL
);
CREATE INDEX scaling_decisions_by_app ON scaling_decisions (app_id, id);

-- Apps that scale by what is measured; `state` is what the next decision needs, `decision` the newest one.
CREATE TABLE autoscalers (
    app_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES apps (id),
    policy TEXT COLLATE "C" NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    decision TEXT COLLATE "C"
);

-- Apps that scale by the clock; `memory` is there while an entry holds.
CREATE TABLE calendars (
    app_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES apps (id),
    schedules TEXT COLLATE "C" NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL,
    memory TEXT COLLATE "C"
);

-- What autoscalers decided, where it was something else than before.
CREATE TABLE scaling_decisions (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    app_id TEXT COLLATE "C" NOT NULL REFERENCES apps (id),
    time BIGINT NOT NULL,
    decision TEXT COLLATE "C" NOT NULL
);
CREATE INDEX scaling_decisions_by_app ON scaling_decisions (app_id, id);

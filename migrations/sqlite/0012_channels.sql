-- Where people are told. `access` is sealed; `last` is what was last tried.
CREATE TABLE channels (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    settings TEXT NOT NULL,
    access TEXT NOT NULL,
    last TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Messages to channels; `state` is waiting, delivered or failed.
CREATE TABLE deliveries (
    id BIGINT NOT NULL PRIMARY KEY,
    channel TEXT NOT NULL REFERENCES channels (id),
    notice TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT,
    tries TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX deliveries_by_channel ON deliveries (channel, id);
CREATE INDEX deliveries_waiting ON deliveries (channel, state, id);

-- What happened and is to be told, until it stands among the deliveries.
CREATE TABLE notices (
    id BIGINT NOT NULL PRIMARY KEY,
    notice TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

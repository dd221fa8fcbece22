-- Where people are told. `access` is sealed; `last` is what was last tried.
CREATE TABLE channels (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    settings TEXT COLLATE "C" NOT NULL,
    access TEXT COLLATE "C" NOT NULL,
    last TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Messages to channels; `state` is waiting, delivered or failed.
CREATE TABLE deliveries (
    id BIGINT NOT NULL PRIMARY KEY,
    channel TEXT COLLATE "C" NOT NULL REFERENCES channels (id),
    notice TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT,
    tries TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX deliveries_by_channel ON deliveries (channel, id);
CREATE INDEX deliveries_waiting ON deliveries (channel, state, id);

-- What happened and is to be told, until it stands among the deliveries.
CREATE TABLE notices (
    id BIGINT NOT NULL PRIMARY KEY,
    notice TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

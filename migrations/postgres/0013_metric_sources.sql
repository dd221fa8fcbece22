-- Where the measurements of an environment are asked; the secret is sealed.
ALTER TABLE environments ADD COLUMN metrics TEXT COLLATE "C" NOT NULL DEFAULT '{"kind":"embedded"}';
ALTER TABLE environments ADD COLUMN metrics_secret TEXT COLLATE "C";

-- What people want to see of an app, in its order.
CREATE TABLE panels (
    app_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES apps (id),
    panels TEXT COLLATE "C" NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL
);

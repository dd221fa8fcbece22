-- Where the measurements of an environment are asked; the secret is sealed.
ALTER TABLE environments ADD COLUMN metrics TEXT NOT NULL DEFAULT '{"kind":"embedded"}';
ALTER TABLE environments ADD COLUMN metrics_secret TEXT;

-- What people want to see of an app, in its order.
CREATE TABLE panels (
    app_id TEXT NOT NULL PRIMARY KEY REFERENCES apps (id),
    panels TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

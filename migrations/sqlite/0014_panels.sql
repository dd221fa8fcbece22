-- Charts that people added to an app's own, as a JSON list in their order.
CREATE TABLE panels (
    app_id TEXT NOT NULL PRIMARY KEY REFERENCES apps (id),
    panels TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

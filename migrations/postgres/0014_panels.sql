-- Charts that people added to an app's own, as a JSON list in their order.
CREATE TABLE panels (
    app_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES apps (id),
    panels TEXT COLLATE "C" NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL
);

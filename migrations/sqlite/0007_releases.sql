-- The app repository. `digest` and `tag` are empty where they are not known.
CREATE TABLE releases (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    repository TEXT NOT NULL,
    tag TEXT NOT NULL,
    digest TEXT NOT NULL,
    source TEXT NOT NULL,
    commit_id TEXT NOT NULL,
    branch TEXT NOT NULL,
    build_url TEXT NOT NULL,
    notes TEXT NOT NULL,
    author_kind TEXT NOT NULL,
    author TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    bad_by_kind TEXT,
    bad_by TEXT,
    bad_at BIGINT,
    bad_reason TEXT
);
CREATE UNIQUE INDEX releases_version ON releases (kind, repository, tag, digest);
CREATE INDEX releases_by_repository ON releases (repository, id);

-- Apps that are held at a version.
CREATE TABLE pins (
    app_id TEXT NOT NULL PRIMARY KEY REFERENCES apps (id),
    version TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    reason TEXT NOT NULL
);

-- Apps that take new versions by themselves; `last` is the newest try.
CREATE TABLE auto_deploy (
    app_id TEXT NOT NULL PRIMARY KEY REFERENCES apps (id),
    rule TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    last TEXT
);

-- The app repository. `digest` and `tag` are empty where they are not known.
CREATE TABLE releases (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    repository TEXT COLLATE "C" NOT NULL,
    tag TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    commit_id TEXT COLLATE "C" NOT NULL,
    branch TEXT COLLATE "C" NOT NULL,
    build_url TEXT COLLATE "C" NOT NULL,
    notes TEXT COLLATE "C" NOT NULL,
    author_kind TEXT COLLATE "C" NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    bad_by_kind TEXT COLLATE "C",
    bad_by TEXT COLLATE "C",
    bad_at BIGINT,
    bad_reason TEXT COLLATE "C"
);
CREATE UNIQUE INDEX releases_version ON releases (kind, repository, tag, digest);
CREATE INDEX releases_by_repository ON releases (repository, id);

-- Apps that are held at a version.
CREATE TABLE pins (
    app_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES apps (id),
    version TEXT COLLATE "C" NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL
);

-- Apps that take new versions by themselves; `last` is the newest try.
CREATE TABLE auto_deploy (
    app_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES apps (id),
    rule TEXT COLLATE "C" NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL,
    last TEXT COLLATE "C"
);

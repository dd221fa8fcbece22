-- Registries that images are read from. `password` and `hook_secret` are sealed.
CREATE TABLE registries (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    url TEXT COLLATE "C" NOT NULL,
    host TEXT COLLATE "C" NOT NULL,
    username TEXT COLLATE "C",
    password TEXT COLLATE "C",
    ca TEXT COLLATE "C",
    insecure BIGINT NOT NULL,
    repositories TEXT COLLATE "C" NOT NULL,
    poll BIGINT NOT NULL,
    hook_secret TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    synced_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX registries_name ON registries (name);
CREATE UNIQUE INDEX registries_host ON registries (host);

-- What was last read of them: pages are made of this alone. `listed` is 0 for what a registry does not name any more.
CREATE TABLE registry_repositories (
    registry TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    tags BIGINT NOT NULL,
    pushed_at BIGINT,
    synced_at BIGINT,
    listed BIGINT NOT NULL,
    PRIMARY KEY (registry, name)
);

CREATE TABLE registry_tags (
    registry TEXT COLLATE "C" NOT NULL,
    repository TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    pushed_at BIGINT NOT NULL,
    created_at BIGINT,
    size BIGINT,
    platforms TEXT COLLATE "C" NOT NULL,
    commit_id TEXT COLLATE "C",
    source TEXT COLLATE "C",
    build_url TEXT COLLATE "C",
    version TEXT COLLATE "C",
    vulnerabilities TEXT COLLATE "C",
    moved_from TEXT COLLATE "C",
    moved_at BIGINT,
    checked_at BIGINT NOT NULL,
    gone_at BIGINT,
    PRIMARY KEY (registry, repository, name)
);
CREATE INDEX registry_tags_by_push ON registry_tags (registry, repository, pushed_at, name);
CREATE INDEX registry_tags_by_digest ON registry_tags (registry, repository, digest);

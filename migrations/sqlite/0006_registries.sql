-- Registries that images are read from. `password` and `hook_secret` are sealed.
CREATE TABLE registries (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    url TEXT NOT NULL,
    host TEXT NOT NULL,
    username TEXT,
    password TEXT,
    ca TEXT,
    insecure BIGINT NOT NULL,
    repositories TEXT NOT NULL,
    poll BIGINT NOT NULL,
    hook_secret TEXT NOT NULL,
    state TEXT NOT NULL,
    synced_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX registries_name ON registries (name);
CREATE UNIQUE INDEX registries_host ON registries (host);

-- What was last read of them: pages are made of this alone. `listed` is 0 for what a registry does not name any more.
CREATE TABLE registry_repositories (
    registry TEXT NOT NULL,
    name TEXT NOT NULL,
    tags BIGINT NOT NULL,
    pushed_at BIGINT,
    synced_at BIGINT,
    listed BIGINT NOT NULL,
    PRIMARY KEY (registry, name)
);

CREATE TABLE registry_tags (
    registry TEXT NOT NULL,
    repository TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    pushed_at BIGINT NOT NULL,
    created_at BIGINT,
    size BIGINT,
    platforms TEXT NOT NULL,
    commit_id TEXT,
    source TEXT,
    build_url TEXT,
    version TEXT,
    vulnerabilities TEXT,
    moved_from TEXT,
    moved_at BIGINT,
    checked_at BIGINT NOT NULL,
    gone_at BIGINT,
    PRIMARY KEY (registry, repository, name)
);
CREATE INDEX registry_tags_by_push ON registry_tags (registry, repository, pushed_at, name);
CREATE INDEX registry_tags_by_digest ON registry_tags (registry, repository, digest);

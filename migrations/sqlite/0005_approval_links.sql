-- Keys the console makes for itself, once: `approval_links` signs the links below.
CREATE TABLE keys (
    name TEXT NOT NULL PRIMARY KEY,
    secret TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Links by which one gate can be answered once. The link itself is not kept, only its number.
CREATE TABLE approval_links (
    nonce TEXT NOT NULL PRIMARY KEY,
    deployment TEXT NOT NULL,
    step BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    used_by TEXT
);
CREATE INDEX approval_links_by_end ON approval_links (expires_at);

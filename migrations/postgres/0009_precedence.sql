-- Tags in the order of their version numbers; empty where they are none, null until it is known.
ALTER TABLE registry_tags ADD COLUMN precedence TEXT COLLATE "C";
CREATE INDEX registry_tags_by_precedence ON registry_tags (registry, repository, precedence);
CREATE INDEX releases_bad ON releases (repository, digest) WHERE bad_at IS NOT NULL;

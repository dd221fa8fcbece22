-- What an app stood for at its end is known since 0003; before, a deployment's own words tell: where it was heading, or,
-- where it went back, what it came from.
UPDATE deployments SET
    stands_revision = CASE
        WHEN (rollout_state::json -> 'back') IS NULL OR json_typeof(rollout_state::json -> 'back') = 'null'
          OR json_typeof(rollout::json -> 'previous') = 'null'
        THEN (rollout::json #>> '{target,revision}')::BIGINT
        ELSE (rollout::json #>> '{previous,revision}')::BIGINT
    END,
    stands_instances = CASE
        WHEN (rollout_state::json -> 'back') IS NULL OR json_typeof(rollout_state::json -> 'back') = 'null'
        THEN (rollout::json ->> 'wanted')::BIGINT
        WHEN json_typeof(rollout::json -> 'previous') = 'null' THEN 0
        ELSE (rollout::json ->> 'previous_wanted')::BIGINT
    END
WHERE stands_revision IS NULL AND active = 0 AND state <> 'superseded';

-- Since when what a deployment brings out existed: the upload of its artifact where that is a new one, else the writing of
-- its revision.
ALTER TABLE deployments ADD COLUMN released_at BIGINT;
UPDATE deployments SET released_at = COALESCE(
    (SELECT f.created_at FROM artifacts f
     WHERE to_version <> COALESCE(from_version, '')
       AND f.name = split_part(to_version, '/', 1)
       AND f.version = substr(to_version, strpos(to_version, '/') + 1)
       AND EXISTS (SELECT 1 FROM revisions r WHERE r.app_id = deployments.app_id AND r.revision = to_revision
                   AND json_typeof(r.definition::json -> 'artifact') = 'string')),
    (SELECT r.created_at FROM revisions r WHERE r.app_id = deployments.app_id AND r.revision = to_revision)
)
WHERE kind IN ('create', 'update', 'promote');

-- What the four figures are reckoned from, by when it ended.
CREATE INDEX deployments_ended ON deployments (ended_at);

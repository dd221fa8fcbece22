-- What an app stood for at its end is known since 0003; before, a deployment's own words tell: where it was heading, or,
-- where it went back, what it came from.
UPDATE deployments SET
    stands_revision = CASE
        WHEN json_extract(rollout_state, '$.back') IS NULL OR json_extract(rollout, '$.previous') IS NULL
        THEN json_extract(rollout, '$.target.revision')
        ELSE json_extract(rollout, '$.previous.revision')
    END,
    stands_instances = CASE
        WHEN json_extract(rollout_state, '$.back') IS NULL THEN json_extract(rollout, '$.wanted')
        WHEN json_extract(rollout, '$.previous') IS NULL THEN 0
        ELSE json_extract(rollout, '$.previous_wanted')
    END
WHERE stands_revision IS NULL AND active = 0 AND state <> 'superseded';

-- Since when what a deployment brings out existed: the upload of its artifact where that is a new one, else the writing of
-- its revision.
ALTER TABLE deployments ADD COLUMN released_at BIGINT;
UPDATE deployments SET released_at = COALESCE(
    (SELECT f.created_at FROM artifacts f
     WHERE to_version <> COALESCE(from_version, '')
       AND f.name = substr(to_version, 1, instr(to_version, '/') - 1)
       AND f.version = substr(to_version, instr(to_version, '/') + 1)
       AND EXISTS (SELECT 1 FROM revisions r WHERE r.app_id = deployments.app_id AND r.revision = to_revision
                   AND json_extract(r.definition, '$.artifact') IS NOT NULL)),
    (SELECT r.created_at FROM revisions r WHERE r.app_id = deployments.app_id AND r.revision = to_revision)
)
WHERE kind IN ('create', 'update', 'promote');

-- What the four figures are reckoned from, by when it ended.
CREATE INDEX deployments_ended ON deployments (ended_at);

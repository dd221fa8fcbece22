-- Alerting rules of people, and changes to those that every console has; `rule` is the whole rule.
CREATE TABLE alert_rules (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    rule TEXT COLLATE "C" NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Alerts that are pending, firing or lately resolved. `state` is that of `alert`.
CREATE TABLE alerts (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    rule TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    alert TEXT COLLATE "C" NOT NULL
);
CREATE INDEX alerts_by_rule ON alerts (rule, id);
CREATE INDEX alerts_by_state ON alerts (state, id);

-- Alerts that fired, under the ids that they had then. `environment` and `app` are those of its labels.
CREATE TABLE alert_history (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    rule TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C",
    app TEXT COLLATE "C",
    severity TEXT COLLATE "C" NOT NULL,
    labels TEXT COLLATE "C" NOT NULL,
    summary TEXT COLLATE "C" NOT NULL,
    fired_at BIGINT NOT NULL,
    resolved_at BIGINT,
    acknowledged TEXT COLLATE "C"
);
CREATE INDEX alert_history_by_rule ON alert_history (rule, id);
CREATE INDEX alert_history_by_app ON alert_history (environment, app, id);

-- No messages about alerts with all of these labels until a moment.
CREATE TABLE alert_silences (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    labels TEXT COLLATE "C" NOT NULL,
    until_at BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

-- What a channel was told of a group of alerts last; `labels` are those by which the group is known.
CREATE TABLE alert_told (
    channel TEXT COLLATE "C" NOT NULL,
    labels TEXT COLLATE "C" NOT NULL,
    sent TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (channel, labels)
);

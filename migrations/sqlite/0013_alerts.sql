-- Alerting rules of people, and changes to those that every console has; `rule` is the whole rule.
CREATE TABLE alert_rules (
    name TEXT NOT NULL PRIMARY KEY,
    rule TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Alerts that are pending, firing or lately resolved. `state` is that of `alert`.
CREATE TABLE alerts (
    id TEXT NOT NULL PRIMARY KEY,
    rule TEXT NOT NULL,
    state TEXT NOT NULL,
    alert TEXT NOT NULL
);
CREATE INDEX alerts_by_rule ON alerts (rule, id);
CREATE INDEX alerts_by_state ON alerts (state, id);

-- Alerts that fired, under the ids that they had then. `environment` and `app` are those of its labels.
CREATE TABLE alert_history (
    id TEXT NOT NULL PRIMARY KEY,
    rule TEXT NOT NULL,
    environment TEXT,
    app TEXT,
    severity TEXT NOT NULL,
    labels TEXT NOT NULL,
    summary TEXT NOT NULL,
    fired_at BIGINT NOT NULL,
    resolved_at BIGINT,
    acknowledged TEXT
);
CREATE INDEX alert_history_by_rule ON alert_history (rule, id);
CREATE INDEX alert_history_by_app ON alert_history (environment, app, id);

-- No messages about alerts with all of these labels until a moment.
CREATE TABLE alert_silences (
    id TEXT NOT NULL PRIMARY KEY,
    labels TEXT NOT NULL,
    until_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- What a channel was told of a group of alerts last; `labels` are those by which the group is known.
CREATE TABLE alert_told (
    channel TEXT NOT NULL,
    labels TEXT NOT NULL,
    sent TEXT NOT NULL,
    PRIMARY KEY (channel, labels)
);

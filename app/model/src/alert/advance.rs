//! The state machine: inactive (no alert), pending, firing, resolved.

use std::collections::BTreeMap;

use super::{Acknowledgement, Alert, Answer, Labels, NAME_LABEL, OnNoData, Rule, SEVERITY_LABEL, State};
use crate::deployment::Actor;
use crate::id::AlertId;
use crate::time::Timestamp;

/// So long a resolved alert is still shown. As in Prometheus.
const RESOLVED_KEPT: std::time::Duration = std::time::Duration::from_mins(15);
/// Most alerts of one rule; what is more is a mistake in its query.
const ALERTS_MAX: usize = 1_000;

/// Something happened to an alert that people may want to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub transition: Transition,
    pub alert: Alert,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    Pending,
    Firing,
    Resolved,
    /// It was pending and is well again; nobody was told.
    Dropped,
}

/// What one series says now.
#[derive(Clone, Copy, PartialEq)]
enum Say {
    Good(f64),
    Bad(Option<f64>),
    /// Not there, and so as before.
    Same,
    /// Not there, and so well.
    Gone,
}

/// The alerts of a rule after another answer, and what changed. `alerts`: those of this rule. A rule that is switched off
/// resolves its alerts.
pub fn advance(rule: &Rule, alerts: &[Alert], answer: &Answer, now: Timestamp) -> (Vec<Alert>, Vec<Change>) {
    let mut known: BTreeMap<Labels, Alert> =
        alerts.iter().map(|alert| (alert.labels.clone(), alert.clone())).collect();
    let said = match (rule.enabled, answer) {
        (false, _) => known.keys().map(|labels| (labels.clone(), Say::Gone)).collect(),
        (true, Answer::Unavailable) => known.keys().map(|labels| (labels.clone(), Say::Same)).collect(),
        (true, Answer::Series(series)) => said(rule, &known, series),
    };
    let mut changes = Vec::new();
    let mut after = Vec::new();
    for (labels, say) in said {
        let before = known.remove(&labels);
        let (alert, transition) = step(rule, labels, before, say, now);
        if let (Some(transition), Some(alert)) = (transition, &alert) {
            changes.push(Change { transition, alert: alert.clone() });
        }
        if transition != Some(Transition::Dropped) {
            after.extend(alert);
        }
    }
    (after, changes)
}

/// What the answer says of every series in it and of every alert that is known.
fn said(rule: &Rule, known: &BTreeMap<Labels, Alert>, series: &[(Labels, f64)]) -> BTreeMap<Labels, Say> {
    let absent = match (rule.condition, rule.on_no_data) {
        (None, _) | (Some(_), OnNoData::Ok) => Say::Gone,
        (Some(_), OnNoData::Keep) => Say::Same,
        (Some(_), OnNoData::Alert) => Say::Bad(None),
    };
    let mut said: BTreeMap<Labels, Say> = known.keys().map(|labels| (labels.clone(), absent)).collect();
    let nothing = labelled(rule, &Labels::new());
    if series.is_empty() && absent == Say::Bad(None) {
        said.insert(nothing.clone(), Say::Bad(None));
    } else if !series.is_empty() && said.contains_key(&nothing) {
        // It stood for an answer without any series.
        said.insert(nothing, Say::Gone);
    }
    for (labels, value) in series {
        let bad = rule.condition.is_none_or(|condition| condition.is_met(*value));
        let say = if bad { Say::Bad(Some(*value)) } else { Say::Good(*value) };
        let labels = labelled(rule, labels);
        if said.len() >= ALERTS_MAX && !said.contains_key(&labels) {
            continue;
        }
        // Two series may differ in nothing that is left; then the bad one counts.
        let place = said.entry(labels).or_insert(say);
        if bad || !matches!(place, Say::Bad(Some(_))) {
            *place = say;
        }
    }
    said
}

/// An alert's labels: the series' without its name, then the rule's.
pub(super) fn labelled(rule: &Rule, series: &Labels) -> Labels {
    let mut labels = series.clone();
    labels.remove("__name__");
    if let Some(environment) = &rule.environment {
        labels.entry("environment".to_owned()).or_insert_with(|| environment.to_string());
    }
    labels.extend(rule.labels.clone());
    labels.insert(NAME_LABEL.to_owned(), rule.name.clone());
    labels.insert(SEVERITY_LABEL.to_owned(), rule.severity.as_str().to_owned());
    labels
}

fn step(
    rule: &Rule,
    labels: Labels,
    before: Option<Alert>,
    say: Say,
    now: Timestamp,
) -> (Option<Alert>, Option<Transition>) {
    match say {
        Say::Same => (before.filter(|alert| is_shown(alert, now)), None),
        Say::Bad(value) => bad(rule, labels, before, value, now),
        Say::Good(value) => good(rule, before, Some(value), now),
        Say::Gone => good(rule, before, None, now),
    }
}

fn bad(
    rule: &Rule,
    labels: Labels,
    before: Option<Alert>,
    value: Option<f64>,
    now: Timestamp,
) -> (Option<Alert>, Option<Transition>) {
    match before.filter(|alert| alert.state != State::Resolved) {
        None => {
            let alert =
                Alert { labels, state: State::Pending, since: now, bad_at: now, value, acknowledged: None };
            let (alert, fired) = ripe(rule, alert, now);
            (Some(alert), Some(if fired { Transition::Firing } else { Transition::Pending }))
        }
        Some(alert) => {
            let (alert, fired) = ripe(rule, Alert { bad_at: now, value, ..alert }, now);
            (Some(alert), fired.then_some(Transition::Firing))
        }
    }
}

/// Fires what has been pending for long enough.
fn ripe(rule: &Rule, alert: Alert, now: Timestamp) -> (Alert, bool) {
    let due = alert.state == State::Pending && alert.since.plus(rule.hold.duration()) <= now;
    (if due { Alert { state: State::Firing, since: now, ..alert } } else { alert }, due)
}

fn good(
    rule: &Rule,
    before: Option<Alert>,
    value: Option<f64>,
    now: Timestamp,
) -> (Option<Alert>, Option<Transition>) {
    let Some(alert) = before else { return (None, None) };
    match alert.state {
        State::Pending => (Some(alert), Some(Transition::Dropped)),
        State::Firing if rule.enabled && alert.bad_at.plus(rule.keep_firing_for.duration()) > now => {
            (Some(Alert { value: value.or(alert.value), ..alert }), None)
        }
        State::Firing => {
            let alert = Alert { state: State::Resolved, since: now, value, acknowledged: None, ..alert };
            (Some(alert), Some(Transition::Resolved))
        }
        State::Resolved => (Some(alert).filter(|alert| is_shown(alert, now)), None),
    }
}

fn is_shown(alert: &Alert, now: Timestamp) -> bool {
    alert.state != State::Resolved || alert.since.plus(RESOLVED_KEPT) > now
}

/// The alerts after another answer, each with its id: one that goes on keeps its own, a new one gets one. Whoever is bad
/// again after it was resolved is another.
pub fn identified(
    before: &[(AlertId, Alert)],
    after: Vec<Alert>,
    mut fresh: impl FnMut() -> AlertId,
) -> Vec<(AlertId, Alert)> {
    let known: BTreeMap<&Labels, &(AlertId, Alert)> =
        before.iter().map(|known| (&known.1.labels, known)).collect();
    let goes_on = |was: &Alert, is: &Alert| was.state != State::Resolved || is.state == State::Resolved;
    let identify = |alert: Alert| {
        let same = known.get(&alert.labels).filter(|(_, was)| goes_on(was, &alert)).map(|(id, _)| *id);
        (same.unwrap_or_else(&mut fresh), alert)
    };
    after.into_iter().map(identify).collect()
}

/// A person takes care of a firing alert; of another there is nothing to take care. It ends when the alert is resolved.
#[must_use]
pub fn acknowledge(alert: Alert, by: Actor, at: Timestamp) -> Alert {
    if alert.state != State::Firing {
        return alert;
    }
    Alert { acknowledged: Some(Acknowledgement { by, at }), ..alert }
}

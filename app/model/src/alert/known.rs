//! Alerts, rules and silences as people see them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Acknowledgement, Alert, Labels, Rule, Severity, Silence, State, group};
use crate::api::{LIMIT_DEFAULT, LIMIT_MAX};
use crate::deployment::Actor;
use crate::duration::Span;
use crate::id::{AlertId, AppName, EnvironmentName, SilenceId};
use crate::time::Timestamp;

/// An alert with its line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LiveAlert {
    pub id: AlertId,
    #[serde(flatten)]
    pub alert: Alert,
    pub summary: String,
    /// When the last silence that covers it ends.
    pub silenced_until: Option<Timestamp>,
}

/// Alerts that belong together: of one node, else of one app, else of one rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertGroup {
    /// What they have in common.
    pub labels: Labels,
    /// The worst of them.
    pub severity: Severity,
    pub alerts: Vec<LiveAlert>,
}

impl AlertGroup {
    pub fn is_silenced(&self) -> bool {
        self.alerts.iter().all(|alert| alert.silenced_until.is_some())
    }

    /// Since when the first of them fires.
    pub fn since(&self) -> Option<Timestamp> {
        self.alerts.iter().map(|alert| alert.alert.since).min()
    }
}

/// All that is known of now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Alerts {
    /// The worst first; those that are silenced last.
    pub firing: Vec<AlertGroup>,
    pub pending: Vec<LiveAlert>,
    /// Within the last quarter of an hour, the latest first.
    pub resolved: Vec<LiveAlert>,
}

/// Puts the alerts of all rules in order. `rules`: those that hold, whose lines they are.
pub fn alerts(
    rules: &[Rule],
    alerts: Vec<(AlertId, Alert)>,
    silences: &[KnownSilence],
    now: Timestamp,
) -> Alerts {
    let rules: BTreeMap<&str, &Rule> = rules.iter().map(|rule| (rule.name.as_str(), rule)).collect();
    let shown = |(id, alert): (AlertId, Alert)| {
        let covers = |silence: &&KnownSilence| silence.silence().covers(&alert.labels, now);
        LiveAlert {
            id,
            summary: rules.get(alert.name()).map(|rule| alert.summary(rule)).unwrap_or_default(),
            silenced_until: silences.iter().filter(covers).map(|silence| silence.until).max(),
            alert,
        }
    };
    let all: Vec<LiveAlert> = alerts.into_iter().map(shown).collect();
    let of = |state: State| all.iter().filter(move |it| it.alert.state == state);
    let firing: Vec<Alert> = of(State::Firing).map(|it| it.alert.clone()).collect();
    let by_labels: BTreeMap<&Labels, &LiveAlert> =
        of(State::Firing).map(|it| (&it.alert.labels, it)).collect();
    let grouped = |group: super::Group| AlertGroup {
        severity: group.severity(),
        alerts: group
            .alerts
            .iter()
            .filter_map(|alert| by_labels.get(&alert.labels))
            .map(|it| (*it).clone())
            .collect(),
        labels: group.labels,
    };
    let mut firing: Vec<AlertGroup> = group(&firing).into_iter().map(grouped).collect();
    firing.sort_by_key(|group| (group.is_silenced(), std::cmp::Reverse(group.severity)));
    let mut resolved: Vec<LiveAlert> = of(State::Resolved).cloned().collect();
    resolved.sort_by_key(|it| std::cmp::Reverse(it.alert.since));
    Alerts { firing, pending: of(State::Pending).cloned().collect(), resolved }
}

/// An alert that fired, as it is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertRecord {
    pub id: AlertId,
    pub labels: Labels,
    pub severity: Severity,
    /// Its line when it began to fire.
    pub summary: String,
    /// When it began to fire.
    pub fired_at: Timestamp,
    pub resolved_at: Option<Timestamp>,
    /// Who took care of it last.
    pub acknowledged: Option<Acknowledgement>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams, utoipa::ToSchema), into_params(parameter_in = Query))]
pub struct HistoryQuery {
    /// Only of this rule
    #[serde(default)]
    pub rule: Option<String>,
    /// Only what is about this environment
    #[serde(default)]
    pub environment: Option<EnvironmentName>,
    /// Only what is about this app
    #[serde(default)]
    pub app: Option<AppName>,
    #[serde(default)]
    pub limit: Option<u32>,
    #[serde(default)]
    pub cursor: Option<String>,
}

impl HistoryQuery {
    pub fn limit(&self) -> u32 {
        self.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX)
    }
}

/// A rule, and how it does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KnownRule {
    pub rule: Rule,
    /// Every console has it.
    pub builtin: bool,
    /// Who gave it last; nobody where it is as every console has it.
    pub changed: Option<Changed>,
    pub firing: u32,
    pub pending: u32,
    /// What came of asking it last; nothing before the first time.
    pub asked: Option<Asked>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AlertRuleChanged))]
pub struct Changed {
    pub by: Actor,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AlertRuleAsked))]
pub struct Asked {
    pub at: Timestamp,
    pub took: Span,
    /// Series of the answer.
    pub series: u32,
    /// Why there was no answer, in the source's words.
    pub error: Option<String>,
}

/// What a rule would say now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AlertRuleTest))]
pub struct RuleTest {
    pub asked: Asked,
    /// The first of its series, bad ones before good ones.
    pub series: Vec<Tested>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AlertRuleTested))]
pub struct Tested {
    /// Those that its alert would have.
    pub labels: Labels,
    /// `null` for what is no number.
    pub value: Option<f64>,
    pub bad: bool,
    /// The line of its alert.
    pub summary: String,
}

/// A silence, and who made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AlertSilence))]
pub struct KnownSilence {
    pub id: SilenceId,
    /// It covers the alerts that have all of them.
    pub labels: Labels,
    pub until: Timestamp,
    pub reason: String,
    pub by: Actor,
    pub at: Timestamp,
}

impl KnownSilence {
    pub fn silence(&self) -> Silence {
        Silence { labels: self.labels.clone(), until: self.until }
    }
}

impl RuleTest {
    /// Judges an answer. `most`: series that are shown.
    pub fn of(rule: &Rule, asked: Asked, series: Vec<(Labels, f64)>, most: usize) -> Self {
        let tested = |(labels, value): (Labels, f64)| {
            let bad = rule.condition.is_none_or(|condition| condition.is_met(value));
            let labels = super::advance::labelled(rule, &labels);
            let alert = Alert {
                labels,
                state: State::Pending,
                since: asked.at,
                bad_at: asked.at,
                value: Some(value),
                acknowledged: None,
            };
            let summary = alert.summary(rule);
            Tested {
                labels: alert.labels,
                value: Some(value).filter(|value| value.is_finite()),
                bad,
                summary,
            }
        };
        let mut series: Vec<Tested> = series.into_iter().map(tested).collect();
        series.sort_by_key(|it| !it.bad);
        series.truncate(most);
        Self { asked, series }
    }
}

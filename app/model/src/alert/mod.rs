//! Alerts: a question that is asked again and again, what its answers mean over time, and which of them are one message.
//!
//! The rules are those of Prometheus' alerting rules: every series of the answer is an alert of its own, known by its labels;
//! it is pending until its condition has held for `for`, then it fires, and it is resolved when the condition no longer holds.

mod advance;
mod builtin;
mod group;
mod input;
mod known;
mod notify;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::advance::{Change, Transition, acknowledge, advance, identified};
pub use self::builtin::{builtin, merged};
pub use self::group::{Group, group};
pub use self::input::{parse, parse_silence};
pub use self::known::{
    AlertGroup, AlertRecord, Alerts, Asked, Changed, HistoryQuery, KnownRule, KnownSilence, LiveAlert,
    RuleTest, Tested, alerts,
};
pub use self::notify::{Audience, Message, MessageKind, Sent, Silence, message};
use crate::deployment::Actor;
use crate::duration::Span;
use crate::id::EnvironmentName;
use crate::time::Timestamp;

/// Label with the rule's name, which every alert has.
pub const NAME_LABEL: &str = "alertname";
/// Label with the severity, which every alert has.
pub const SEVERITY_LABEL: &str = "severity";

pub type Labels = BTreeMap<String, String>;

/// What is asked, and when its answer is bad.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AlertRule))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// DNS label, unique among the rules.
    pub name: String,
    #[serde(default = "enabled")]
    pub enabled: bool,
    /// Whose source of measurements is asked, in its language, and a label of the alerts whose series has no such label.
    /// Absent: the console's own store, which has its figures of all environments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentName>,
    /// PromQL.
    pub query: String,
    /// Absent: every series of the answer is bad, as the expression compares by itself (`up == 0`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// So long it must be bad without a break.
    #[serde(default = "at_once", rename = "for")]
    pub hold: Span,
    /// So long it keeps firing after it was bad last, against flapping.
    #[serde(default = "at_once")]
    pub keep_firing_for: Span,
    #[serde(default)]
    pub severity: Severity,
    /// Added to each alert's own.
    #[serde(default)]
    pub labels: Labels,
    /// One line for people; `{{name}}` is a label's value and `{{value}}` the measured one.
    #[serde(default)]
    pub summary: String,
    #[serde(default)]
    pub on_no_data: OnNoData,
}

const fn enabled() -> bool {
    true
}

impl Rule {
    /// Whether the alerts of `before` are not those of this rule: they ask something else, or are known by other labels.
    pub fn is_another_than(&self, before: &Self) -> bool {
        self.query != before.query
            || self.environment != before.environment
            || self.labels != before.labels
            || self.severity != before.severity
    }
}

pub(crate) const fn at_once() -> Span {
    Span::from_secs(0)
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AlertCondition))]
#[serde(deny_unknown_fields)]
pub struct Condition {
    pub comparison: Comparison,
    pub threshold: f64,
}

impl Comparison {
    pub const ALL: [Self; 6] =
        [Self::Above, Self::AtLeast, Self::Below, Self::AtMost, Self::Equal, Self::NotEqual];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        }
    }
}

impl Condition {
    /// Whether the value is bad. What is no number is not, as in PromQL, but for `!=`.
    pub fn is_met(self, value: f64) -> bool {
        let order = value.partial_cmp(&self.threshold);
        match self.comparison {
            Comparison::Above => order == Some(Ordering::Greater),
            Comparison::AtLeast => order.is_some_and(Ordering::is_ge),
            Comparison::Below => order == Some(Ordering::Less),
            Comparison::AtMost => order.is_some_and(Ordering::is_le),
            Comparison::Equal => order == Some(Ordering::Equal),
            Comparison::NotEqual => order != Some(Ordering::Equal),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AlertComparison))]
pub enum Comparison {
    #[serde(rename = ">")]
    Above,
    #[serde(rename = ">=")]
    AtLeast,
    #[serde(rename = "<")]
    Below,
    #[serde(rename = "<=")]
    AtMost,
    #[serde(rename = "==")]
    Equal,
    #[serde(rename = "!=")]
    NotEqual,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AlertSeverity))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Info,
    #[default]
    Warning,
    Critical,
}

impl Severity {
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Critical];

    /// That of an alert with these labels.
    pub fn of(labels: &Labels) -> Self {
        match labels.get(SEVERITY_LABEL).map(String::as_str) {
            Some("critical") => Self::Critical,
            Some("info") => Self::Info,
            _ => Self::Warning,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// What it means that a series of a rule with a condition is not in the answer. In an answer to a rule without one every
/// series is bad, so that one which is not there is good.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AlertOnNoData))]
#[serde(rename_all = "snake_case")]
pub enum OnNoData {
    /// Everything stays as it is.
    #[default]
    Keep,
    /// It is good: pending ones are dropped and firing ones resolved.
    Ok,
    /// It is bad: pending ones go on, and an answer without any series is an alert by itself.
    Alert,
}

impl OnNoData {
    pub const ALL: [Self; 3] = [Self::Keep, Self::Ok, Self::Alert];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Ok => "ok",
            Self::Alert => "alert",
        }
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The latest value of each series.
    Series(Vec<(Labels, f64)>),
    /// Nothing could be asked, which says nothing about what was asked for.
    Unavailable,
}

/// One alert: one series of a rule's answer that is or was bad. There is none while all is well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Alert {
    /// The series' own, with the rule's, its name and its severity.
    pub labels: Labels,
    pub state: State,
    /// Since when it has been in this state.
    pub since: Timestamp,
    /// When it was bad last.
    pub bad_at: Timestamp,
    /// The latest value; nothing without data.
    pub value: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledgement>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AlertState))]
#[serde(rename_all = "snake_case")]
pub enum State {
    Pending,
    Firing,
    Resolved,
}

impl State {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Resolved => "resolved",
        }
    }
}

/// A person takes care of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Acknowledgement {
    pub by: Actor,
    pub at: Timestamp,
}

impl Alert {
    pub fn name(&self) -> &str {
        self.labels.get(NAME_LABEL).map_or("", String::as_str)
    }

    pub fn severity(&self) -> Severity {
        Severity::of(&self.labels)
    }

    /// The rule's line about this alert.
    pub fn summary(&self, rule: &Rule) -> String {
        let value = self.value.map_or("∅".to_owned(), crate::verdict::number);
        fill_line(&rule.summary, &self.labels, &value)
    }
}

/// A line with the values of labels for their names in `{{}}`, and the measured one for `{{value}}`.
pub fn fill_line(line: &str, labels: &Labels, value: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else { break };
        text.push_str(before);
        match name.trim() {
            "value" => text.push_str(value),
            label => text.push_str(labels.get(label).map_or("", String::as_str)),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

//! When people are told of a group, and when not.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Alert, Group, Labels, State};
use crate::duration::Span;
use crate::time::Timestamp;

/// No messages about alerts with all of these labels until a moment. Alerts go on as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Silence {
    pub labels: Labels,
    pub until: Timestamp,
}

impl Silence {
    /// A silence without labels would silence everything, and silences nothing.
    pub fn covers(&self, labels: &Labels, now: Timestamp) -> bool {
        now < self.until
            && !self.labels.is_empty()
            && self.labels.iter().all(|(name, value)| labels.get(name) == Some(value))
    }
}

/// What people were told of a group last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    pub at: Timestamp,
    /// The labels of the alerts that were said to fire.
    pub firing: BTreeSet<Labels>,
}

/// What is to be said now.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub kind: MessageKind,
    /// Those that fire and are not silenced.
    pub firing: Vec<Alert>,
    /// Those that were said to fire and no longer do.
    pub resolved: Vec<Labels>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AlertMessageKind))]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// An alert fires that was not told of.
    Firing,
    /// Nothing of what was told of fires any more.
    Resolved,
    /// Told again, as nobody has acknowledged it.
    Reminder,
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Of the group as a whole, until somebody takes care of it.
    People,
    /// A program that keeps each alert by itself and forgets what it is not told of again, such as an Alertmanager.
    Keeper,
}

/// What is to be said of a group, if anything, and what is to be kept of it afterwards. Told at once: an alert that newly
/// fires. Told together with the next message, or when all are over: one that is resolved. Told again after `repeat`: what
/// still fires and has no acknowledgement. An [`Audience::Keeper`] is told at once of each one that is resolved, and again of
/// all that fire, whoever takes care of them. A silenced alert is not told of, neither that it fires nor, if it was told of
/// before, that it is over while the silence lasts. A group of which nothing is left is asked about without alerts.
pub fn message(
    audience: Audience,
    group: &Group,
    last: Option<&Sent>,
    silences: &[Silence],
    repeat: Span,
    now: Timestamp,
) -> Option<(Message, Sent)> {
    let keeper = audience == Audience::Keeper;
    let silenced = |labels: &Labels| silences.iter().any(|silence| silence.covers(labels, now));
    let fires = |alert: &&Alert| alert.state == State::Firing && !silenced(&alert.labels);
    let firing: Vec<Alert> = group.alerts.iter().filter(fires).cloned().collect();
    let names: BTreeSet<Labels> = firing.iter().map(|alert| alert.labels.clone()).collect();
    let told: BTreeSet<Labels> = last.map(|sent| sent.firing.clone()).unwrap_or_default();
    let resolved: Vec<Labels> =
        told.iter().filter(|labels| !names.contains(*labels) && !silenced(labels)).cloned().collect();
    let still_told = told.iter().filter(|labels| silenced(labels)).cloned();

    let kind = if names.iter().any(|labels| !told.contains(labels)) {
        MessageKind::Firing
    } else if !resolved.is_empty() && (keeper || (firing.is_empty() && resolved.len() == told.len())) {
        MessageKind::Resolved
    } else if firing.iter().any(|alert| keeper || alert.acknowledged.is_none())
        && last.is_some_and(|sent| sent.at.plus(repeat.duration()) <= now)
    {
        MessageKind::Reminder
    } else {
        return None;
    };
    let sent = Sent { at: now, firing: names.into_iter().chain(still_told).collect() };
    Some((Message { kind, firing, resolved }, sent))
}

//! Which alerts are one message.

use std::collections::BTreeMap;

use super::{Alert, Labels, NAME_LABEL, Severity};

/// The labels by which alerts belong together, the first that an alert has all of: a node that is gone is one message,
/// whatever else is gone with it; then an app that is unwell; then whatever one rule says.
const TOGETHER: [&[&str]; 4] = [&["environment", "node"], &["node"], &["environment", "app"], &[NAME_LABEL]];

/// Alerts that are told of together.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What they have in common, by which the group is known.
    pub labels: Labels,
    pub alerts: Vec<Alert>,
}

impl Group {
    /// The worst of its alerts.
    pub fn severity(&self) -> Severity {
        self.alerts.iter().map(Alert::severity).max().unwrap_or_default()
    }
}

/// The alerts of all rules by what they have in common, each in exactly one group. The order of the alerts does not matter.
pub fn group(alerts: &[Alert]) -> Vec<Group> {
    let mut groups: BTreeMap<Labels, Vec<Alert>> = BTreeMap::new();
    for alert in alerts {
        groups.entry(common(alert)).or_default().push(alert.clone());
    }
    let sorted = |(labels, mut alerts): (Labels, Vec<Alert>)| {
        alerts.sort_by(|a, b| a.labels.cmp(&b.labels));
        Group { labels, alerts }
    };
    groups.into_iter().map(sorted).collect()
}

fn common(alert: &Alert) -> Labels {
    let value = |name: &str| alert.labels.get(name).filter(|value| !value.is_empty());
    let names = TOGETHER.iter().find(|names| names.iter().all(|name| value(name).is_some()));
    let names = names.copied().unwrap_or_default();
    names.iter().filter_map(|name| Some(((*name).to_owned(), value(name)?.clone()))).collect()
}

//! The rules that every console has from the beginning, over what it measures of itself.

use std::collections::BTreeMap;

use super::{Comparison, Condition, Labels, OnNoData, Rule, Severity};
use crate::duration::Span;
use crate::metric::{
    APP_DEGRADED, APP_DELAYED, APP_DEPLOYMENT_FAILED, CERTIFICATE_REMAINING, DISK_FREE, ENGINE_UP, NODE_UP,
};

/// A certificate is near its end with so many days left.
const CERTIFICATE_LEFT: f64 = 14.0;
/// A disk is near its end with so many hundredths of it free.
const DISK_LEFT: f64 = 10.0;

/// All of them, switched on, each with a name of its own.
pub fn builtin() -> Vec<Rule> {
    use Comparison::{Above, Below};
    use Severity::{Critical, Warning};
    let minute = Span::from_secs(60);
    vec![
        rule(
            "app-degraded",
            APP_DEGRADED,
            (Above, 0.0),
            Span::from_secs(120),
            Warning,
            "{{app}} is degraded",
        ),
        rule(
            "crash-loop",
            APP_DELAYED,
            (Above, 0.0),
            minute,
            Critical,
            "{{app}}: {{value}} instances wait for their next start after a crash",
        ),
        rule(
            "deployment-failed",
            &deployment_failed(),
            (Above, 0.0),
            Span::from_secs(0),
            Warning,
            "The deployment of {{app}} failed within the last hour",
        ),
        rule(
            "engine-unreachable",
            ENGINE_UP,
            (Below, 1.0),
            minute,
            Critical,
            "The engine of {{environment}} does not answer",
        ),
        rule("node-down", NODE_UP, (Below, 1.0), minute, Critical, "The node {{node}} is down"),
        rule(
            "certificate-ends",
            &format!("{CERTIFICATE_REMAINING} / 86400"),
            (Below, CERTIFICATE_LEFT),
            Span::from_secs(0),
            Warning,
            "The certificate {{file}} ends in {{value}} days",
        ),
        rule(
            "disk-full",
            &format!("{DISK_FREE} * 100"),
            (Below, DISK_LEFT),
            Span::from_secs(300),
            Critical,
            "Of the console's disk only {{value}} % is free",
        ),
    ]
}

/// The rules that hold, each with whether every console has it: those of every console, each as it was changed, then the
/// others by name.
pub fn merged(kept: Vec<Rule>) -> Vec<(Rule, bool)> {
    let mut kept: BTreeMap<String, Rule> = kept.into_iter().map(|rule| (rule.name.clone(), rule)).collect();
    let mut rules: Vec<(Rule, bool)> =
        builtin().into_iter().map(|rule| (kept.remove(&rule.name).unwrap_or(rule), true)).collect();
    rules.extend(kept.into_values().map(|rule| (rule, false)));
    rules
}

/// The figure stays until the next deployment, an alert must not: what failed all the last hour, and did so before, is over.
/// A series that began within the hour has no value before it, and so a first deployment that failed is told of too.
fn deployment_failed() -> String {
    let failed = APP_DEPLOYMENT_FAILED;
    format!("{failed} unless ((min_over_time({failed}[1h]) == 1) and (({failed} offset 1h) == 1))")
}

fn rule(
    name: &str,
    query: &str,
    (comparison, threshold): (Comparison, f64),
    hold: Span,
    severity: Severity,
    summary: &str,
) -> Rule {
    Rule {
        name: name.to_owned(),
        enabled: true,
        environment: None,
        query: query.to_owned(),
        condition: Some(Condition { comparison, threshold }),
        hold,
        keep_firing_for: super::at_once(),
        severity,
        labels: Labels::new(),
        summary: summary.to_owned(),
        // An app, a node or a certificate that is gone leaves no alert behind.
        on_no_data: OnNoData::Ok,
    }
}

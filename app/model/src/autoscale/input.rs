//! The one validator of a policy.

use serde::Deserialize;
use serde_json::Value;

use super::{OnNoData, Pace, Per, Policy, Target, default_cooldown, default_tolerance};
use crate::check::EXPRESSION_MAX;
use crate::definition::{Amount, INSTANCES_MAX};
use crate::duration::Span;
use crate::input::{Node, whole};
use crate::metric::placeholders;
use crate::problem::{Fault, FieldError};

const TARGETS_MAX: usize = 8;
const STEPS_MAX: usize = 4;
const PERCENT_MAX: f64 = 1_000.0;
const WINDOW_MAX: Span = Span::from_secs(3_600);
const PER_MIN: Span = Span::from_secs(1);
const PER_MAX: Span = Span::from_secs(1_800);
/// Names a query may hold: it is asked of the app, not of an instance.
const PLACEHOLDERS: [&str; 3] = ["app", "environment", "revision"];

/// Reads a policy and fills its defaults, reporting every mistake at once. `null` means absent.
pub fn parse(value: &Value) -> Result<Policy, Vec<FieldError>> {
    whole(value, read)
}

fn read(node: &Node) -> Policy {
    node.object(&[
        "enabled",
        "dry_run",
        "min",
        "max",
        "targets",
        "tolerance",
        "scale_up",
        "scale_down",
        "cooldown",
        "on_no_data",
    ]);
    let count = |name: &str, least: u64| {
        node.field(name).required().integer(least, INSTANCES_MAX.into()).map(|count| count as u32)
    };
    let (min, max) = (count("min", 0), count("max", 1));
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        node.field("max").fault(Fault::OutOfRange { min: min.into(), max: INSTANCES_MAX.into() });
    }
    let targets = targets(&node.field("targets"));
    if min == Some(0) && !targets.iter().any(|target| matches!(target, Target::Query { .. })) {
        node.field("min").fault(Fault::ZeroNeedsQuery);
    }
    Policy {
        enabled: node.field("enabled").required().boolean().unwrap_or_default(),
        dry_run: node.field("dry_run").boolean().unwrap_or_default(),
        min: min.unwrap_or_default(),
        max: max.unwrap_or_default(),
        targets,
        tolerance: node.field("tolerance").number(0.0, 0.9).unwrap_or_else(default_tolerance),
        scale_up: pace(&node.field("scale_up"), Pace::up()),
        scale_down: pace(&node.field("scale_down"), Pace::down()),
        cooldown: node
            .field("cooldown")
            .duration(Span::from_millis(0), WINDOW_MAX)
            .unwrap_or_else(default_cooldown),
        on_no_data: node.field("on_no_data").one_of(&[("hold", OnNoData::Hold)]).unwrap_or_default(),
    }
}

fn targets(node: &Node) -> Vec<Target> {
    let list = node.required().list(TARGETS_MAX);
    if node.value.is_some_and(|value| value.as_array().is_some_and(Vec::is_empty)) {
        node.fault(Fault::Empty);
    }
    let mut read: Vec<Target> = Vec::new();
    for each in &list {
        let Some(target) = target(each) else { continue };
        if read.iter().any(|other| same(other, &target)) {
            let kind = each.field("kind");
            kind.fault(Fault::Duplicate { value: kind.line(100).unwrap_or_default().to_owned() });
        } else {
            read.push(target);
        }
    }
    read
}

/// Two of these would contradict each other.
fn same(one: &Target, other: &Target) -> bool {
    match (one, other) {
        (Target::Query { query: one, .. }, Target::Query { query: other, .. }) => one == other,
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

fn target(node: &Node) -> Option<Target> {
    #[derive(Clone, Copy)]
    enum Kind {
        Cpu,
        Memory,
        Query,
    }
    let kinds = [("cpu", Kind::Cpu), ("memory", Kind::Memory), ("query", Kind::Query)];
    let kind = node.field("kind").required().one_of(&kinds);
    match kind? {
        Kind::Query => {
            node.object(&["kind", "query", "per", "value"]);
            let per = [("instance", Per::Instance), ("total", Per::Total)];
            let query = query(&node.field("query"));
            let per = node.field("per").required().one_of(&per);
            let value = node.field("value").required().finite();
            if value.is_some_and(|value| value <= 0.0) {
                node.field("value").fault(Fault::OutOfRange { min: f64::MIN_POSITIVE, max: f64::MAX });
            }
            Some(Target::Query { query: query?, per: per?, value: value? })
        }
        kind => {
            node.object(&["kind", "percent"]);
            let percent = node.field("percent").required().number(1.0, PERCENT_MAX)?;
            Some(if matches!(kind, Kind::Cpu) { Target::Cpu { percent } } else { Target::Memory { percent } })
        }
    }
}

fn query(node: &Node) -> Option<String> {
    let text = node.required().text(EXPRESSION_MAX)?;
    if !node.not_empty(text.trim()) {
        return None;
    }
    for name in placeholders(text).filter(|name| !PLACEHOLDERS.contains(name)) {
        let known = PLACEHOLDERS.map(str::to_owned).to_vec();
        node.fault(Fault::UnknownPlaceholder { name: name.to_owned(), known });
    }
    Some(text.to_owned())
}

fn pace(node: &Node, default: Pace) -> Pace {
    node.object(&["stabilisation", "max_step", "per"]);
    let steps = node.field("max_step");
    let read = match steps.value {
        None => default.max_step,
        Some(Value::Array(_)) => {
            let list = steps.list(STEPS_MAX);
            if list.is_empty() {
                steps.fault(Fault::Empty);
            }
            list.iter().filter_map(amount).collect()
        }
        Some(_) => amount(&steps).into_iter().collect(),
    };
    Pace {
        stabilisation: node
            .field("stabilisation")
            .duration(Span::from_millis(0), WINDOW_MAX)
            .unwrap_or(default.stabilisation),
        max_step: read,
        per: node.field("per").duration(PER_MIN, PER_MAX).unwrap_or(default.per),
    }
}

fn amount(node: &Node) -> Option<Amount> {
    let amount = node.value.and_then(|value| Amount::deserialize(value).ok());
    let amount = amount.filter(|amount| !matches!(amount, Amount::Count(count) if *count > INSTANCES_MAX));
    if amount.is_none() {
        node.fault(Fault::NotAmount);
    }
    amount
}

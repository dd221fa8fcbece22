//! The release strategy.

use serde_json::Value;

use super::DAY;
use crate::definition::strategy::{
    default_deadline, default_keep_old, default_surge, default_unavailable, default_verify,
};
use crate::definition::{
    Amount, Gate, INSTANCES_MAX, OnFailure, OnTimeout, Percent, Strategy, StrategyKind, StrategyStep, Volume,
    VolumeKind,
};
use crate::duration::Span;
use crate::input::Node;
use crate::permission::Role;
use crate::problem::Fault;

const DEADLINE_MIN: Span = Span::from_secs(1);
/// Longest that a deadline, a gate or a wait takes.
const WEEK: Span = Span::from_secs(7 * 86_400);
const STEPS_MAX: usize = 32;
const APPROVERS_MAX: u64 = 20;

#[derive(Clone, Copy)]
enum Kind {
    Rolling,
    Staged,
    BlueGreen,
    Recreate,
}

/// Without a kind it is `rolling`, or `recreate` where two revisions would write to one volume. Fields of another kind
/// than the chosen one are checked and dropped: a form that switches kinds leaves them behind.
pub(super) fn read(node: &Node, volumes: &[Volume]) -> Strategy {
    node.object(&[
        "kind",
        "steps",
        "max_surge",
        "max_unavailable",
        "verify",
        "approve",
        "keep_old",
        "progress_deadline",
        "on_failure",
    ]);
    let single_writer = volumes.iter().any(|v| v.kind == VolumeKind::Named && !v.read_only);
    let default = if single_writer { Kind::Recreate } else { Kind::Rolling };
    let kinds = [
        ("rolling", Kind::Rolling),
        ("staged", Kind::Staged),
        ("blue_green", Kind::BlueGreen),
        ("recreate", Kind::Recreate),
    ];
    let failures =
        [("rollback", OnFailure::Rollback), ("pause", OnFailure::Pause), ("fail", OnFailure::Fail)];
    let surge_node = node.field("max_surge");
    let max_surge = amount(&surge_node).unwrap_or_else(default_surge);
    let max_unavailable = amount(&node.field("max_unavailable")).unwrap_or_else(default_unavailable);
    let moves = |fault: Fault| {
        if max_surge.is_zero() && max_unavailable.is_zero() {
            surge_node.fault(fault);
        }
    };
    let kind = match node.field("kind").one_of(&kinds).unwrap_or(default) {
        Kind::Recreate => StrategyKind::Recreate,
        Kind::Rolling => {
            moves(Fault::NoRoomToMove);
            StrategyKind::Rolling { max_surge, max_unavailable }
        }
        Kind::Staged => {
            moves(Fault::NoRoomToMove);
            StrategyKind::Staged { steps: steps(&node.field("steps")), max_surge, max_unavailable }
        }
        Kind::BlueGreen => {
            let approve = node.field("approve");
            StrategyKind::BlueGreen {
                verify: node
                    .field("verify")
                    .duration(Span::from_millis(0), DAY)
                    .unwrap_or_else(default_verify),
                approve: approve.value.is_some().then(|| gate(&approve)),
                keep_old: node
                    .field("keep_old")
                    .duration(Span::from_millis(0), DAY)
                    .unwrap_or_else(default_keep_old),
            }
        }
    };
    Strategy {
        kind,
        progress_deadline: node
            .field("progress_deadline")
            .duration(DEADLINE_MIN, WEEK)
            .unwrap_or_else(default_deadline),
        on_failure: node.field("on_failure").one_of(&failures).unwrap_or_default(),
    }
}

fn steps(node: &Node) -> Vec<StrategyStep> {
    let nodes = node.required().list(STEPS_MAX);
    let mut steps = Vec::new();
    let mut set: Option<Amount> = None;
    for node in &nodes {
        let Some(step) = step(node) else { continue };
        match &step {
            StrategyStep::Set(amount) => {
                let shrinks = match (set, *amount) {
                    (Some(Amount::Count(before)), Amount::Count(now)) => now < before,
                    (Some(Amount::Percent(before)), Amount::Percent(now)) => now.0 < before.0,
                    _ => false,
                };
                if amount.is_zero() {
                    node.field("set").fault(Fault::StepOfNone);
                } else if shrinks {
                    node.field("set").fault(Fault::StepShrinks);
                }
                set = Some(*amount);
            }
            StrategyStep::Verify(_) if set.is_none() => node.field("verify").fault(Fault::NothingToVerify),
            _ => {}
        }
        steps.push(step);
    }
    if node.value.is_some() && nodes.is_empty() {
        node.fault(Fault::Empty);
    } else if set.is_none() && !nodes.is_empty() && steps.len() == nodes.len() {
        node.fault(Fault::NoSetStep);
    }
    steps
}

/// An object with exactly one of the four.
fn step(node: &Node) -> Option<StrategyStep> {
    const KNOWN: [&str; 4] = ["set", "verify", "approve", "wait"];
    if !node.value.is_some_and(Value::is_object) {
        node.fault(Fault::NotStep);
        return None;
    }
    node.object(&KNOWN);
    let given: Vec<&str> = KNOWN.into_iter().filter(|name| node.field(name).value.is_some()).collect();
    let [name] = given.as_slice() else {
        node.fault(Fault::NotStep);
        return None;
    };
    let field = node.field(name);
    match *name {
        "set" => amount(&field).map(StrategyStep::Set),
        "verify" => field.duration(Span::from_secs(1), DAY).map(StrategyStep::Verify),
        "approve" => Some(StrategyStep::Approve(gate(&field))),
        _ => field.duration(Span::from_secs(1), WEEK).map(StrategyStep::Wait),
    }
}

fn gate(node: &Node) -> Gate {
    node.object(&["approvers", "role", "timeout", "on_timeout"]);
    let default = Gate::default();
    let roles = [("operator", Role::Operator), ("admin", Role::Admin)];
    let timeouts = [("reject", OnTimeout::Reject), ("approve", OnTimeout::Approve)];
    Gate {
        approvers: node.field("approvers").integer(1, APPROVERS_MAX).map_or(default.approvers, |n| n as u32),
        role: node.field("role").one_of(&roles).unwrap_or(default.role),
        timeout: node.field("timeout").duration(DEADLINE_MIN, WEEK).unwrap_or(default.timeout),
        on_timeout: node.field("on_timeout").one_of(&timeouts).unwrap_or_default(),
    }
}

fn amount(node: &Node) -> Option<Amount> {
    match node.value? {
        Value::Number(_) => node.integer(0, INSTANCES_MAX.into()).map(|count| Amount::Count(count as u32)),
        Value::String(text) => match Percent::try_from(text.clone()) {
            Ok(percent) => Some(Amount::Percent(percent)),
            Err(_) => not_amount(node),
        },
        _ => not_amount(node),
    }
}

fn not_amount(node: &Node) -> Option<Amount> {
    node.fault(Fault::NotAmount);
    None
}

//! The release strategy.

use serde_json::Value;

use super::node::Node;
use crate::definition::{
    Amount, INSTANCES_MAX, OnFailure, Percent, Strategy, StrategyKind, Volume, VolumeKind, default_deadline,
    default_surge, default_unavailable,
};
use crate::duration::Span;
use crate::problem::Fault;

const DEADLINE_MIN: Span = Span::from_secs(1);
const DEADLINE_MAX: Span = Span::from_secs(7 * 86_400);

#[derive(Clone, Copy)]
enum Kind {
    Rolling,
    Recreate,
}

/// Without a kind it is `rolling`, or `recreate` where two revisions would write to one volume. Surge and availability
/// beside `recreate` are checked and dropped: a form that switches kinds leaves them behind.
pub(super) fn read(node: &Node, volumes: &[Volume]) -> Strategy {
    node.object(&["kind", "max_surge", "max_unavailable", "progress_deadline", "on_failure"]);
    let single_writer = volumes.iter().any(|v| v.kind == VolumeKind::Named && !v.read_only);
    let default = if single_writer { Kind::Recreate } else { Kind::Rolling };
    let kinds = [("rolling", Kind::Rolling), ("recreate", Kind::Recreate)];
    let failures =
        [("rollback", OnFailure::Rollback), ("pause", OnFailure::Pause), ("fail", OnFailure::Fail)];
    let surge_node = node.field("max_surge");
    let max_surge = amount(&surge_node).unwrap_or_else(default_surge);
    let max_unavailable = amount(&node.field("max_unavailable")).unwrap_or_else(default_unavailable);
    let kind = match node.field("kind").one_of(&kinds).unwrap_or(default) {
        Kind::Recreate => StrategyKind::Recreate,
        Kind::Rolling => {
            if max_surge.is_zero() && max_unavailable.is_zero() {
                surge_node.fault(Fault::NoRoomToMove);
            }
            StrategyKind::Rolling { max_surge, max_unavailable }
        }
    };
    Strategy {
        kind,
        progress_deadline: node
            .field("progress_deadline")
            .duration(DEADLINE_MIN, DEADLINE_MAX)
            .unwrap_or_else(default_deadline),
        on_failure: node.field("on_failure").one_of(&failures).unwrap_or_default(),
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

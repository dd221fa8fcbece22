//! Volumes, and constraints on where instances run.

use super::environment::is_label_key;
use crate::definition::{Constraint, ConstraintOperator, Volume, VolumeKind};
use crate::input::{Node, unique};
use crate::problem::Fault;

const VOLUMES_MAX: usize = 32;
const CONSTRAINTS_MAX: usize = 32;

pub(super) fn volumes(node: &Node) -> Vec<Volume> {
    let nodes = node.list(VOLUMES_MAX);
    let volumes: Vec<Volume> = nodes.iter().map(volume).collect();
    let mounts: Vec<Node> = nodes.iter().map(|node| node.field("mount")).collect();
    let paths = mounts.iter().zip(&volumes).map(|(node, volume)| (node, volume.mount.trim_end_matches('/')));
    unique(paths.filter(|(_, path)| !path.is_empty()));
    volumes
}

fn volume(node: &Node) -> Volume {
    node.object(&["name", "kind", "mount", "read_only"]);
    let kinds = [("named", VolumeKind::Named), ("host", VolumeKind::Host), ("tmpfs", VolumeKind::Tmpfs)];
    let kind = node.field("kind").one_of(&kinds).unwrap_or_default();
    let name = node.field("name");
    name.required();
    Volume {
        name: match kind {
            VolumeKind::Host => name.absolute_path(),
            VolumeKind::Named | VolumeKind::Tmpfs => name.name(),
        }
        .unwrap_or_default()
        .to_owned(),
        kind,
        mount: node.field("mount").required().absolute_path().unwrap_or_default().to_owned(),
        read_only: node.field("read_only").boolean().unwrap_or_default(),
    }
}

pub(super) fn constraints(node: &Node) -> Vec<Constraint> {
    node.list(CONSTRAINTS_MAX).iter().map(constraint).collect()
}

fn constraint(node: &Node) -> Constraint {
    node.object(&["attribute", "operator", "value"]);
    let operators = [
        ("is", ConstraintOperator::Is),
        ("is_not", ConstraintOperator::IsNot),
        ("unique", ConstraintOperator::Unique),
        ("spread", ConstraintOperator::Spread),
    ];
    let attribute = node.field("attribute");
    let text = attribute.required().text(usize::MAX).unwrap_or_default();
    let label = text.strip_prefix("node.labels.").is_some_and(is_label_key);
    if attribute.value.is_some_and(serde_json::Value::is_string) && text != "node.name" && !label {
        attribute.fault(Fault::NotAttribute);
    }
    let operator = node.field("operator").required().one_of(&operators);
    let value = node.field("value");
    let compares = matches!(operator, Some(ConstraintOperator::Is | ConstraintOperator::IsNot));
    if compares {
        value.required();
    }
    Constraint {
        attribute: text.to_owned(),
        operator: operator.unwrap_or(ConstraintOperator::Is),
        value: value.line(255).filter(|_| compares).map(str::to_owned),
    }
}

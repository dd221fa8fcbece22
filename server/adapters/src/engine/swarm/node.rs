//! The nodes of a swarm. Pure.

use std::collections::HashMap;

use bollard::models::{
    Node as SwarmNode, NodeSpecAvailabilityEnum, NodeState as SwarmState, Task, TaskState,
};
use model::environment::{Node, NodeResources, NodeState};

/// What an instance shows of its node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    pub name: String,
    pub address: String,
    pub is_down: bool,
}

/// Nodes by their ids.
#[derive(Debug, Clone, Default)]
pub struct Places {
    by_id: HashMap<String, Place>,
    nowhere: Place,
}

impl Places {
    /// `endpoint`: the host of the manager that was asked, for a node that says it is at no address.
    pub fn new(nodes: &[SwarmNode], endpoint: &str) -> Self {
        let by_id = nodes.iter().filter_map(|node| {
            let place =
                Place { name: name(node, nodes), address: address(node, endpoint), is_down: is_down(node) };
            Some((node.id.clone()?, place))
        });
        Self { by_id: by_id.collect(), nowhere: Place::default() }
    }

    pub fn of(&self, id: Option<&str>) -> &Place {
        id.and_then(|id| self.by_id.get(id)).unwrap_or(&self.nowhere)
    }
}

fn hostname(node: &SwarmNode) -> &str {
    let hostname = node.description.as_ref().and_then(|description| description.hostname.as_deref());
    hostname.or(node.id.as_deref()).unwrap_or_default()
}

/// Its host's name; with the beginning of its id where two hosts are called the same.
pub fn name(node: &SwarmNode, all: &[SwarmNode]) -> String {
    let hostname = hostname(node);
    if all.iter().filter(|other| self::hostname(other) == hostname).count() < 2 {
        return hostname.to_owned();
    }
    let id: String = node.id.as_deref().unwrap_or_default().chars().take(6).collect();
    format!("{hostname}-{id}")
}

fn address(node: &SwarmNode, endpoint: &str) -> String {
    let said = node.status.as_ref().and_then(|status| status.addr.as_deref()).unwrap_or_default();
    let as_manager = node.manager_status.as_ref().and_then(|status| status.addr.as_deref());
    let as_manager = as_manager.and_then(|address| address.rsplit_once(':')).map(|(host, _)| host);
    let known = |address: &&str| !address.is_empty() && *address != "0.0.0.0";
    [Some(said), as_manager].into_iter().flatten().find(known).unwrap_or(endpoint).to_owned()
}

fn is_down(node: &SwarmNode) -> bool {
    let state = node.status.as_ref().and_then(|status| status.state);
    state.is_some_and(|state| state != SwarmState::READY)
}

/// What tasks have set aside for them on a node, ours and others'.
pub fn allocated(node: &str, tasks: &[Task]) -> NodeResources {
    let mut sum = NodeResources::default();
    let there = tasks.iter().filter(|task| {
        let state = task.status.as_ref().and_then(|status| status.state);
        task.node_id.as_deref() == Some(node)
            && matches!(
                state,
                Some(
                    TaskState::ASSIGNED
                        | TaskState::ACCEPTED
                        | TaskState::PREPARING
                        | TaskState::READY
                        | TaskState::STARTING
                        | TaskState::RUNNING
                )
            )
    });
    for task in there {
        let resources = task.spec.as_ref().and_then(|spec| spec.resources.as_ref());
        let Some(reserved) = resources.and_then(|resources| resources.reservations.as_ref()) else {
            continue;
        };
        sum.cpus += reserved.nano_cpus.unwrap_or(0) as f64 / 1e9;
        sum.memory_bytes += reserved.memory_bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0);
    }
    sum
}

/// A node as it is shown, without what instances use.
pub fn shown(node: &SwarmNode, all: &[SwarmNode], tasks: &[Task], endpoint: &str) -> Node {
    let resources = node.description.as_ref().and_then(|description| description.resources.as_ref());
    let availability = node.spec.as_ref().and_then(|spec| spec.availability);
    let state = match availability {
        _ if is_down(node) => NodeState::Down,
        Some(NodeSpecAvailabilityEnum::DRAIN | NodeSpecAvailabilityEnum::PAUSE) => NodeState::Draining,
        _ => NodeState::Ready,
    };
    Node {
        name: name(node, all),
        address: address(node, endpoint),
        state,
        capacity: NodeResources {
            cpus: resources.and_then(|r| r.nano_cpus).unwrap_or(0) as f64 / 1e9,
            memory_bytes: resources
                .and_then(|r| r.memory_bytes)
                .and_then(|bytes| u64::try_from(bytes).ok())
                .unwrap_or(0),
            disk_bytes: 0,
        },
        allocated: allocated(node.id.as_deref().unwrap_or_default(), tasks),
        used: NodeResources::default(),
        instances: 0,
    }
}

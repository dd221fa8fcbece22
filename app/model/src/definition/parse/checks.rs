//! Health checks.

use super::program::command;
use super::{DAY, SHORTEST_PAUSE};
use crate::definition::{
    CHECKS_MAX, Command, HealthCheck, Port, Probe, Protocol, default_grace, default_interval,
    default_max_failures, default_path, default_timeout,
};
use crate::duration::Span;
use crate::input::Node;
use crate::problem::Fault;

const FAILURES_MAX: u64 = 1_000;

#[derive(Clone, Copy)]
enum Kind {
    Http,
    Tcp,
    Command,
}

pub(super) fn read(node: &Node, ports: &[Port]) -> Vec<HealthCheck> {
    node.list(CHECKS_MAX).iter().map(|node| check(node, ports)).collect()
}

/// Fields of another kind than the chosen one are dropped: a form that switches kinds leaves them behind.
fn check(node: &Node, ports: &[Port]) -> HealthCheck {
    node.object(&["kind", "port", "path", "command", "interval", "timeout", "grace", "max_failures"]);
    let kinds = [("http", Kind::Http), ("tcp", Kind::Tcp), ("command", Kind::Command)];
    let probe = match node.field("kind").required().one_of(&kinds) {
        Some(Kind::Http) => Probe::Http {
            port: port(&node.field("port"), ports),
            path: path(&node.field("path")).unwrap_or_else(default_path),
        },
        Some(Kind::Tcp) => Probe::Tcp { port: port(&node.field("port"), ports) },
        Some(Kind::Command) => {
            let node = node.field("command");
            node.required();
            Probe::Command { command: command(&node).unwrap_or(Command::Vector(Vec::new())) }
        }
        None => Probe::Tcp { port: None },
    };
    HealthCheck {
        probe,
        interval: node.field("interval").duration(SHORTEST_PAUSE, DAY).unwrap_or_else(default_interval),
        timeout: node.field("timeout").duration(Span::from_millis(1), DAY).unwrap_or_else(default_timeout),
        grace: node.field("grace").duration(Span::from_millis(0), DAY).unwrap_or_else(default_grace),
        max_failures: node
            .field("max_failures")
            .integer(1, FAILURES_MAX)
            .map_or_else(default_max_failures, |n| n as u32),
    }
}

/// A TCP port of the definition by name; absent means the first port.
pub(super) fn port(node: &Node, ports: &[Port]) -> Option<String> {
    let tcp = || ports.iter().filter(|port| port.protocol == Protocol::Tcp);
    let Some(name) = node.text(usize::MAX) else {
        if node.value.is_none() && tcp().next().is_none() {
            node.fault(Fault::NeedsPort);
        }
        // Named, since the first port of all may speak UDP.
        return match ports.first() {
            Some(first) if first.protocol == Protocol::Udp => tcp().next().map(|port| port.name.clone()),
            _ => None,
        };
    };
    if !tcp().any(|port| port.name == name) {
        let available = tcp().map(|port| port.name.clone()).collect();
        node.fault(Fault::NoSuchPort { name: name.to_owned(), available });
    }
    Some(name.to_owned())
}

pub(super) fn path(node: &Node) -> Option<String> {
    let path = node.line(2_048)?;
    if !path.starts_with('/') || path.starts_with("//") || path.contains([' ', '\\']) {
        node.fault(Fault::NotAbsolute);
        return None;
    }
    Some(path.to_owned())
}

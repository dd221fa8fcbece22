//! The one validator: JSON to a whole [`Definition`], or every mistake at once.

mod checks;
mod environment;
mod metrics;
mod ports;
mod program;
mod storage;
mod strategy;
mod verification;

use std::cell::RefCell;

use serde_json::Value;

use super::{
    CPUS_MAX, CPUS_MIN, Definition, INSTANCES_MAX, JSON_MAX, MEMORY_MB_MAX, MEMORY_MB_MIN, Network,
    NetworkMode, Resources, Restart, Signal, Stop, fixed_port_errors,
};
use crate::duration::Span;
use crate::input::Node;
use crate::problem::{Fault, FieldError};

/// Longest time that any setting takes.
const DAY: Span = Span::from_secs(86_400);
/// Shortest time between two tries of anything.
const SHORTEST_PAUSE: Span = Span::from_millis(100);
const FACTOR_MAX: f64 = 100.0;

const FIELDS: &[&str] = &[
    "project",
    "image",
    "artifact",
    "command",
    "instances",
    "resources",
    "ports",
    "network",
    "env",
    "config_sets",
    "volumes",
    "constraints",
    "labels",
    "health_checks",
    "ready_after",
    "stop",
    "restart",
    "strategy",
    "checks",
    "metrics",
];

/// Reads the text of a definition: its size, JSON with line and column, then [`parse`].
pub fn parse_text(text: &str) -> Result<Definition, Vec<FieldError>> {
    if text.len() > JSON_MAX {
        return Err(vec![FieldError::new("", Fault::JsonTooLarge { max: JSON_MAX })]);
    }
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let whole = error.to_string();
        let reason = whole.rsplit_once(" at line ").map_or(whole.as_str(), |(reason, _)| reason).to_owned();
        vec![FieldError::new("", Fault::NotJson { reason, line: error.line(), column: error.column() })]
    })?;
    parse(&value)
}

/// Reads a definition and fills its defaults, reporting every mistake at once. `null` means absent.
pub fn parse(value: &Value) -> Result<Definition, Vec<FieldError>> {
    let errors = RefCell::new(Vec::new());
    let root = Node::root(value, &errors);
    if json_length(value) > JSON_MAX {
        root.fault(Fault::JsonTooLarge { max: JSON_MAX });
        return Err(errors.into_inner());
    }
    root.object(FIELDS);
    let definition = read(&root);
    let mut errors = errors.into_inner();
    // A strategy that could not be read would be judged by its defaults.
    if !errors.iter().any(|error| error.path.starts_with("/strategy")) {
        errors.extend(fixed_port_errors(&definition, definition.instances.unwrap_or_default()));
    }
    if errors.is_empty() { Ok(definition) } else { Err(errors) }
}

/// Fields that are wrong get a default here; the mistake is in the report.
fn read(root: &Node) -> Definition {
    let project = root.field("project");
    let (image, artifact, command) = program::read(root);
    let volumes = storage::volumes(&root.field("volumes"));
    let network = network(&root.field("network"), image.is_some());
    let ports = ports::read(&root.field("ports"), image.is_some() && network.mode == NetworkMode::Bridge);
    let strategy = strategy::read(&root.field("strategy"), &volumes);
    let checks = verification::read(&root.field("checks"), &ports, &strategy);
    let metrics = metrics::read(&root.field("metrics"), &ports);
    Definition {
        project: project.name().and_then(|name| name.parse().ok()).unwrap_or_default(),
        image,
        artifact,
        command,
        instances: root.field("instances").integer(0, INSTANCES_MAX.into()).map(|n| n as u32),
        resources: resources(&root.field("resources")),
        health_checks: checks::read(&root.field("health_checks"), &ports),
        ready_after: root.field("ready_after").duration(Span::from_secs(0), DAY),
        ports,
        network,
        env: environment::variables(&root.field("env")),
        config_sets: environment::config_sets(&root.field("config_sets")),
        strategy,
        checks,
        metrics,
        volumes,
        constraints: storage::constraints(&root.field("constraints")),
        labels: environment::labels(&root.field("labels")),
        stop: stop(&root.field("stop")),
        restart: restart(&root.field("restart")),
    }
}

fn resources(node: &Node) -> Resources {
    node.object(&["cpus", "memory_mb"]);
    let default = Resources::default();
    Resources {
        cpus: node.field("cpus").number(CPUS_MIN, CPUS_MAX).unwrap_or(default.cpus),
        memory_mb: node.field("memory_mb").integer(MEMORY_MB_MIN, MEMORY_MB_MAX).unwrap_or(default.memory_mb),
    }
}

fn network(node: &Node, image: bool) -> Network {
    node.object(&["mode", "name"]);
    let default = if image { NetworkMode::Bridge } else { NetworkMode::Host };
    let modes = [
        ("host", NetworkMode::Host),
        ("bridge", NetworkMode::Bridge),
        ("overlay", NetworkMode::Overlay),
        ("none", NetworkMode::None),
    ];
    let name = node.field("name");
    Network {
        mode: node.field("mode").one_of(&modes).unwrap_or(default),
        name: name.line(255).filter(|text| name.not_empty(text)).map(str::to_owned),
    }
}

fn stop(node: &Node) -> Stop {
    node.object(&["signal", "grace"]);
    let default = Stop::default();
    let signals = [
        ("SIGTERM", Signal::Term),
        ("SIGINT", Signal::Int),
        ("SIGQUIT", Signal::Quit),
        ("SIGHUP", Signal::Hup),
        ("SIGUSR1", Signal::Usr1),
        ("SIGUSR2", Signal::Usr2),
        ("SIGKILL", Signal::Kill),
    ];
    Stop {
        signal: node.field("signal").one_of(&signals).unwrap_or(default.signal),
        grace: node.field("grace").duration(Span::from_millis(0), DAY).unwrap_or(default.grace),
    }
}

fn restart(node: &Node) -> Restart {
    node.object(&["backoff", "factor", "max_delay"]);
    let default = Restart::default();
    Restart {
        backoff: node.field("backoff").duration(SHORTEST_PAUSE, DAY).unwrap_or(default.backoff),
        factor: node.field("factor").number(1.0, FACTOR_MAX).unwrap_or(default.factor),
        max_delay: node.field("max_delay").duration(SHORTEST_PAUSE, DAY).unwrap_or(default.max_delay),
    }
}

/// Bytes of the value as compact JSON.
fn json_length(value: &Value) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Writing a `Value` to a counter cannot fail; if it ever did, the definition is refused.
    if serde_json::to_writer(&mut count, value).is_err() {
        return usize::MAX;
    }
    count.0
}

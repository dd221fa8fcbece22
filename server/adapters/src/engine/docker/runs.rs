//! What an engine must know of a definition before it is told of the set again: kept in a label.

use model::definition::{Definition, HealthCheck, NetworkMode, Port, Resources, Restart, Stop};
use model::duration::Span;
use serde::{Deserialize, Serialize};

use super::label::Labels;

const RUNS: &str = "quarterdeck.runs";

/// Without variables, which may be private.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Runs {
    ports: Vec<Port>,
    mode: NetworkMode,
    resources: Resources,
    health_checks: Vec<HealthCheck>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ready_after: Option<Span>,
    stop: Stop,
    restart: Restart,
}

impl Runs {
    fn of(definition: &Definition) -> Self {
        Self {
            ports: definition.ports.clone(),
            mode: definition.network.mode,
            resources: definition.resources,
            health_checks: definition.health_checks.clone(),
            ready_after: definition.ready_after,
            stop: definition.stop.clone(),
            restart: definition.restart,
        }
    }

    /// A definition that says as much.
    fn definition(self) -> Option<Definition> {
        let mut definition: Definition = serde_json::from_value(serde_json::json!({})).ok()?;
        definition.ports = self.ports;
        definition.network.mode = self.mode;
        definition.resources = self.resources;
        definition.health_checks = self.health_checks;
        definition.ready_after = self.ready_after;
        definition.stop = self.stop;
        definition.restart = self.restart;
        Some(definition)
    }
}

pub fn write(labels: &mut Labels, definition: &Definition) {
    if let Ok(runs) = serde_json::to_string(&Runs::of(definition)) {
        labels.insert(RUNS.to_owned(), runs);
    }
}

/// A definition that says as much as the labels do.
pub fn read(labels: &Labels) -> Option<Definition> {
    let runs: Runs = serde_json::from_str(labels.get(RUNS)?).ok()?;
    runs.definition()
}

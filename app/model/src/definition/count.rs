//! Whether a definition can run in a given number of instances: asked by the validator and when an app is scaled.

use super::{Definition, INSTANCES_MAX, StrategyKind};
use crate::problem::{Fault, FieldError};

/// What stands against `instances` instances of the definition.
pub fn check_count(definition: &Definition, instances: u32) -> Vec<FieldError> {
    let mut errors = fixed_port_errors(definition, instances);
    if instances > INSTANCES_MAX {
        let fault = Fault::OutOfRange { min: 0.0, max: f64::from(INSTANCES_MAX) };
        errors.push(FieldError::new("/instances", fault));
    }
    errors
}

/// A fixed port can be held by one instance at a time, during a change as well.
pub(super) fn fixed_port_errors(definition: &Definition, instances: u32) -> Vec<FieldError> {
    let surge = match &definition.strategy.kind {
        StrategyKind::Rolling { max_surge, .. } | StrategyKind::Staged { max_surge, .. } => {
            !max_surge.is_zero()
        }
        StrategyKind::BlueGreen { .. } => true,
        StrategyKind::Recreate => false,
    };
    if instances <= 1 && !surge {
        return Vec::new();
    }
    let fixed = definition.ports.iter().enumerate().filter(|(_, port)| port.host_port > 0);
    fixed
        .map(|(index, _)| FieldError::new(format!("/ports/{index}/host_port"), Fault::FixedPortShared))
        .collect()
}

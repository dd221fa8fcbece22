//! Whether an environment's engine can run a definition.

use super::Definition;
use crate::environment::{Capabilities, EngineKind};
use crate::problem::FieldError;

/// Every field that the engine cannot honour, each with what it can do instead.
pub fn check(_definition: &Definition, _engine: EngineKind, _can: &Capabilities) -> Vec<FieldError> {
    Vec::new()
}

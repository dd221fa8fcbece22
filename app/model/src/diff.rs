//! Field diff of two definitions: what a plan, a revision and a deployment show as "what changes".

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::definition::Definition;

/// One field that differs; `None` on a side where it is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// JSON pointer: `/env/LOG_LEVEL`.
    pub path: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// All differences, sorted by path; empty when the definitions mean the same.
pub fn diff(_before: &Definition, _after: &Definition) -> Vec<Change> {
    Vec::new()
}

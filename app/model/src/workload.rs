//! What runs at an engine and belongs to no console.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::definition::Port;
use crate::time::Timestamp;

/// A container or a service that nobody deployed with Quarterdeck, and what it would be as an app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForeignWorkload {
    /// The engine's own.
    pub id: String,
    pub name: String,
    pub image: String,
    /// In the engine's own words: `running`, `exited`, `2 of 3 running`.
    pub state: String,
    pub created_at: Option<Timestamp>,
    /// Those that are reached from outside.
    pub ports: Vec<Port>,
    /// A definition that runs the same, as far as definitions can say it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub definition: Value,
    /// What it has and the definition does not say, and what the definition sets and it has not.
    pub left_out: Vec<String>,
}

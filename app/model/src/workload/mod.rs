//! What runs at an engine and belongs to no console, and how an app takes its place.

mod adoption;
mod clash;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::adoption::{Adopt, Adoption, AdoptionPlan, AdoptionState, Stops, Upkeep, app_name};
pub use self::clash::{Clash, clashes};
use crate::definition::{Port, Protocol};
use crate::time::Timestamp;

/// A container or a service that nobody deployed with Quarterdeck, and what it would be as an app.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
    /// Ports of its hosts that nothing else can have while it runs.
    #[serde(default)]
    pub taken_ports: Vec<TakenPort>,
    /// A definition that runs the same, as far as definitions can say it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub definition: Value,
    /// What it has and the definition does not say, and what the definition sets and it has not.
    pub left_out: Vec<String>,
    /// Why it cannot be stopped and kept; then it cannot be adopted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cannot_stop: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TakenPort {
    pub port: u16,
    pub protocol: Protocol,
}

/// One of them, with the app that takes its place or has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Workload {
    #[serde(flatten)]
    pub workload: ForeignWorkload,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adoption: Option<Adoption>,
}

/// What was last seen of them, without asking.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownWorkloads {
    pub items: Vec<Workload>,
    pub read_at: Timestamp,
    /// The engine's words, where it could not be read then.
    pub trouble: Option<String>,
}

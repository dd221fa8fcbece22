//! How the count of an app is decided when no person does it: what is set, what holds now, and what was decided.

mod rehearsal;
mod surge;

use serde::{Deserialize, Serialize};

pub use self::rehearsal::{Limits, Observed, Rehearsal, RehearsedPoint, rehearse};
pub use self::surge::{PREFIX as SURGE_PREFIX, RunningSurge, Surge, SurgePlan, SurgedApp};
use crate::api::Capacity;
use crate::autoscale::{Decision, Policy};
use crate::deployment::Actor;
use crate::schedule::{Held, Occurrence, Schedule, Source};
use crate::time::Timestamp;

/// An app's autoscaler, as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Autoscaler {
    pub policy: Policy,
    pub by: Actor,
    pub at: Timestamp,
    /// The newest decision.
    pub last: Option<Decision>,
}

/// The entries by which an app scales by the clock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Calendar {
    pub schedules: Vec<Schedule>,
    /// Who changed it last.
    pub by: Option<Actor>,
    pub at: Option<Timestamp>,
}

/// A time that an entry holds, and whether the nodes have room for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Upcoming {
    #[serde(flatten)]
    pub occurrence: Occurrence,
    /// Of the instances that would be new, by what the nodes have free now.
    pub capacity: Capacity,
}

/// Everything about the count of one app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScalingStatus {
    pub wanted: u32,
    /// Where that count comes from.
    pub source: Source,
    pub held: Held,
    /// When an entry begins or ends next.
    pub next_change: Option<Timestamp>,
    pub autoscaler: Option<Autoscaler>,
    pub calendar: Calendar,
    /// Of the coming 30 days, in their order.
    pub upcoming: Vec<Upcoming>,
}

/// A decision in the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DecisionEntry {
    pub id: String,
    pub decision: Decision,
}

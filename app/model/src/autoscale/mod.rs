//! Autoscaling: how many instances an app needs by what is measured of it.
//!
//! The algorithm is that of Kubernetes' HorizontalPodAutoscaler, as `pkg/controller/podautoscaler` has it
//! (`replica_calculator.go`, `horizontal.go`) and as
//! <https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#algorithm-details> describes it:
//!
//! 1. For each target, `ratio` = measured / wanted. Within `1 ± tolerance` the present count is right. Otherwise
//!    `ceil(ratio × ready instances)`.
//! 2. Instances that are not ready yet do not count when the ratio asks for fewer, and count as using nothing when it asks
//!    for more. Instances without a measurement count as using all they may have (`cpu`, `memory`: 100 %) when it asks for
//!    fewer, and nothing when it asks for more. If the ratio then falls within the tolerance or points the other way, the
//!    present count stays.
//! 3. A query `per` total: `ceil(ratio × ready instances)`. Per instance: `ceil(sum / value)`, and its ratio is
//!    `sum / (value × present count)`.
//! 4. The largest recommendation of all targets counts. While one target has no data the others may only scale up; with
//!    no data at all nothing changes.
//! 5. Stabilisation: the recommendation goes down no further than the highest, and up no further than the lowest, of those
//!    made within the window of that direction. The first decision begins with the present count in both windows.
//! 6. Steps: within `per` no more instances are added (removed) than the largest of `max_step` allows, counted from the count
//!    at the beginning of that time, which is the present count without the autoscaler's own changes since.
//! 7. `min` to `max`. A count outside of them is brought to the nearer one at once, without a look at any target.
//!
//! It differs from that in this, and in nothing else: ratios are not cut to whole percents; a query that counts for the ready
//! instances has no data while none is ready (Kubernetes would go to the minimum); `cooldown` holds everything for a time
//! after each change (Kubernetes had that once); what is no finite number is no data; and nothing is decided while a
//! deployment is under way, since its new instances are not yet what the app is.

mod decide;
mod input;
mod limits;
#[cfg(test)]
mod properties;
mod recommend;
mod state;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::decide::{Decision, Figures, Hold, Interruption, ScaleReason, Situation, decide};
pub use self::input::parse;
pub use self::recommend::{Figure, INITIAL_READINESS, INITIALISATION, Reading, Seen, Stage, Unknown};
pub use self::state::State;
use crate::definition::{Amount, Percent};
use crate::duration::Span;

/// How an app scales by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AutoscalePolicy))]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub enabled: bool,
    /// Decides and writes down, and changes nothing.
    #[serde(default)]
    pub dry_run: bool,
    pub min: u32,
    pub max: u32,
    pub targets: Vec<Target>,
    /// How far from 1 a ratio may be before anything changes.
    #[serde(default = "default_tolerance")]
    pub tolerance: f64,
    #[serde(default = "Pace::up")]
    pub scale_up: Pace,
    #[serde(default = "Pace::down")]
    pub scale_down: Pace,
    /// Time after each change in which there is no other.
    #[serde(default = "default_cooldown")]
    pub cooldown: Span,
    #[serde(default)]
    pub on_no_data: OnNoData,
}

impl Policy {
    /// The policy while an entry of the calendar sets a least count, which its own bounds do not stand against.
    #[must_use]
    pub fn with_floor(&self, floor: u32) -> Self {
        Self { min: self.min.max(floor), max: self.max.max(floor), ..self.clone() }
    }
}

pub(crate) const fn default_tolerance() -> f64 {
    0.1
}

pub(crate) const fn default_cooldown() -> Span {
    Span::from_secs(0)
}

/// What is measured, and what it should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AutoscaleTarget))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// Mean use of the cores that an instance may use.
    Cpu { percent: f64 },
    /// Mean use of the memory that an instance may use.
    Memory { percent: f64 },
    /// The sum of what a PromQL expression answers, with `{{app}}`, `{{environment}}` and `{{revision}}`.
    Query { query: String, per: Per, value: f64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// So much for each instance: requests a second, jobs in a queue.
    Instance,
    /// So much in all, whatever the count: a latency, the age of a queue's head.
    Total,
}

/// How fast the count may follow in one direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AutoscalePace))]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// The most careful recommendation within this time counts.
    pub stabilisation: Span,
    /// Within `per`: the one that allows most counts. All of them 0: never in this direction.
    pub max_step: Vec<Amount>,
    pub per: Span,
}

impl Pace {
    /// Kubernetes' own: at once, and within 15 s by 4 or to twice as many.
    pub fn up() -> Self {
        let max_step = vec![Amount::Count(4), Amount::Percent(Percent(100))];
        Self { stabilisation: Span::from_secs(0), max_step, per: Span::from_secs(15) }
    }

    /// Kubernetes' own: after 5 minutes, and then by as many as it may be.
    pub fn down() -> Self {
        let max_step = vec![Amount::Percent(Percent(100))];
        Self { stabilisation: Span::from_secs(300), max_step, per: Span::from_secs(15) }
    }
}

/// What happens when nothing can be measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AutoscaleOnNoData))]
#[serde(rename_all = "snake_case")]
pub enum OnNoData {
    /// The count stays.
    #[default]
    Hold,
}

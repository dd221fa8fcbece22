//! What a rollout would do, shown before anybody agrees to it.

use super::{ObservedSet, Rollout};
use crate::api::PlanStep;
use crate::environment::NodeResources;

/// Wanted counts at one moment of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Instances of the target.
    pub target: u32,
    /// Instances of all other sets.
    pub others: u32,
}

/// The steps of a rollout in which all goes well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    pub steps: Vec<PlanStep>,
    /// The first is now, the last the end.
    pub moments: Vec<Moment>,
}

impl Preview {
    /// Highest use at one moment above what the app uses now, given what an old and a new instance may use each.
    pub fn needed(&self, old: NodeResources, new: NodeResources) -> NodeResources {
        let _ = (old, new);
        NodeResources::default()
    }
}

/// Plays the rollout over `sets` with instances that all turn healthy.
pub fn preview(_rollout: &Rollout, _sets: &[ObservedSet]) -> Preview {
    Preview { steps: Vec::new(), moments: Vec::new() }
}

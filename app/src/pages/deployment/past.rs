//! What people did to the steps of a rollout, read from its timeline.

use model::deployment::{DeploymentEvent, DeploymentEventKind};
use model::time::Timestamp;

use crate::text::Locale;
use crate::text::deployment as t;

/// One yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Yes {
    pub step: u32,
    pub by: String,
    pub reason: String,
    pub time: Timestamp,
}

/// Steps count from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    pub approvals: Vec<Yes>,
    pub skipped: Vec<u32>,
    /// The step it was at when somebody sent it to the end.
    pub promoted_at: Option<u32>,
}

impl Past {
    pub fn read(locale: Locale, events: &[DeploymentEvent]) -> Self {
        let mut past = Self::default();
        let mut at = 1;
        let mut in_order: Vec<&DeploymentEvent> = events.iter().collect();
        in_order.sort_by_key(|event| event.id);
        for event in in_order {
            match &event.what {
                DeploymentEventKind::StepReached { number, .. } => at = *number,
                DeploymentEventKind::StepSkipped { number, .. } => past.skipped.push(*number),
                DeploymentEventKind::Promoted { .. } => past.promoted_at = Some(at),
                DeploymentEventKind::Approved { number, reason } => past.approvals.push(Yes {
                    step: *number,
                    by: event.actor.as_ref().map(|actor| t::actor(locale, actor)).unwrap_or_default(),
                    reason: reason.clone(),
                    time: event.time,
                }),
                _ => {}
            }
        }
        past
    }

    /// Whether a person went past this step, which waits for something.
    pub fn went_past(&self, step: u32) -> bool {
        self.skipped.contains(&step) || self.promoted_at.is_some_and(|at| step >= at)
    }
}

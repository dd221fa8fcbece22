//! The planner: from what is wanted and what is seen to the next counts of each replica set.
//!
//! [`plan`] is pure and total. It never remembers more than [`RolloutState`]: given what is, it says what to do next, so a
//! console that was killed at any moment goes on by asking again.

mod plan;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::plan::plan;
use crate::definition::{OnFailure, StrategyKind};
use crate::deployment::{DeploymentState, Outcome, Progress, WaitingFor};
use crate::duration::Span;
use crate::id::RevisionNumber;
use crate::instance::InstanceReason;
use crate::time::Timestamp;

/// A replica set within one app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SetKey {
    pub revision: RevisionNumber,
    pub generation: u32,
}

/// What the deployment is to reach; fixed when it is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    pub target: SetKey,
    /// Where a rollback goes; `None` for a first deployment.
    pub previous: Option<SetKey>,
    /// Count of the target when done.
    pub wanted: u32,
    /// Count that a rollback restores.
    pub previous_wanted: u32,
    pub strategy: StrategyKind,
    pub progress_deadline: Span,
    pub on_failure: OnFailure,
}

/// What the planner carries from one call to the next; stored with the deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RolloutState {
    pub state: DeploymentState,
    /// Last time something got better; the deadline counts from here, paused time excluded.
    pub progressed_at: Timestamp,
    /// Highest measure of progress seen in this direction.
    pub best: u32,
    pub progress: Progress,
    pub waiting_for: Option<WaitingFor>,
    /// Why it pauses, goes back or ended.
    pub outcome: Option<Outcome>,
}

impl RolloutState {
    pub fn new(now: Timestamp) -> Self {
        Self {
            state: DeploymentState::Queued,
            progressed_at: now,
            best: 0,
            progress: Progress::default(),
            waiting_for: None,
            outcome: None,
        }
    }
}

/// One replica set as it is wanted and seen now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObservedSet {
    pub key: SetKey,
    /// Count last committed as wanted.
    pub wanted: u32,
    /// Instances that exist in any active state, stopping ones included.
    pub existing: u32,
    /// Running and healthy, and not stopping.
    pub ready: u32,
    /// Latest failure seen among its instances.
    pub failure: Option<InstanceReason>,
}

/// What is to be done next. The reconciler commits all of it before it tells the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Action {
    /// Change the wanted count of a replica set; 0 keeps it until [`Action::Remove`].
    SetWanted { set: SetKey, count: u32 },
    /// Nothing of it runs and nothing will: forget it.
    Remove { set: SetKey },
}

/// A person's word to a running rollout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    Pause {
        by: String,
        reason: String,
    },
    Continue,
    /// Stop where it is: keeps what runs, forgets the new revision's remaining share by going back.
    Abort {
        by: String,
        reason: String,
    },
    RollBack {
        by: String,
        reason: String,
    },
}

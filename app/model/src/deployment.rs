//! Deployments: every recorded attempt to change an app, its states and its timeline.

use serde::{Deserialize, Serialize};

use crate::definition::OnTimeout;
use crate::id::{AppName, DeploymentId, EnvironmentName, ProjectName, RevisionNumber};
use crate::instance::InstanceReason;
use crate::permission::Role;
use crate::rollout::{SkipReason, Step};
use crate::time::Timestamp;

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Actor {
    pub kind: ActorKind,
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    User,
    Token,
    Policy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeploymentKind {
    Create,
    Update,
    Scale,
    Restart,
    Rollback,
    Suspend,
    Resume,
    Promote,
    Destroy,
}

impl DeploymentKind {
    pub const ALL: [Self; 9] = [
        Self::Create,
        Self::Update,
        Self::Scale,
        Self::Restart,
        Self::Rollback,
        Self::Suspend,
        Self::Resume,
        Self::Promote,
        Self::Destroy,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Scale => "scale",
            Self::Restart => "restart",
            Self::Rollback => "rollback",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Promote => "promote",
            Self::Destroy => "destroy",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeploymentState {
    Queued,
    Running,
    Paused,
    AwaitingApproval,
    RollingBack,
    Succeeded,
    Failed,
    RolledBack,
    Aborted,
    Superseded,
}

impl DeploymentState {
    pub const ALL: [Self; 10] = [
        Self::Queued,
        Self::Running,
        Self::Paused,
        Self::AwaitingApproval,
        Self::RollingBack,
        Self::Succeeded,
        Self::Failed,
        Self::RolledBack,
        Self::Aborted,
        Self::Superseded,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::AwaitingApproval => "awaiting_approval",
            Self::RollingBack => "rolling_back",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::RolledBack => "rolled_back",
            Self::Aborted => "aborted",
            Self::Superseded => "superseded",
        }
    }

    pub const fn is_active(self) -> bool {
        matches!(
            self,
            Self::Queued | Self::Running | Self::Paused | Self::AwaitingApproval | Self::RollingBack
        )
    }

    /// Whether a deployment may go from `self` to `next`. Ends are final, nothing is queued again, and what goes back does
    /// not go forward again. A step can be so short that it is never seen: from `queued` every end is possible.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Queued | Self::Running | Self::Paused | Self::AwaitingApproval => {
                !matches!(next, Self::Queued)
            }
            Self::RollingBack => matches!(
                next,
                Self::RolledBack | Self::Failed | Self::Aborted | Self::Paused | Self::Superseded
            ),
            Self::Succeeded | Self::Failed | Self::RolledBack | Self::Aborted | Self::Superseded => false,
        }
    }
}

/// How a deployment ended or why it pauses, for translation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Outcome {
    /// Everything asked for holds.
    Done,
    /// No progress within `deadline`: `ready` of `wanted` were healthy.
    DeadlineExceeded { deadline: String, ready: u32, wanted: u32, cause: Option<InstanceReason> },
    /// An instance failed in a way that every further start will repeat.
    CannotRun { cause: InstanceReason },
    /// A person ended it.
    Aborted { by: String, reason: String },
    /// A person asked to go back.
    RollbackRequested { by: String, reason: String },
    /// A later deployment took its place.
    Superseded { by: DeploymentId },
    /// Going back did not come to an end either.
    RollbackFailed { deadline: String, ready: u32, wanted: u32, cause: Option<InstanceReason> },
    /// A person paused it.
    Paused { by: String, reason: String },
    /// `left` instances that should be gone did not end within `deadline`.
    NotStopped { deadline: String, left: u32 },
    /// A check failed `failed` of `measured` times; `step` is where the rollout was.
    CheckFailed {
        check: String,
        step: Option<u32>,
        background: bool,
        failed: u32,
        measured: u32,
        detail: String,
    },
    /// A check could not be asked `errors` times in a row.
    CheckErrored { check: String, step: Option<u32>, background: bool, errors: u32, detail: String },
    /// A check says neither yes nor no: a person has to.
    CheckInconclusive {
        check: String,
        step: Option<u32>,
        background: bool,
        inconclusive: u32,
        measured: u32,
        detail: String,
    },
    /// A person said no at a gate.
    Rejected { step: u32, by: String, reason: String },
    /// Not enough people said yes in time; `by` did.
    ApprovalTimedOut { step: u32, timeout: String, approvers: u32, by: Vec<String> },
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Progress {
    /// 1-based step the rollout is at; 0 before the first.
    pub step: u32,
    pub steps: u32,
    /// Instances wanted when it is done.
    pub wanted: u32,
    /// Instances of the target replica set that exist.
    pub updated: u32,
    /// Instances of the target replica set that are healthy.
    pub healthy: u32,
    /// Instances of other replica sets that still exist.
    #[serde(default)]
    pub old: u32,
    /// Of those, healthy ones.
    #[serde(default)]
    pub old_healthy: u32,
}

/// What an active deployment waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WaitingFor {
    /// New instances to turn healthy, until the deadline.
    Healthy { until: Timestamp },
    /// Old instances to end.
    Stopped { until: Timestamp },
    /// A person to continue, abort or roll back.
    Person,
    /// The engine to answer.
    Engine,
    /// The checks of a `verify` step, until then at least.
    Checks { until: Timestamp },
    /// The time of a `wait` step.
    Time { until: Timestamp },
    /// Old instances are kept beside the new ones after the switch.
    OldKept { until: Timestamp },
    /// `approvers` people of at least `role`; `by` have said yes.
    Approval {
        step: u32,
        approvers: u32,
        role: Role,
        by: Vec<String>,
        until: Timestamp,
        on_timeout: OnTimeout,
    },
}

impl WaitingFor {
    /// When the planner has to be asked again, whatever else happens.
    pub const fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Healthy { until }
            | Self::Stopped { until }
            | Self::Checks { until }
            | Self::Time { until }
            | Self::OldKept { until }
            | Self::Approval { until, .. } => Some(*until),
            Self::Person | Self::Engine => None,
        }
    }
}

/// The contract's deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Deployment {
    pub id: DeploymentId,
    /// Counts the deployments of one app from 1; what people say aloud.
    #[serde(default)]
    pub number: u32,
    pub environment: EnvironmentName,
    pub app: AppName,
    #[serde(default)]
    pub project: ProjectName,
    pub kind: DeploymentKind,
    pub state: DeploymentState,
    pub from_revision: Option<RevisionNumber>,
    pub to_revision: Option<RevisionNumber>,
    #[serde(default)]
    pub from_instances: Option<u32>,
    #[serde(default)]
    pub to_instances: Option<u32>,
    /// Version labels of the two revisions, as the Apps list shows them.
    #[serde(default)]
    pub from_version: Option<String>,
    #[serde(default)]
    pub to_version: Option<String>,
    pub actor: Actor,
    pub reason: String,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub outcome: Option<Outcome>,
    pub progress: Progress,
    pub waiting_for: Option<WaitingFor>,
    /// The steps of a `staged` or `blue_green` release; empty for others, and where they are skipped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// When each step was reached, the present one last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reached: Vec<Timestamp>,
    /// Why it goes without the steps of its strategy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<SkipReason>,
}

/// One line of a deployment's timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeploymentEvent {
    /// Ascending within the console.
    pub id: i64,
    pub deployment: DeploymentId,
    pub time: Timestamp,
    pub actor: Option<Actor>,
    #[serde(flatten)]
    pub what: DeploymentEventKind,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum DeploymentEventKind {
    Requested {
        reason: String,
    },
    Started,
    /// The host's clock was set, ahead or back; the deadline begins anew.
    ClockMoved {
        millis: i64,
    },
    /// The wanted count of a replica set was changed.
    SetWanted {
        revision: RevisionNumber,
        from: u32,
        to: u32,
    },
    InstanceStarted {
        instance: String,
        revision: RevisionNumber,
        node: String,
    },
    InstanceHealthy {
        instance: String,
        revision: RevisionNumber,
        after_ms: u64,
    },
    InstanceFailed {
        instance: String,
        revision: RevisionNumber,
        cause: InstanceReason,
    },
    InstanceStopped {
        instance: String,
        revision: RevisionNumber,
    },
    Paused {
        reason: String,
    },
    Continued {
        reason: String,
    },
    /// The strategy's steps are left out.
    StepsSkipped {
        skip: SkipReason,
    },
    /// A step was reached; `number` counts from 1.
    StepReached {
        number: u32,
        #[serde(rename = "what")]
        step: Step,
    },
    /// A yes at a gate.
    Approved {
        number: u32,
        reason: String,
    },
    /// A no at a gate.
    Rejected {
        number: u32,
        reason: String,
    },
    /// A person went past a step.
    StepSkipped {
        number: u32,
        reason: String,
    },
    /// A person sent it to the end.
    Promoted {
        reason: String,
    },
    /// A release window or a freeze was overridden.
    WindowOverridden {
        window: String,
        reason: String,
    },
    /// It went out although the release is marked as bad, or the app is pinned to another.
    ReleaseOverridden {
        release: String,
        bad: bool,
        reason: String,
    },
    RollingBack {
        outcome: Outcome,
    },
    Ended {
        state: DeploymentState,
        outcome: Outcome,
    },
    /// The engine refused or did not answer; tried again.
    EngineTrouble {
        detail: String,
    },
    /// The workload that this app takes over was stopped; it is kept.
    WorkloadStopped {
        workload: String,
    },
    /// The workload that this app was to take over runs as before.
    WorkloadRestored {
        workload: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_final_and_nothing_is_queued_again() {
        for from in DeploymentState::ALL {
            assert!(!from.may_become(DeploymentState::Queued), "{from:?}");
            let ways = DeploymentState::ALL.into_iter().filter(|to| from.may_become(*to)).count();
            assert_eq!(ways > 0, from.is_active(), "{from:?}");
            assert_eq!(from.is_active(), from.may_become(DeploymentState::Superseded), "{from:?}");
        }
    }

    #[test]
    fn what_goes_back_does_not_go_forward_again() {
        for forward in
            [DeploymentState::Running, DeploymentState::Succeeded, DeploymentState::AwaitingApproval]
        {
            assert!(!DeploymentState::RollingBack.may_become(forward), "{forward:?}");
        }
        for next in [DeploymentState::RolledBack, DeploymentState::Aborted, DeploymentState::Paused] {
            assert!(DeploymentState::RollingBack.may_become(next), "{next:?}");
        }
    }

    #[test]
    fn names_are_those_of_the_contract() {
        for state in DeploymentState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        for kind in DeploymentKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}

//! May this be done now, and if not why: the same answer for buttons, menus, services and the API.

use serde::{Deserialize, Serialize};

use crate::app::{AppSummary, StatusReason};
use crate::deployment::{Deployment, DeploymentKind, DeploymentState, WaitingFor};
use crate::id::RevisionNumber;
use crate::instance::{Instance, InstanceState};
use crate::permission::{Caller, Permission, Role};
use crate::rollout::Step;

/// Why a button is disabled. The text is in `app/src/text`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    NeedsRole(Role),
    AlreadySuspended,
    NotSuspended,
    DeploymentActive,
    DeploymentEnded,
    NotPaused,
    AlreadyPaused,
    NothingToRollBackTo,
    AlreadyRollingBack,
    /// It runs the revision that was asked for.
    AlreadyThere,
    /// No start is being held back.
    NotDelayed,
    /// The instance has ended or is about to.
    InstanceEnded,
    /// The app is being destroyed.
    BeingDestroyed,
    /// The deployment does not wait for an approval.
    NoGate,
    /// The environment wants somebody else's approval than the author's.
    OwnDeployment,
    HasApproved,
    /// The step waits for instances only.
    NothingToSkip,
    /// The deployment has no steps.
    NoSteps,
}

type Answer = Result<(), Refusal>;

fn role(caller: &Caller, permission: Permission) -> Answer {
    if caller.may(permission) { Ok(()) } else { Err(Refusal::NeedsRole(permission.role())) }
}

fn operator(caller: &Caller) -> Answer {
    role(caller, Permission::ChangeApps)
}

/// An operator, and an app that is to stay.
fn lasting(caller: &Caller, app: &AppSummary) -> Answer {
    operator(caller)?;
    match &app.deployment {
        Some(deployment) if deployment.kind == DeploymentKind::Destroy => Err(Refusal::BeingDestroyed),
        _ => Ok(()),
    }
}

fn ensure(holds: bool, refusal: Refusal) -> Answer {
    if holds { Ok(()) } else { Err(refusal) }
}

/// Zero wanted, or on the way there.
fn suspended(app: &AppSummary) -> bool {
    app.instances.wanted == 0
}

/// Environments, users, other people's tokens, the audit log.
pub fn administer(caller: &Caller) -> Answer {
    role(caller, Permission::Administer)
}

/// New app, duplicate, upload of an artifact.
pub fn create(caller: &Caller) -> Answer {
    operator(caller)
}

/// Edit and deploy a new version. While a deployment runs the new one takes its place, which the plan says.
pub fn change(caller: &Caller, app: &AppSummary) -> Answer {
    lasting(caller, app)
}

/// Scaling is possible at any time: a running scale is superseded by the next click.
pub fn scale(caller: &Caller, app: &AppSummary) -> Answer {
    lasting(caller, app)
}

pub fn suspend(caller: &Caller, app: &AppSummary) -> Answer {
    lasting(caller, app)?;
    ensure(!suspended(app), Refusal::AlreadySuspended)
}

pub fn resume(caller: &Caller, app: &AppSummary) -> Answer {
    lasting(caller, app)?;
    ensure(suspended(app), Refusal::NotSuspended)
}

/// Not in the middle of a change: what is being started has just been started.
pub fn restart(caller: &Caller, app: &AppSummary) -> Answer {
    lasting(caller, app)?;
    ensure(!suspended(app), Refusal::AlreadySuspended)?;
    ensure(app.deployment.is_none(), Refusal::DeploymentActive)
}

/// Go back to `revision`: from the app's page, from its versions, or from a row of the history with that row's revision.
/// Possible during a deployment, whose place it takes.
pub fn roll_back(caller: &Caller, app: &AppSummary, revision: Option<RevisionNumber>) -> Answer {
    lasting(caller, app)?;
    match revision {
        None => Err(Refusal::NothingToRollBackTo),
        Some(revision) if revision == app.revision => Err(Refusal::AlreadyThere),
        Some(_) => Ok(()),
    }
}

/// Start at once what waits after crashes.
pub fn reset_delay(caller: &Caller, app: &AppSummary) -> Answer {
    lasting(caller, app)?;
    let delayed = matches!(app.status_reason, Some(StatusReason::DelayedUntil { .. }));
    ensure(delayed, Refusal::NotDelayed)
}

pub fn destroy(caller: &Caller, app: &AppSummary) -> Answer {
    lasting(caller, app)
}

/// End one instance; the engine replaces it.
pub fn stop_instance(caller: &Caller, instance: &Instance) -> Answer {
    operator(caller)?;
    let stays = instance.state.is_active() && instance.state != InstanceState::Stopping;
    ensure(stays, Refusal::InstanceEnded)
}

pub fn pause(caller: &Caller, deployment: &Deployment) -> Answer {
    operator(caller)?;
    match deployment.state {
        DeploymentState::Paused => Err(Refusal::AlreadyPaused),
        state => ensure(state.is_active(), Refusal::DeploymentEnded),
    }
}

/// Continue after a pause.
pub fn resume_deployment(caller: &Caller, deployment: &Deployment) -> Answer {
    operator(caller)?;
    match deployment.state {
        DeploymentState::Paused => Ok(()),
        state if state.is_active() => Err(Refusal::NotPaused),
        _ => Err(Refusal::DeploymentEnded),
    }
}

/// Give a deployment up: what it changed goes back.
pub fn abort(caller: &Caller, deployment: &Deployment) -> Answer {
    operator(caller)?;
    match deployment.state {
        DeploymentState::RollingBack => Err(Refusal::AlreadyRollingBack),
        state => ensure(state.is_active(), Refusal::DeploymentEnded),
    }
}

/// Say yes at a gate. Whether the author may, the environment says and the service asks.
pub fn approve(caller: &Caller, deployment: &Deployment) -> Answer {
    operator(caller)?;
    match &deployment.waiting_for {
        Some(WaitingFor::Approval { role, by, .. }) if deployment.state.is_active() => {
            ensure(caller.role >= *role, Refusal::NeedsRole(*role))?;
            ensure(!by.contains(&caller.actor.name), Refusal::HasApproved)
        }
        _ => Err(Refusal::NoGate),
    }
}

/// Say no at a gate: whoever may say yes, also after that.
pub fn reject(caller: &Caller, deployment: &Deployment) -> Answer {
    match approve(caller, deployment) {
        Err(Refusal::HasApproved) => Ok(()),
        answer => answer,
    }
}

/// Go past the step it is at, if that waits for anything. A gate can be passed by those only who could open it.
pub fn skip(caller: &Caller, deployment: &Deployment) -> Answer {
    going_forward(caller, deployment)?;
    match present_step(deployment) {
        None => Err(Refusal::NoSteps),
        Some(Step::Set { .. }) => Err(Refusal::NothingToSkip),
        Some(Step::Approve { gate }) => ensure(caller.role >= gate.role, Refusal::NeedsRole(gate.role)),
        Some(_) => Ok(()),
    }
}

/// Go to the end. The gates on the way can be passed by those only who could open them.
pub fn promote(caller: &Caller, deployment: &Deployment) -> Answer {
    going_forward(caller, deployment)?;
    ensure(!deployment.steps.is_empty(), Refusal::NoSteps)?;
    let ahead = deployment.progress.step.saturating_sub(1) as usize;
    let needed = deployment.steps.iter().skip(ahead).filter_map(|step| match step {
        Step::Approve { gate } => Some(gate.role),
        _ => None,
    });
    match needed.max() {
        Some(role) if caller.role < role => Err(Refusal::NeedsRole(role)),
        _ => Ok(()),
    }
}

/// End a running deployment as rolled back.
pub fn roll_back_deployment(caller: &Caller, deployment: &Deployment) -> Answer {
    abort(caller, deployment)?;
    ensure(deployment.from_revision.is_some(), Refusal::NothingToRollBackTo)
}

fn going_forward(caller: &Caller, deployment: &Deployment) -> Answer {
    operator(caller)?;
    match deployment.state {
        DeploymentState::RollingBack => Err(Refusal::AlreadyRollingBack),
        state => ensure(state.is_active(), Refusal::DeploymentEnded),
    }
}

fn present_step(deployment: &Deployment) -> Option<&Step> {
    deployment.steps.get(deployment.progress.step.checked_sub(1)? as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{AppStatus, InstanceCounts};
    use crate::deployment::{Actor, ActorKind, Progress};
    use crate::id::{DeploymentId, InstanceId, ProjectName};
    use crate::instance::Health;
    use crate::time::Timestamp;

    fn caller(role: Role) -> Caller {
        Caller { actor: Actor { kind: ActorKind::User, name: "ann".to_owned() }, role, user: None }
    }

    fn now() -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000)
    }

    fn deployment(kind: DeploymentKind, state: DeploymentState) -> Deployment {
        Deployment {
            id: DeploymentId(uuid::Uuid::nil()),
            number: 1,
            environment: "local".parse().unwrap(),
            app: "shop".parse().unwrap(),
            project: ProjectName::default(),
            kind,
            state,
            from_revision: None,
            to_revision: Some(1),
            from_instances: None,
            to_instances: Some(2),
            from_version: None,
            to_version: None,
            actor: caller(Role::Operator).actor,
            reason: String::new(),
            created_at: now(),
            started_at: None,
            ended_at: None,
            outcome: None,
            progress: Progress::default(),
            waiting_for: None,
            steps: Vec::new(),
            reached: Vec::new(),
            skip: None,
        }
    }

    fn app(wanted: u32, active: Option<DeploymentKind>) -> AppSummary {
        AppSummary {
            environment: "local".parse().unwrap(),
            name: "shop".parse().unwrap(),
            project: ProjectName::default(),
            status: AppStatus::Running,
            status_reason: None,
            revision: 3,
            image: None,
            version: String::new(),
            instances: InstanceCounts { wanted, ..InstanceCounts::default() },
            deployment: active.map(|kind| deployment(kind, DeploymentState::Running)),
            last_deployment: None,
            observed_at: None,
            newer: None,
            moved: None,
            created_at: now(),
            updated_at: now(),
        }
    }

    fn instance(state: InstanceState) -> Instance {
        Instance {
            id: InstanceId("shop-1".to_owned()),
            app: "shop".parse().unwrap(),
            environment: "local".parse().unwrap(),
            revision: 3,
            generation: 0,
            state,
            health: Health::Healthy,
            reason: None,
            node: "here".to_owned(),
            address: "127.0.0.1".to_owned(),
            ports: Vec::new(),
            restarts: 0,
            started_at: None,
            ended_at: None,
            exit_code: None,
            delayed_until: None,
            usage: None,
        }
    }

    #[test]
    fn each_button_asks_for_its_role() {
        let (running, ending) = (app(2, None), instance(InstanceState::Running));
        let active = deployment(DeploymentKind::Update, DeploymentState::Running);
        let answers = |caller: &Caller| {
            [
                create(caller),
                change(caller, &running),
                scale(caller, &running),
                suspend(caller, &running),
                resume(caller, &running),
                restart(caller, &running),
                roll_back(caller, &running, Some(1)),
                reset_delay(caller, &running),
                destroy(caller, &running),
                stop_instance(caller, &ending),
                pause(caller, &active),
                resume_deployment(caller, &active),
                abort(caller, &active),
            ]
        };
        let refused = Err(Refusal::NeedsRole(Role::Operator));
        assert!(answers(&caller(Role::Viewer)).iter().all(|answer| *answer == refused));
        assert!(answers(&caller(Role::Operator)).iter().all(|answer| *answer != refused));
        assert_eq!(administer(&caller(Role::Operator)), Err(Refusal::NeedsRole(Role::Admin)));
        assert_eq!(administer(&caller(Role::Admin)), Ok(()));
    }

    #[test]
    fn buttons_follow_the_state_of_the_app() {
        let operator = &caller(Role::Operator);
        let (running, suspended) = (&app(2, None), &app(0, None));
        assert_eq!(suspend(operator, running), Ok(()));
        assert_eq!(suspend(operator, suspended), Err(Refusal::AlreadySuspended));
        assert_eq!(resume(operator, suspended), Ok(()));
        assert_eq!(resume(operator, running), Err(Refusal::NotSuspended));
        assert_eq!(restart(operator, suspended), Err(Refusal::AlreadySuspended));
        let deploying = &app(2, Some(DeploymentKind::Update));
        assert_eq!(restart(operator, deploying), Err(Refusal::DeploymentActive));
        for answer in [scale(operator, deploying), suspend(operator, deploying), change(operator, deploying)]
        {
            assert_eq!(answer, Ok(()));
        }
        let going = &app(0, Some(DeploymentKind::Destroy));
        for answer in [
            destroy(operator, going),
            scale(operator, going),
            resume(operator, going),
            change(operator, going),
        ] {
            assert_eq!(answer, Err(Refusal::BeingDestroyed));
        }
    }

    #[test]
    fn going_back_needs_another_revision() {
        let operator = &caller(Role::Operator);
        let running = &app(2, None);
        assert_eq!(roll_back(operator, running, Some(2)), Ok(()));
        assert_eq!(roll_back(operator, running, Some(3)), Err(Refusal::AlreadyThere));
        assert_eq!(roll_back(operator, running, None), Err(Refusal::NothingToRollBackTo));
    }

    #[test]
    fn a_delay_can_be_reset_whatever_the_status_beside_it() {
        let operator = &caller(Role::Operator);
        let mut app = app(2, Some(DeploymentKind::Update));
        assert_eq!(reset_delay(operator, &app), Err(Refusal::NotDelayed));
        app.status_reason = Some(StatusReason::DelayedUntil { until: now(), cause: None });
        assert_eq!(reset_delay(operator, &app), Ok(()));
    }

    #[test]
    fn only_what_runs_can_be_stopped() {
        let operator = &caller(Role::Operator);
        for state in [InstanceState::Pending, InstanceState::Starting, InstanceState::Running] {
            assert_eq!(stop_instance(operator, &instance(state)), Ok(()));
        }
        for state in [InstanceState::Stopping, InstanceState::Exited, InstanceState::Lost] {
            assert_eq!(stop_instance(operator, &instance(state)), Err(Refusal::InstanceEnded));
        }
    }

    #[test]
    fn the_buttons_of_a_deployment_follow_its_state() {
        use DeploymentState as S;
        let operator = &caller(Role::Operator);
        for state in S::ALL {
            let deployment = &deployment(DeploymentKind::Update, state);
            let expected = match state {
                S::Queued | S::Running | S::AwaitingApproval => (Ok(()), Err(Refusal::NotPaused), Ok(())),
                S::Paused => (Err(Refusal::AlreadyPaused), Ok(()), Ok(())),
                S::RollingBack => (Ok(()), Err(Refusal::NotPaused), Err(Refusal::AlreadyRollingBack)),
                S::Succeeded | S::Failed | S::RolledBack | S::Aborted | S::Superseded => {
                    let ended = Err(Refusal::DeploymentEnded);
                    (ended, ended, ended)
                }
            };
            let answers = (
                pause(operator, deployment),
                resume_deployment(operator, deployment),
                abort(operator, deployment),
            );
            assert_eq!(answers, expected, "{state:?}");
        }
    }
}

//! May this be done now, and if not why: the same answer for buttons, menus, services and the API.

use serde::{Deserialize, Serialize};

use crate::app::{AppStatus, AppSummary};
use crate::deployment::{Deployment, DeploymentState};
use crate::permission::{Caller, Permission, Role};

/// Why a button is disabled. The text is in `app/src/text`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
}

type Answer = Result<(), Refusal>;

fn operator(caller: &Caller) -> Answer {
    if caller.may(Permission::ChangeApps) { Ok(()) } else { Err(Refusal::NeedsRole(Role::Operator)) }
}

pub fn change(caller: &Caller, _app: &AppSummary) -> Answer {
    operator(caller)
}

/// Scaling is possible at any time: a running scale is superseded by the next click.
pub fn scale(caller: &Caller, _app: &AppSummary) -> Answer {
    operator(caller)
}

pub fn suspend(caller: &Caller, app: &AppSummary) -> Answer {
    operator(caller)?;
    if app.status == AppStatus::Suspended { Err(Refusal::AlreadySuspended) } else { Ok(()) }
}

pub fn resume(caller: &Caller, app: &AppSummary) -> Answer {
    operator(caller)?;
    if app.status == AppStatus::Suspended { Ok(()) } else { Err(Refusal::NotSuspended) }
}

pub fn restart(caller: &Caller, app: &AppSummary) -> Answer {
    operator(caller)?;
    if app.status == AppStatus::Suspended { Err(Refusal::AlreadySuspended) } else { Ok(()) }
}

pub fn pause(caller: &Caller, deployment: &Deployment) -> Answer {
    operator(caller)?;
    match deployment.state {
        DeploymentState::Paused => Err(Refusal::AlreadyPaused),
        state if state.is_active() => Ok(()),
        _ => Err(Refusal::DeploymentEnded),
    }
}

pub fn resume_deployment(caller: &Caller, deployment: &Deployment) -> Answer {
    operator(caller)?;
    match deployment.state {
        DeploymentState::Paused => Ok(()),
        state if state.is_active() => Err(Refusal::NotPaused),
        _ => Err(Refusal::DeploymentEnded),
    }
}

pub fn abort(caller: &Caller, deployment: &Deployment) -> Answer {
    operator(caller)?;
    match deployment.state {
        DeploymentState::RollingBack => Err(Refusal::AlreadyRollingBack),
        state if state.is_active() => Ok(()),
        _ => Err(Refusal::DeploymentEnded),
    }
}

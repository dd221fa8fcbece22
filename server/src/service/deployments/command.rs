//! Pause, continue, abort: a person's word, kept with the deployment until the planner has heard it.

use std::time::Duration;

use futures::StreamExt;
use model::api::{DeploymentCommand, Reasoned};
use model::can::{self, Refusal};
use model::deployment::{Deployment, DeploymentEventKind, DeploymentState, Outcome};
use model::id::DeploymentId;
use model::live::{Change, Topic};
use model::permission::{Caller, Permission};
use model::problem::{Problem, ProblemCode};
use model::rollout::Command;
use serde_json::json;

use crate::live::Delivery;
use crate::service::Core;
use crate::store::audit::{self, NewEntry};
use crate::store::deployment_events::{self, NewEvent};
use crate::store::deployments;

/// How long the answer waits for the reconciler, so that it shows the new state; what was asked for holds anyway.
const PATIENCE: Duration = Duration::from_millis(800);

pub async fn command(
    core: &Core,
    caller: &Caller,
    id: DeploymentId,
    command: DeploymentCommand,
    input: Reasoned,
) -> Result<Deployment, Problem> {
    caller.require(Permission::ChangeApps)?;
    let mut tx = core.store.begin().await?;
    let mut row = deployments::get(&mut tx, id).await?.ok_or_else(|| Problem::not_found("deployment", id))?;
    let (by, reason) = (caller.actor.name.clone(), input.reason.trim().to_owned());
    let (allowed, action, word, event) = match command {
        DeploymentCommand::Pause => (
            can::pause(caller, &row.deployment),
            "deployment.pause",
            Command::Pause { by, reason: reason.clone() },
            DeploymentEventKind::Paused { reason: reason.clone() },
        ),
        DeploymentCommand::Resume | DeploymentCommand::Continue => (
            can::resume_deployment(caller, &row.deployment),
            "deployment.continue",
            Command::Continue,
            DeploymentEventKind::Continued { reason: reason.clone() },
        ),
        DeploymentCommand::Abort => (
            can::abort(caller, &row.deployment),
            "deployment.abort",
            Command::Abort { by: by.clone(), reason: reason.clone() },
            DeploymentEventKind::RollingBack { outcome: Outcome::Aborted { by, reason: reason.clone() } },
        ),
        DeploymentCommand::Approve | DeploymentCommand::Reject => {
            return Err(wrong_state(&row.deployment, "It does not wait for an approval."));
        }
    };
    allowed.map_err(|refusal| refused(&row.deployment, refusal))?;
    if matches!(row.command, Some(Command::Abort { .. } | Command::RollBack { .. })) {
        return Err(wrong_state(&row.deployment, "It was told to end already."));
    }
    let now = core.clock.now();
    row.command = Some(word);
    if !deployments::update(&mut tx, &row).await? {
        return Err(Problem::internal());
    }
    let event = NewEvent { deployment: id, time: now, actor: Some(caller.actor.clone()), what: event };
    let events = deployment_events::insert(&mut tx, vec![event]).await?;
    let deployment = row.deployment;
    let target = format!("{}/{}#{}", deployment.environment, deployment.app, deployment.number);
    let entry = NewEntry {
        time: now,
        actor: &caller.actor,
        action,
        target: &target,
        reason: &reason,
        detail: json!({ "deployment": id }),
    };
    audit::insert(&mut tx, entry).await?;
    let mut heard = core.bus.subscribe(vec![Topic::Deployment(id)], None);
    tx.commit().await?;
    let key = model::id::AppKey { environment: deployment.environment.clone(), app: deployment.app.clone() };
    core.bus.publish(events.into_iter().map(|event| Change::DeploymentEvent {
        environment: key.environment.clone(),
        app: key.app.clone(),
        event: Box::new(event),
    }));
    core.supervisor.wake(&key);
    let next = async {
        while let Some(delivery) = heard.next().await {
            if let Delivery::Event(numbered) = delivery
                && let Change::Deployment(next) = &numbered.event.what
            {
                return Some((**next).clone());
            }
        }
        None
    };
    Ok(tokio::time::timeout(PATIENCE, next).await.ok().flatten().unwrap_or(deployment))
}

fn refused(deployment: &Deployment, refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NeedsRole(role) => {
            Problem::new(ProblemCode::Forbidden, format!("This needs the role {}.", role.as_str()))
                .with("role", role.as_str())
        }
        Refusal::AlreadyPaused => wrong_state(deployment, "It is paused already."),
        Refusal::NotPaused => wrong_state(deployment, "It is not paused."),
        Refusal::AlreadyRollingBack => wrong_state(deployment, "It is going back already."),
        _ => wrong_state(deployment, "It has ended."),
    }
}

fn wrong_state(deployment: &Deployment, why: &str) -> Problem {
    let state: DeploymentState = deployment.state;
    let detail = format!("Deployment #{} of {}: {why}", deployment.number, deployment.app);
    Problem::new(ProblemCode::WrongState, detail).with("state", state.as_str())
}

//! Pause, continue, approve, abort: a person's word, kept with the deployment until the planner has heard it.

use std::time::Duration;

use futures::StreamExt;
use model::api::{DeploymentCommand, Reasoned};
use model::can::{self, Refusal};
use model::definition::Gate;
use model::deployment::{Deployment, DeploymentEventKind, DeploymentState, Outcome};
use model::id::DeploymentId;
use model::live::{Change, Topic};
use model::permission::{Caller, Permission, Role};
use model::problem::{Problem, ProblemCode};
use model::rollout::{Approval, Command, Step};
use model::time::Timestamp;
use serde_json::json;

use crate::live::Delivery;
use crate::service::Core;
use crate::store::approval_links::LinkRow;
use crate::store::audit::{self, NewEntry};
use crate::store::deployment_events::{self, NewEvent};
use crate::store::deployments::{self, DeploymentRow};
use crate::store::{Transaction, verification};

/// How long the answer waits for the reconciler, so that it shows the new state; what was asked for holds anyway.
const PATIENCE: Duration = Duration::from_millis(800);

pub async fn command(
    core: &Core,
    caller: &Caller,
    id: DeploymentId,
    command: DeploymentCommand,
    input: Reasoned,
    by_link: Option<&LinkRow>,
) -> Result<Deployment, Problem> {
    caller.require(Permission::ChangeApps)?;
    let mut tx = core.store.begin().await?;
    let mut row = deployments::get(&mut tx, id).await?.ok_or_else(|| Problem::not_found("deployment", id))?;
    let (by, reason) = (caller.actor.name.clone(), input.reason.trim().to_owned());
    let number = row.rollout_state.step + 1;
    let deployment = &row.deployment;
    let (allowed, action, word, event) = match command {
        DeploymentCommand::Pause => (
            can::pause(caller, deployment),
            "deployment.pause",
            Some(Command::Pause { by, reason: reason.clone() }),
            DeploymentEventKind::Paused { reason: reason.clone() },
        ),
        DeploymentCommand::Resume | DeploymentCommand::Continue => (
            can::resume_deployment(caller, deployment),
            "deployment.continue",
            Some(Command::Continue),
            DeploymentEventKind::Continued { reason: reason.clone() },
        ),
        DeploymentCommand::Abort => (
            can::abort(caller, deployment),
            "deployment.abort",
            Some(Command::Abort { by: by.clone(), reason: reason.clone() }),
            DeploymentEventKind::RollingBack { outcome: Outcome::Aborted { by, reason: reason.clone() } },
        ),
        DeploymentCommand::Rollback => (
            can::roll_back_deployment(caller, deployment),
            "deployment.rollback",
            Some(Command::RollBack { by: by.clone(), reason: reason.clone() }),
            DeploymentEventKind::RollingBack {
                outcome: Outcome::RollbackRequested { by, reason: reason.clone() },
            },
        ),
        // An approval is kept beside the others; the planner counts them.
        DeploymentCommand::Approve => (
            can::approve(caller, deployment),
            "deployment.approve",
            None,
            DeploymentEventKind::Approved { number, reason: reason.clone() },
        ),
        DeploymentCommand::Reject => (
            can::reject(caller, deployment),
            "deployment.reject",
            Some(Command::Reject { by, reason: reason.clone() }),
            DeploymentEventKind::Rejected { number, reason: reason.clone() },
        ),
        DeploymentCommand::Skip => (
            can::skip(caller, deployment),
            "deployment.skip",
            Some(Command::Skip { by }),
            DeploymentEventKind::StepSkipped { number, reason: reason.clone() },
        ),
        DeploymentCommand::Promote => (
            can::promote(caller, deployment),
            "deployment.promote",
            Some(Command::Promote { by }),
            DeploymentEventKind::Promoted { reason: reason.clone() },
        ),
    };
    allowed.map_err(|refusal| refused(&row.deployment, refusal))?;
    if let Some(step) = input.step.filter(|step| *step != number) {
        let detail = format!("It is at step {number} now, not at step {step}; look again.");
        return Err(wrong_state(&row.deployment, &detail));
    }
    match command {
        DeploymentCommand::Rollback if row.rollout.previous.is_none() => {
            return Err(refused(&row.deployment, Refusal::NothingToRollBackTo));
        }
        DeploymentCommand::Skip => past_gates(core, &mut tx, caller, &row, 1).await?,
        DeploymentCommand::Promote => past_gates(core, &mut tx, caller, &row, usize::MAX).await?,
        _ => {}
    }
    // Giving up is heard whatever was said before it.
    let ends = matches!(command, DeploymentCommand::Abort | DeploymentCommand::Rollback);
    match &row.command {
        Some(Command::Abort { .. } | Command::RollBack { .. } | Command::Reject { .. }) => {
            return Err(wrong_state(&row.deployment, "It was told to end already."));
        }
        Some(_) if !ends && word.is_some() => {
            let detail = "It has not done yet what it was told last; try again when it has.";
            return Err(wrong_state(&row.deployment, detail));
        }
        _ => {}
    }
    let now = core.clock.now();
    if let Some(link) = by_link {
        super::link::consume(&mut tx, link, number, caller, now).await?;
    }
    match word {
        Some(word) => row.command = Some(word),
        None => approve(core, &mut tx, caller, &row, &reason, now).await?,
    }
    // An approval counts as a write of the deployment too: what was decided without it is decided again.
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

/// Whoever goes past a gate takes the place of those who would have to approve: he must be one who may, not the author
/// where the author does not count, and an administrator where one person would not be enough.
async fn past_gates(
    core: &Core,
    tx: &mut Transaction,
    caller: &Caller,
    row: &DeploymentRow,
    steps: usize,
) -> Result<(), Problem> {
    let ahead = row.rollout.steps.iter().skip(row.rollout_state.step as usize).take(steps);
    let gates: Vec<&Gate> = ahead
        .filter_map(|step| match step {
            Step::Approve { gate } => Some(gate),
            _ => None,
        })
        .collect();
    if gates.is_empty() {
        return Ok(());
    }
    may_answer(core, tx, caller, row).await?;
    if gates.iter().any(|gate| gate.approvers > 1) && caller.role < Role::Admin {
        return Err(refused(&row.deployment, Refusal::NeedsRole(Role::Admin)));
    }
    Ok(())
}

/// The author of a deployment answers its gates only where the environment counts him.
async fn may_answer(
    core: &Core,
    tx: &mut Transaction,
    caller: &Caller,
    row: &DeploymentRow,
) -> Result<(), Problem> {
    let place = core.environment(tx, &row.deployment.environment).await?;
    if row.person == Some(caller.person()) && !place.rules.author_may_approve {
        return Err(refused(&row.deployment, Refusal::OwnDeployment));
    }
    Ok(())
}

/// Keeps a yes to the step that waits for one.
async fn approve(
    core: &Core,
    tx: &mut Transaction,
    caller: &Caller,
    row: &DeploymentRow,
    reason: &str,
    now: Timestamp,
) -> Result<(), Problem> {
    may_answer(core, tx, caller, row).await?;
    let person = caller.person();
    let step = row.rollout_state.step + 1;
    let approval = Approval { step, by: caller.actor.name.clone(), reason: reason.to_owned(), time: now };
    if !verification::approve(tx, row.deployment.id, &person, &approval).await? {
        return Err(refused(&row.deployment, Refusal::HasApproved));
    }
    Ok(())
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
        Refusal::NoGate => wrong_state(deployment, "It does not wait for an approval."),
        Refusal::HasApproved => {
            wrong_state(deployment, "You have approved it; somebody else has to as well.")
        }
        Refusal::OwnDeployment => Problem::new(
            ProblemCode::Forbidden,
            format!("{} wants somebody else than the author to approve.", deployment.environment),
        ),
        Refusal::NothingToSkip => {
            wrong_state(deployment, "This step waits for instances only; there is nothing to skip.")
        }
        Refusal::NoSteps => wrong_state(deployment, "It has no steps."),
        Refusal::NothingToRollBackTo => wrong_state(deployment, "There is nothing to go back to; abort it."),
        _ => wrong_state(deployment, "It has ended."),
    }
}

fn wrong_state(deployment: &Deployment, why: &str) -> Problem {
    let state: DeploymentState = deployment.state;
    let detail = format!("Deployment #{} of {}: {why}", deployment.number, deployment.app);
    Problem::new(ProblemCode::WrongState, detail).with("state", state.as_str())
}

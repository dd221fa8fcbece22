//! Approval links: made for a gate that waits, sent by others, answered once by somebody who signs in.

use std::time::Duration;

use model::api::{ApprovalLink, DeploymentCommand, LinkedGate, NewApprovalLink, Reasoned};
use model::deployment::{Deployment, DeploymentState, WaitingFor};
use model::duration::Span;
use model::id::DeploymentId;
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem, ProblemCode};
use model::time::Timestamp;
use serde_json::json;

use super::{command, token};
use crate::auth::secret;
use crate::service::Core;
use crate::store::approval_links::{self, LinkRow};
use crate::store::audit::{self, NewEntry};
use crate::store::{AnyConnection, StoreError, Transaction, deployments};

const LASTS: Span = Span::from_secs(24 * 3_600);
const SHORTEST: Span = Span::from_secs(60);
const LONGEST: Span = Span::from_secs(30 * 86_400);
/// An ended link is told apart from a forged one for so long.
const REMEMBERED: Duration = Duration::from_hours(30 * 24);

pub async fn create(
    core: &Core,
    caller: &Caller,
    id: DeploymentId,
    input: NewApprovalLink,
) -> Result<ApprovalLink, Problem> {
    caller.require(Permission::ChangeApps)?;
    let lasts = input.expires_in.unwrap_or(LASTS);
    if !(SHORTEST..=LONGEST).contains(&lasts) {
        let fault = Fault::DurationOutOfRange { min: SHORTEST.to_string(), max: LONGEST.to_string() };
        return Err(Problem::invalid(vec![FieldError::new("/expires_in", fault)]));
    }
    let mut tx = core.store.begin().await?;
    let row = deployments::get(&mut tx, id).await?.ok_or_else(|| Problem::not_found("deployment", id))?;
    let deployment = row.deployment;
    let step = gate(&deployment)?;
    let now = core.clock.now();
    let expires_at = now.plus(lasts.duration());
    let url = new_link(&mut tx, id, step, expires_at, now).await?.ok_or_else(Problem::internal)?;
    let target = format!("{}/{}#{}", deployment.environment, deployment.app, deployment.number);
    let entry = NewEntry {
        time: now,
        actor: &caller.actor,
        action: "deployment.approval_link",
        target: &target,
        reason: "",
        detail: json!({ "deployment": id, "step": step, "expires_at": expires_at }),
    };
    audit::insert(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(ApprovalLink { url, expires_at })
}

/// The path of a link that answers a gate once. `None` only where our own key cannot be used.
pub async fn new_link(
    tx: &mut Transaction,
    deployment: DeploymentId,
    step: u32,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    approval_links::expire(tx, now.minus(REMEMBERED)).await?;
    approval_links::make_key(tx, &secret::generate(), now).await?;
    let Some(key) = approval_links::key(tx).await? else { return Ok(None) };
    let link = LinkRow { nonce: secret::generate(), deployment, step, expires_at };
    approval_links::insert(tx, &link).await?;
    Ok(token::write(&key, &link).map(|text| app::paths::approve(&text)))
}

/// The gate that a deployment waits at.
fn gate(deployment: &Deployment) -> Result<u32, Problem> {
    if let (Some(WaitingFor::Approval { step, .. }), DeploymentState::AwaitingApproval) =
        (&deployment.waiting_for, deployment.state)
    {
        return Ok(*step);
    }
    let Deployment { number, app, state, .. } = deployment;
    let detail = format!("Deployment #{number} of {app}: It does not wait for an approval.");
    Err(Problem::new(ProblemCode::WrongState, detail).with("state", state.as_str()))
}

pub async fn get(core: &Core, caller: &Caller, text: &str) -> Result<LinkedGate, Problem> {
    caller.require(Permission::View)?;
    let mut reader = core.store.read().await?;
    let link = check(&mut reader, text, core.clock.now()).await?;
    let row = deployments::get(&mut reader, link.deployment).await?;
    let deployment = row.ok_or_else(|| Problem::not_found("deployment", link.deployment))?.deployment;
    Ok(LinkedGate { deployment, step: link.step, expires_at: link.expires_at })
}

/// Says yes or no at the gate the link is for. A refusal leaves the link as it is.
pub async fn answer(
    core: &Core,
    caller: &Caller,
    text: &str,
    yes: bool,
    input: Reasoned,
) -> Result<Deployment, Problem> {
    caller.require(Permission::ChangeApps)?;
    let link = check(&mut *core.store.read().await?, text, core.clock.now()).await?;
    let word = if yes { DeploymentCommand::Approve } else { DeploymentCommand::Reject };
    command::command(core, caller, link.deployment, word, input, Some(&link)).await
}

/// A link that we signed, that has not ended, and that nobody has used.
async fn check(connection: &mut AnyConnection, text: &str, now: Timestamp) -> Result<LinkRow, Problem> {
    let forged = || Problem::new(ProblemCode::LinkForged, "This console did not make this link.");
    let key = approval_links::key(connection).await?.ok_or_else(forged)?;
    let link = token::read(&key, text).ok_or_else(forged)?;
    if now >= link.expires_at {
        let detail = format!("This link ended at {}. Ask for another one.", link.expires_at);
        return Err(Problem::new(ProblemCode::LinkExpired, detail).with("expires_at", link.expires_at));
    }
    match approval_links::unused(connection, &link.nonce).await? {
        Some(true) => Ok(link),
        Some(false) => Err(used()),
        None => Err(forged()),
    }
}

fn used() -> Problem {
    Problem::new(ProblemCode::LinkUsed, "This link was used; it works once.")
}

/// Uses a link up, in the transaction of the answer.
pub async fn consume(
    tx: &mut Transaction,
    link: &LinkRow,
    number: u32,
    caller: &Caller,
    now: Timestamp,
) -> Result<(), Problem> {
    if number != link.step {
        let detail = format!("The link is for step {}; the deployment is at step {number}.", link.step);
        return Err(Problem::new(ProblemCode::WrongState, detail));
    }
    if approval_links::consume(tx, &link.nonce, &caller.actor.name, now).await? {
        Ok(())
    } else {
        Err(used())
    }
}

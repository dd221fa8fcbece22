//! Writes down what was decided, before anybody acts on it.

use model::channel::of_deployment;
use model::deployment::DeploymentEvent;
use model::id::AppName;
use model::live::Change;
use model::rollout::Action;
use model::time::Timestamp;

use super::decide::Step;
use super::desired::{Desired, Environment};
use crate::store::deployment_events::NewEvent;
use crate::store::deployments::DeploymentRow;
use crate::store::{
    Store, StoreError, Transaction, apps, deployment_events, deployments, notices, replica_sets, revisions,
};

/// How it went.
pub enum Commit {
    Done {
        /// What open pages hear, in order.
        changes: Vec<Change>,
        /// There is something to tell people.
        told: bool,
    },
    /// Somebody changed this app since it was read; nothing was written.
    Stale(AppName),
}

/// Commits the steps and the waiting lines of timelines of all apps in one transaction, and brings `environment` up to it.
pub async fn commit(
    store: &Store,
    environment: &mut Environment,
    steps: Vec<(AppName, Step)>,
    now: Timestamp,
) -> Result<Commit, StoreError> {
    let mut tx = store.begin().await?;
    let mut written = Vec::with_capacity(steps.len());
    let mut lines = Vec::new();
    let mut told = false;
    for (name, step) in steps {
        let Some(desired) = environment.apps.get(&name) else { continue };
        lines.extend(desired.unsaved.iter().cloned());
        match write(&mut tx, desired, &step, now).await? {
            Some((row, app)) => {
                told |= tell_people(&mut tx, desired, &row, now).await?;
                lines.extend(step.lines.iter().cloned().map(|what| NewEvent {
                    deployment: row.deployment.id,
                    time: now,
                    actor: None,
                    what,
                }));
                written.push((name, step, row, app));
            }
            None => return Ok(Commit::Stale(name)),
        }
    }
    let stepped: Vec<&AppName> = written.iter().map(|(name, ..)| name).collect();
    for (name, desired) in &environment.apps {
        if !desired.unsaved.is_empty() && !stepped.contains(&name) {
            lines.extend(desired.unsaved.iter().cloned());
        }
    }
    let events = deployment_events::insert(&mut tx, lines).await?;
    tx.commit().await?;
    let mut changes = Vec::new();
    for desired in environment.apps.values_mut() {
        desired.unsaved.clear();
    }
    for (name, step, row, app) in written {
        apply(environment, &name, step, row, app, &mut changes);
    }
    tell_lines(environment, events, &mut changes);
    Ok(Commit::Done { changes, told })
}

/// Writes one app's step; `None` when what was read is no longer so.
async fn write(
    tx: &mut Transaction,
    desired: &Desired,
    step: &Step,
    now: Timestamp,
) -> Result<Option<(DeploymentRow, apps::AppRow)>, StoreError> {
    let Some(row) = &desired.rollout else { return Ok(None) };
    let Some(mut app) = apps::by_id(tx, desired.app.id).await? else { return Ok(None) };
    if app.last_deployment != Some(row.deployment.id) {
        return Ok(None);
    }
    let mut row = row.clone();
    let was_active = row.deployment.state.is_active();
    if was_active {
        row.set_state(step.state.clone(), now);
        if step.heard {
            row.command = None;
        }
        if !deployments::update(tx, &row).await? {
            return Ok(None);
        }
        row.row_version += 1;
    }
    for action in &step.actions {
        match action {
            Action::SetWanted { set, count } => {
                replica_sets::set_wanted(tx, app.id, *set, *count, now).await?;
            }
            Action::Remove { set } => replica_sets::delete(tx, app.id, *set).await?,
        }
    }
    if was_active && stand_for(tx, &mut app, step, &row, now).await? {
        apps::update(tx, &app).await?;
    }
    if destroyed(&row) {
        replica_sets::delete_all(tx, app.id).await?;
        apps::mark_destroyed(tx, app.id, now).await?;
    }
    Ok(Some((row, app)))
}

/// Writes down what people are to be told of this step; whether there is anything.
async fn tell_people(
    tx: &mut Transaction,
    desired: &Desired,
    row: &DeploymentRow,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let before = desired.rollout.as_ref().map(|before| &before.rollout_state);
    let notice = before.and_then(|before| of_deployment(before, &row.rollout_state, &row.deployment));
    match notice {
        Some(notice) => notices::insert(tx, &notice, now).await.map(|()| true),
        None => Ok(false),
    }
}

fn destroyed(row: &DeploymentRow) -> bool {
    row.rollout.destroy && row.deployment.state == model::deployment::DeploymentState::Succeeded
}

/// Makes the app stand for where its deployment is heading, or ended. Returns whether that changed anything.
async fn stand_for(
    tx: &mut Transaction,
    app: &mut apps::AppRow,
    step: &Step,
    row: &DeploymentRow,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let goal = step.goal;
    let before = app.clone();
    if app.target != goal.set {
        if app.target.revision != goal.set.revision
            && let Some(definition) = revisions::definition(tx, app.id, goal.set.revision).await?
        {
            app.version = definition.version_label();
            app.image = definition.image;
            app.project = definition.project;
        }
        app.target = goal.set;
    }
    app.wanted = goal.count;
    if goal.count > 0 {
        app.resume_wanted = goal.count;
    }
    // A first deployment that failed leaves nothing that a later one could go back to.
    let nothing_held = row.rollout.previous.is_none()
        && row.deployment.state != model::deployment::DeploymentState::Succeeded;
    if !row.deployment.state.is_active() && !nothing_held {
        app.stable = Some(goal.set);
        app.stable_wanted = goal.count;
    }
    if *app == before {
        return Ok(false);
    }
    app.updated_at = now;
    Ok(true)
}

/// Brings what is remembered up to what was committed.
fn apply(
    environment: &mut Environment,
    name: &AppName,
    step: Step,
    row: DeploymentRow,
    app: apps::AppRow,
    changes: &mut Vec<Change>,
) {
    let gone = destroyed(&row);
    let Some(desired) = environment.apps.get_mut(name) else { return };
    for action in step.actions {
        match action {
            Action::SetWanted { set, count } => desired.sets.insert(set, count),
            Action::Remove { set } => desired.sets.remove(&set),
        };
    }
    desired.app = app;
    if desired.is_active() {
        changes.push(Change::Deployment(Box::new(row.deployment.clone())));
        desired.last = Some(row.deployment.clone());
    }
    let active = row.deployment.state.is_active();
    let tidy = desired.sets.len() > 1;
    desired.rollout = (active || tidy).then_some(row);
    if !active {
        desired.timeline = None;
        desired.trouble = None;
    }
    if gone {
        changes.push(Change::AppGone(desired.app.key()));
        environment.apps.remove(name);
    }
}

fn tell_lines(environment: &Environment, events: Vec<DeploymentEvent>, changes: &mut Vec<Change>) {
    for event in events {
        let of = |d: &&Desired| d.app.last_deployment == Some(event.deployment);
        let Some(desired) = environment.apps.values().find(of) else { continue };
        changes.push(Change::DeploymentEvent {
            environment: environment.name.clone(),
            app: desired.app.name.clone(),
            event: Box::new(event),
        });
    }
}

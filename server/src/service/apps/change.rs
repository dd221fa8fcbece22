//! What all changes of an app share: one transaction that leaves a deployment behind.

use model::api::Accepted;
use model::definition::Definition;
use model::deployment::{
    Deployment, DeploymentEvent, DeploymentEventKind, DeploymentKind, DeploymentState, Outcome,
};
use model::id::{AppKey, DeploymentId, RevisionNumber};
use model::live;
use model::permission::{Caller, Permission};
use model::problem::{Problem, ProblemCode};
use model::revision::Revision;
use model::rollout::{Rollout, RolloutState, SetKey};
use model::time::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::live::summary;
use crate::service::overrides::Override;
use crate::service::releases::guard;
use crate::service::{Core, idempotency, no_app, window};
use crate::store::apps::{AppRow, ListedApp};
use crate::store::audit::NewEntry;
use crate::store::deployment_events::NewEvent;
use crate::store::deployments::DeploymentRow;
use crate::store::{Transaction, apps, audit, deployment_events, deployments, revisions, verification};

/// An app in the hands of one writer. Dropped without [`Change::deploy`], nothing happened.
pub struct Change {
    pub tx: Transaction,
    pub now: Timestamp,
    pub app: AppRow,
    /// The deployment that runs now.
    pub active: Option<DeploymentRow>,
}

/// Where a deployment goes.
#[derive(Debug, Clone)]
pub struct Goal {
    pub kind: DeploymentKind,
    pub target: SetKey,
    pub wanted: u32,
    /// Of the target.
    pub definition: Definition,
    /// It goes back to what was fully out a short while ago.
    pub recently_out: bool,
    /// Since when what it brings out existed; `None` where it brings out nothing.
    pub released_at: Option<Timestamp>,
    /// The caller wants it although the environment may be closed.
    pub override_window: bool,
    /// The caller wants it although the release may be bad or the app pinned.
    pub override_release: bool,
}

impl Change {
    /// Permission first, then the app as it is, so that nobody else changes it until this ends.
    pub async fn open(core: &Core, caller: &Caller, key: &AppKey) -> Result<Self, Problem> {
        caller.require(Permission::ChangeApps)?;
        let mut tx = core.store.begin().await?;
        let app = apps::get(&mut tx, key).await?.ok_or_else(|| no_app(key))?;
        let active = deployments::active_of(&mut tx, app.id).await?;
        Ok(Self { tx, now: core.clock.now(), app, active })
    }

    /// 409 while a deployment runs, unless the caller wants to take its place.
    pub fn require_idle(&self, override_active: bool) -> Result<(), Problem> {
        match &self.active {
            Some(row) if row.deployment.kind == DeploymentKind::Destroy => {
                Err(Problem::new(ProblemCode::WrongState, format!("{} is being destroyed.", self.app.key()))
                    .with("state", "destroying"))
            }
            Some(row) if !override_active => Err(Problem::new(
                ProblemCode::DeploymentActive,
                format!(
                    "Deployment #{} of {} is {}; wait for it, abort it, or override it.",
                    row.deployment.number,
                    self.app.key(),
                    row.deployment.state.as_str().replace('_', " "),
                ),
            )
            .with("deployment", row.deployment.id)
            .with("number", row.deployment.number)),
            _ => Ok(()),
        }
    }

    /// The deployment that runs changes nothing but the count, so that another count may take its place.
    pub fn only_counts(&self) -> bool {
        self.active.as_ref().is_some_and(|row| {
            matches!(
                row.deployment.kind,
                DeploymentKind::Scale | DeploymentKind::Resume | DeploymentKind::Suspend
            )
        })
    }

    /// Where an app goes that is to have no instances: what is not verified yet must not count as out for that, so a
    /// staged release under way is given up.
    pub fn target_of_none(&self) -> SetKey {
        let staged = self.active.as_ref().is_some_and(|row| row.rollout.weighs_evidence());
        self.app.stable.filter(|_| staged).unwrap_or(self.app.target)
    }

    /// The revision that is to run.
    pub async fn revision(&mut self) -> Result<Revision, Problem> {
        let number = self.app.target.revision;
        self.revision_of(number).await
    }

    pub async fn revision_of(&mut self, number: RevisionNumber) -> Result<Revision, Problem> {
        revisions::get(&mut self.tx, self.app.id, number)
            .await?
            .ok_or_else(|| Problem::not_found("revision", number))
    }

    /// Writes everything, commits, and tells the reconciler and the open pages.
    pub async fn deploy(
        mut self,
        core: &Core,
        caller: &Caller,
        goal: Goal,
        reason: &str,
    ) -> Result<Accepted, Problem> {
        let place = core.environment(&mut self.tx, &self.app.environment).await?;
        let window = window::require_open(&place, caller, goal.kind, goal.override_window, reason, self.now)?;
        let release = guard::require_allowed(&mut self.tx, &self.app, &goal, reason).await?;
        let overridden: Vec<Override> = window.into_iter().chain(release).collect();
        guard::remember(core, &mut self.tx, &goal, &caller.actor).await?;
        let id = DeploymentId(core.clock.new_id());
        let mut news = Vec::new();
        let mut events = Vec::new();
        let mut carried = None;
        if let Some(mut active) = self.active.take() {
            if goal.kind == DeploymentKind::Scale
                && let Some(state) = goes_on(&active, goal.target, self.now)
            {
                carried = Some((active.deployment.id, state));
            }
            let outcome = Outcome::Superseded { by: id };
            let state = RolloutState {
                state: DeploymentState::Superseded,
                outcome: Some(outcome.clone()),
                waiting_for: None,
                ..active.rollout_state.clone()
            };
            active.set_state(state, self.now);
            if !deployments::update(&mut self.tx, &active).await? {
                return Err(Problem::internal());
            }
            events.push(NewEvent {
                deployment: active.deployment.id,
                time: self.now,
                actor: Some(caller.actor.clone()),
                what: DeploymentEventKind::Ended { state: DeploymentState::Superseded, outcome },
            });
            news.push(live::Change::Deployment(Box::new(active.deployment)));
        }
        let mut row = record(&mut self.app, id, goal, caller, reason, self.now);
        if let Some((from, state)) = carried.filter(|_| !row.rollout.steps.is_empty()) {
            row.deployment.reached.clone_from(&state.reached);
            row.rollout_state = state;
            verification::carry_over(&mut self.tx, from, id).await?;
        }
        deployments::insert(&mut self.tx, &row).await?;
        apps::update(&mut self.tx, &self.app).await?;
        events.extend(first_lines(&row, &overridden));
        let target = self.app.key().to_string();
        audit::insert(&mut self.tx, audit_entry(&row, &target, &overridden, self.now)).await?;
        let written = deployment_events::insert(&mut self.tx, events).await?;
        let accepted = Accepted { deployment: Some(row.deployment.clone()) };
        idempotency::keep(&mut self.tx, 202, &accepted).await?;
        self.tx.commit().await?;
        announce(core, &self.app, &row.deployment, news, written);
        Ok(accepted)
    }
}

/// A staged release that is scaled goes on in the step it is in.
fn goes_on(active: &DeploymentRow, target: SetKey, now: Timestamp) -> Option<RolloutState> {
    let state = &active.rollout_state;
    let same = active.rollout.target == target && !active.rollout.steps.is_empty();
    (same && state.back.is_none() && !state.reached.is_empty()).then(|| RolloutState {
        step: state.step,
        step_since: state.step_since,
        reached: state.reached.clone(),
        forgiven_checks: state.forgiven_checks.clone(),
        promoted: state.promoted,
        ..RolloutState::new(now)
    })
}

/// Tells the open pages and the reconciler what was committed.
pub fn announce(
    core: &Core,
    app: &AppRow,
    deployment: &Deployment,
    mut news: Vec<live::Change>,
    events: Vec<DeploymentEvent>,
) {
    let listed = ListedApp { app: app.clone(), last: Some(deployment.clone()) };
    news.push(live::Change::Deployment(Box::new(deployment.clone())));
    news.extend(events.into_iter().map(|event| live::Change::DeploymentEvent {
        environment: app.environment.clone(),
        app: app.name.clone(),
        event: Box::new(event),
    }));
    news.push(live::Change::App(Box::new(summary(&listed, &core.sights.get(&app.environment)))));
    core.bus.publish(news);
    core.supervisor.wake(&app.key());
}

/// Points the app at its goal and makes the deployment that takes it there.
pub fn record(
    app: &mut AppRow,
    id: DeploymentId,
    goal: Goal,
    caller: &Caller,
    reason: &str,
    now: Timestamp,
) -> DeploymentRow {
    let Goal { kind, target, wanted, definition, recently_out, released_at, .. } = goal;
    let creates = kind == DeploymentKind::Create;
    let from = app.stable.unwrap_or(app.target);
    let rollout = rollout(app, target, wanted, &definition, kind, recently_out);
    let version = definition.version_label();
    let rollout_state = RolloutState::new(now);
    app.last_number += 1;
    let deployment = Deployment {
        id,
        number: app.last_number,
        environment: app.environment.clone(),
        app: app.name.clone(),
        project: app.project.clone(),
        kind,
        state: rollout_state.state,
        from_revision: (!creates).then_some(from.revision),
        to_revision: Some(target.revision),
        from_instances: (!creates).then_some(app.wanted),
        to_instances: Some(wanted),
        from_version: (!creates).then(|| app.version.clone()),
        to_version: Some(version.clone()),
        actor: caller.actor.clone(),
        reason: reason.trim().to_owned(),
        created_at: now,
        started_at: None,
        ended_at: None,
        outcome: None,
        progress: model::deployment::Progress { wanted, ..rollout_state.progress },
        waiting_for: None,
        steps: rollout.steps.clone(),
        reached: Vec::new(),
        skip: rollout.skip,
    };
    app.target = target;
    app.wanted = wanted;
    if wanted > 0 {
        app.resume_wanted = wanted;
    }
    app.version = version;
    app.last_deployment = Some(id);
    app.updated_at = now;
    DeploymentRow {
        deployment,
        app_id: app.id,
        person: Some(caller.person()),
        released_at,
        rollout,
        rollout_state,
        command: None,
        row_version: 1,
    }
}

/// What the planner is to reach from where the app stands.
pub fn rollout(
    app: &AppRow,
    target: SetKey,
    wanted: u32,
    definition: &Definition,
    kind: DeploymentKind,
    recently_out: bool,
) -> Rollout {
    let rollout = Rollout {
        target,
        previous: app.stable,
        wanted,
        previous_wanted: app.stable_wanted,
        strategy: definition.strategy.kind.clone(),
        progress_deadline: definition.strategy.progress_deadline,
        on_failure: definition.strategy.on_failure,
        destroy: kind == DeploymentKind::Destroy,
        steps: Vec::new(),
        checks: Vec::new(),
        skip: None,
    };
    rollout.with_steps(definition, recently_out)
}

/// What its timeline begins with.
pub fn first_lines(row: &DeploymentRow, overridden: &[Override]) -> Vec<NewEvent> {
    let deployment = &row.deployment;
    let line = |what| NewEvent {
        deployment: deployment.id,
        time: deployment.created_at,
        actor: Some(deployment.actor.clone()),
        what,
    };
    let requested = DeploymentEventKind::Requested { reason: deployment.reason.clone() };
    std::iter::once(requested).chain(overridden.iter().map(Override::event)).map(line).collect()
}

pub fn audit_entry<'a>(
    row: &'a DeploymentRow,
    target: &'a str,
    overridden: &[Override],
    now: Timestamp,
) -> NewEntry<'a> {
    let deployment = &row.deployment;
    let mut detail = json!({
        "deployment": deployment.id,
        "from_revision": deployment.from_revision,
        "to_revision": deployment.to_revision,
        "from_instances": deployment.from_instances,
        "to_instances": deployment.to_instances,
    });
    for each in overridden {
        each.note(&mut detail);
    }
    NewEntry {
        time: now,
        actor: &deployment.actor,
        action: match deployment.kind {
            DeploymentKind::Create => "app.create",
            DeploymentKind::Update => "app.update",
            DeploymentKind::Scale => "app.scale",
            DeploymentKind::Restart => "app.restart",
            DeploymentKind::Rollback => "app.rollback",
            DeploymentKind::Suspend => "app.suspend",
            DeploymentKind::Resume => "app.resume",
            DeploymentKind::Promote => "app.promote",
            DeploymentKind::Destroy => "app.destroy",
        },
        target,
        reason: &deployment.reason,
        detail,
    }
}

/// Equal definitions have equal hashes.
pub fn hash(definition: &Definition) -> String {
    super::hex(&Sha256::digest(model::definition::canonical_json(definition)))
}

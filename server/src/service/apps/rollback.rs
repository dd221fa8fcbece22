//! Go back to a revision that was there before: the revision itself, not a copy.

use std::time::Duration;

use model::api::{Accepted, Rollback};
use model::deployment::DeploymentKind;
use model::id::{AppId, AppKey, RevisionNumber};
use model::permission::Caller;
use model::problem::Problem;
use model::rollout::SetKey;
use model::time::Timestamp;

use super::change::{Change, Goal};
use super::validate;
use crate::service::Core;
use crate::store::apps::AppRow;
use crate::store::{AnyConnection, StoreError, deployments, replica_sets};

/// What was fully out within this time goes out again without its steps.
const RECENTLY: Duration = Duration::from_hours(1);

/// Whether the steps are skipped on the way back to `revision`.
pub async fn recently_out(
    connection: &mut AnyConnection,
    app: AppId,
    revision: RevisionNumber,
    now: Timestamp,
) -> Result<bool, StoreError> {
    deployments::was_out_since(connection, app, revision, now.minus(RECENTLY)).await
}

/// The set that runs `revision`, or a new one.
pub async fn target(
    connection: &mut AnyConnection,
    app: &AppRow,
    revision: RevisionNumber,
) -> Result<SetKey, StoreError> {
    let running = replica_sets::wanted_of_app(connection, app.id).await?;
    let runs = running.into_iter().map(|(set, _)| set).rfind(|set| set.revision == revision);
    Ok(runs.unwrap_or(SetKey { revision, generation: app.last_generation + 1 }))
}

/// Instances of that revision that still run are used again.
pub async fn rollback(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    input: Rollback,
) -> Result<Accepted, Problem> {
    let mut change = Change::open(core, caller, key).await?;
    let revision = change.revision_of(input.revision).await?;
    let goes_back = change.active.as_ref().is_some_and(|row| row.rollout_state.back.is_some());
    if revision.revision == change.app.target.revision && !goes_back {
        return Ok(Accepted { deployment: None });
    }
    change.require_idle(input.override_active)?;
    let place = core.environment(&mut change.tx, &key.environment).await?;
    let wanted = super::update::wanted_count(&change.app, &revision.definition);
    let errors = validate::runnable(core, &mut change.tx, &place, &revision.definition, wanted, "").await?;
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let target = target(&mut change.tx, &change.app, revision.revision).await?;
    change.app.last_generation = change.app.last_generation.max(target.generation);
    let recently_out = recently_out(&mut change.tx, change.app.id, revision.revision, change.now).await?;
    change.app.project = revision.definition.project.clone();
    change.app.image.clone_from(&revision.definition.image);
    let goal = Goal {
        kind: DeploymentKind::Rollback,
        target,
        wanted,
        definition: revision.definition,
        recently_out,
        released_at: None,
        override_window: false,
        override_release: input.override_release,
    };
    change.deploy(core, caller, goal, &input.reason).await
}

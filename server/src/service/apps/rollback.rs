//! Go back to a revision that was there before: the revision itself, not a copy.

use model::api::{Accepted, Rollback};
use model::deployment::DeploymentKind;
use model::id::AppKey;
use model::permission::Caller;
use model::problem::Problem;
use model::rollout::SetKey;

use super::change::{Change, Goal};
use super::validate;
use crate::service::Core;
use crate::store::replica_sets;

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
    let running = replica_sets::wanted_of_app(&mut change.tx, change.app.id).await?;
    let runs = running.into_iter().map(|(set, _)| set).rfind(|set| set.revision == revision.revision);
    let target = runs.unwrap_or_else(|| {
        change.app.last_generation += 1;
        SetKey { revision: revision.revision, generation: change.app.last_generation }
    });
    change.app.project = revision.definition.project.clone();
    change.app.image.clone_from(&revision.definition.image);
    let goal = Goal {
        kind: DeploymentKind::Rollback,
        target,
        wanted,
        strategy: revision.definition.strategy.clone(),
        version: revision.definition.version_label(),
    };
    change.deploy(core, caller, goal, &input.reason).await
}

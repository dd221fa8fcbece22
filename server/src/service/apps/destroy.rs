//! Stop all instances and forget the app; its history stays and its name is free afterwards.

use model::api::{Accepted, Reasoned};
use model::deployment::DeploymentKind;
use model::id::AppKey;
use model::permission::Caller;
use model::problem::Problem;

use super::change::{Change, Goal};
use crate::service::Core;

/// Takes the place of whatever runs: nothing of it is wanted any more.
pub async fn destroy(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    input: Reasoned,
) -> Result<Accepted, Problem> {
    let mut change = Change::open(core, caller, key).await?;
    if let Some(active) = &change.active
        && active.deployment.kind == DeploymentKind::Destroy
    {
        return Ok(Accepted { deployment: Some(active.deployment.clone()) });
    }
    change.require_idle(input.override_active)?;
    let revision = change.revision().await?;
    // Nothing goes back from here: all sets end, whichever of them ran.
    change.app.stable = Some(change.app.target);
    let goal = Goal {
        kind: DeploymentKind::Destroy,
        target: change.app.target,
        wanted: 0,
        definition: revision.definition,
        recently_out: false,
        released_at: None,
        override_window: false,
        override_release: false,
    };
    change.deploy(core, caller, goal, &input.reason).await
}

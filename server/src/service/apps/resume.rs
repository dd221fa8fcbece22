//! Start a suspended app with as many instances as before.

use model::api::{Accepted, Reasoned};
use model::deployment::DeploymentKind;
use model::id::AppKey;
use model::permission::Caller;
use model::problem::{Problem, ProblemCode};

use super::change::{Change, Goal};
use crate::service::Core;

pub async fn resume(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    input: Reasoned,
) -> Result<Accepted, Problem> {
    let mut change = Change::open(core, caller, key).await?;
    let suspending = change.active.as_ref().is_some_and(|row| row.deployment.kind == DeploymentKind::Suspend);
    change.require_idle(input.override_active || suspending)?;
    if !change.app.is_suspended() {
        let detail = format!("{key} is not suspended.");
        return Err(Problem::new(ProblemCode::WrongState, detail)
            .with("state", "running")
            .with("action", "resume"));
    }
    let revision = change.revision().await?;
    let goal = Goal {
        kind: DeploymentKind::Resume,
        target: change.app.target,
        wanted: change.app.resume_wanted.max(1),
        definition: revision.definition,
        recently_out: false,
        released_at: None,
        override_window: false,
        override_release: false,
    };
    change.deploy(core, caller, goal, &input.reason).await
}
